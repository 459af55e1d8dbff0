"""Schedules of the learning rate, and the search for a good one.

A schedule is a plain function of the step t = 0, 1, 2, …: a number gives a float, an array gives an array.

η      the learning rate at step t          η₀     lr_initial
γ      gamma, the factor of a decay         s      step_size, steps between two drops
T      T_max or T_warmup, the length of a part; after it the end value holds
"""

import copy
import warnings

import numpy as np

from lessons_lib._validation import as_float, finite, number, positive, whole

RULES = ("minimum", "steepest", "valley")


def step_decay(t, lr_initial, gamma, step_size):
    """Step decay: η = η₀ · γ^⌊t/s⌋. The drop comes at t = s itself, as in PyTorch.

    Shapes: t () or (...) -> the same. Errors: ValueError for t < 0, η₀ <= 0, γ outside (0, 1], step_size < 1.

    >>> step_decay([0, 2, 3, 6], lr_initial=0.5, gamma=0.5, step_size=3)
    array([0.5  , 0.5  , 0.25 , 0.125])
    """
    t, lr_initial, gamma = _steps(t), positive("lr_initial", lr_initial), _factor(gamma)
    step_size = whole("step_size", step_size, 1)
    return _like_t(lr_initial * gamma ** np.floor(t / step_size))


def exponential_decay(t, lr_initial, gamma):
    """Exponential decay: η = η₀ · γᵗ.

    Keras's decay_rate over decay_steps is γ = decay_rate^(1/decay_steps). γ > 1 would grow: it is refused.
    Shapes: t () or (...) -> the same. Errors: ValueError for t < 0, η₀ <= 0, γ outside (0, 1].

    >>> exponential_decay([0, 1, 2], lr_initial=1.0, gamma=0.5)
    array([1.  , 0.5 , 0.25])
    """
    t, lr_initial, gamma = _steps(t), positive("lr_initial", lr_initial), _factor(gamma)
    return _like_t(lr_initial * gamma**t)


def cosine_annealing(t, lr_max, lr_min, T_max):
    """Cosine annealing: η = η_min + ½ (η_max - η_min)(1 + cos(π t/T)); from t = T on it stays at η_min.

    PyTorch's CosineAnnealingLR rises again after T; Keras and optax hold the end value, as here.
    Shapes: t () or (...) -> the same. Errors: ValueError for t < 0, T_max <= 0, lr_min outside [0, lr_max].

    >>> cosine_annealing([0, 5, 10, 15], lr_max=1.0, lr_min=0.0, T_max=10)
    array([1. , 0.5, 0. , 0. ])
    """
    t, T_max = _steps(t), positive("T_max", T_max)
    lr_max, lr_min = _range(lr_max, lr_min)
    t = np.minimum(t, T_max)
    return _like_t(lr_min + 0.5 * (lr_max - lr_min) * (1 + np.cos(np.pi * t / T_max)))


def linear_warmup(t, lr_target, T_warmup):
    """Linear warmup: η = t/T · η_target while t < T, then η_target.

    At t = 0 the rate is 0, so the first batch changes nothing; many use (t + 1)/T instead.
    Shapes: t () or (...) -> the same. Errors: ValueError for t < 0, η_target <= 0, T_warmup <= 0.

    >>> linear_warmup([0, 1, 2, 4, 9], lr_target=1.0, T_warmup=4)
    array([0.  , 0.25, 0.5 , 1.  , 1.  ])
    """
    t, lr_target, T_warmup = _steps(t), positive("lr_target", lr_target), positive("T_warmup", T_warmup)
    return _like_t(np.minimum(t, T_warmup) / T_warmup * lr_target)


def warmup_cosine(t, lr_max, lr_min, T_warmup, T_max):
    """Warmup, then cosine: linear_warmup up to η_max while t < T_warmup, then cosine_annealing(t - T_warmup).

    T_max is the length of the cosine alone (Keras's decay_steps); optax counts the warmup in.
    Shapes: t () or (...) -> the same. Errors: those of both parts.

    >>> warmup_cosine([0, 1, 2, 4, 6, 9], lr_max=1.0, lr_min=0.0, T_warmup=2, T_max=4)
    array([0. , 0.5, 1. , 0.5, 0. , 0. ])
    """
    t = _steps(t)
    rising = linear_warmup(t, lr_max, T_warmup)
    falling = cosine_annealing(np.maximum(t - T_warmup, 0), lr_max, lr_min, T_max)
    return _like_t(np.where(t < T_warmup, rising, falling))


def find_learning_rate(model, data_loader, start_lr=1e-7, end_lr=10, *, num_steps=100, divergence=4.0):
    """Learning rate range test: one SGD step per batch while η grows evenly in log η from start_lr to end_lr.

    model: anything with compute_loss(batch), backward() and update_weights(lr); a deep copy is trained, the model
    itself is not touched. data_loader: an iterable of batches, gone through as often as needed.
    Stops after the loss exceeds divergence · first loss, and before the first loss that is not finite.
    Returns (lrs, losses), two arrays of one length: losses[i] is the loss before the step with lrs[i].
    Errors: TypeError for a model without these methods; ValueError for rates that do not grow, a loader that is
    empty or a generator that ends too early, a first loss that is not finite. Source: Smith, WACV 2017.

    >>> from lessons_lib import MLP, noisy_line
    >>> lrs, losses = find_learning_rate(MLP([1, 4, 1], loss="mse"), [noisy_line()], start_lr=1e-4, end_lr=0.1)
    >>> len(lrs), float(lrs[0]), float(lrs[-1]), bool(losses[-1] < losses[0])
    (100, 0.0001, 0.1, True)
    """
    start_lr, end_lr = positive("start_lr", start_lr), positive("end_lr", end_lr)
    if end_lr <= start_lr:
        raise ValueError(f"end_lr must be greater than start_lr {start_lr:g}, got {end_lr:g}")
    num_steps, divergence = whole("num_steps", num_steps, 2), number("divergence", divergence, 1, low_open=True)
    missing = [m for m in ("compute_loss", "backward", "update_weights") if not callable(getattr(model, m, None))]
    if missing:
        raise TypeError(f"model must have compute_loss, backward and update_weights, but it lacks {missing}")

    model = copy.deepcopy(model)
    lrs = np.geomspace(start_lr, end_lr, num_steps)
    losses = []
    with np.errstate(over="ignore", invalid="ignore"):
        for lr, batch in zip(lrs, _endless(data_loader, num_steps), strict=True):
            loss = float(model.compute_loss(batch))
            if not np.isfinite(loss):
                break
            losses.append(loss)
            if loss - losses[0] > (divergence - 1) * abs(losses[0]):
                break
            model.backward()
            model.update_weights(float(lr))
    if not losses:
        raise ValueError(f"the first loss of the model must be finite, got {loss}")
    return lrs[: len(losses)], np.array(losses)


def suggest_learning_rate(lrs, losses, rule="minimum"):
    """A learning rate read off the curve of find_learning_rate, or None with a warning that says why not.

    The losses are smoothed by a centred mean over a twentieth of the curve. Rules: "minimum", a tenth of the rate at
    the lowest point; "steepest", the rate of the fastest fall after the plateau; "valley", two thirds along the
    longest fall.
    A curve that hardly falls, falls no more than its own noise, or still falls at its end, gets no suggestion. Over
    seeds "steepest" scatters most. Errors: ValueError for an unknown rule, other lengths, fewer than 10 points,
    values not finite, rates that are not positive and growing.

    >>> lrs = np.logspace(-4, 0, 41)
    >>> round(suggest_learning_rate(lrs, 1 + (np.log10(lrs) + 1) ** 2), 3)
    0.01
    """
    lrs, losses = finite("lrs", as_float("lrs", lrs)), finite("losses", as_float("losses", losses))
    if rule not in RULES:
        raise ValueError(f"rule must be one of {RULES}, got {rule!r}")
    if lrs.ndim != 1 or lrs.shape != losses.shape:
        raise ValueError(f"lrs and losses must have one length, got {lrs.shape} and {losses.shape}")
    if len(lrs) < 10:
        raise ValueError(f"lrs must have at least 10 points, got {len(lrs)}")
    if lrs[0] <= 0 or (np.diff(lrs) <= 0).any():
        raise ValueError("lrs must be positive and grow from each point to the next")

    smooth = smoothed(losses)
    lowest = int(np.argmin(smooth))
    fall = np.max(smooth[: lowest + 1]) - smooth[lowest]
    noise = np.std((losses - smooth)[: lowest + 1])
    if fall <= 0.05 * np.max(np.abs(smooth[: lowest + 1])):
        return _no_suggestion("the loss falls by less than 5 %: the curve is flat or only rises")
    if fall < 4 * noise:
        return _no_suggestion(f"the loss falls by {fall:.3g}, less than 4 times its noise {noise:.3g}")
    if lowest == len(smooth) - 1:
        return _no_suggestion(f"the loss still falls at the last rate {lrs[-1]:.3g}: search further")
    if rule == "minimum":
        return float(lrs[lowest] / 10)
    if rule == "steepest":
        start = _end_of_plateau(smooth[: lowest + 1])
        return float(lrs[start + steepest_descent(smooth[start : lowest + 1])])
    return float(lrs[_valley(smooth)])


def steepest_descent(losses):
    """Index at which a curve falls fastest: the least of its central differences.

    Errors: ValueError for fewer than 2 points.

    >>> steepest_descent([10, 8, 4, 1, 4, 16])
    2
    """
    losses = as_float("losses", losses)
    if losses.ndim != 1 or len(losses) < 2:
        raise ValueError(f"losses must have at least 2 points, got shape {losses.shape}")
    return int(np.argmin(np.gradient(losses)))


def smoothed(losses):
    """Centred running mean over a twentieth of the curve (at least 3 points); near the ends the window shrinks.

    Shapes: losses (n,) -> (n,). A centred window does not shift the minimum, as an exponential mean does.

    >>> smoothed([1.0, 4.0, 1.0])
    array([1., 2., 1.])
    """
    losses = as_float("losses", losses)
    n = len(losses)
    reach = max(1, n // 40)
    windows = [min(reach, i, n - 1 - i) for i in range(n)]
    return np.array([losses[i - w : i + w + 1].mean() for i, w in enumerate(windows)])


def noisy_bowl(rates, start=10.0, *, curvature=1.0, noise=1.0, runs=1, seed=0):
    """SGD on ½ λ θ² with a noisy gradient: θ ← θ - η (λ θ + σ ξ), ξ ~ N(0, 1); one independent path per run.

    rates (steps,): η of every step. λ is the curvature, σ the noise of one gradient. Returns θ (steps + 1, runs),
    the start included.
    Errors: ValueError for rates that are negative or not a list, curvature <= 0, noise < 0, runs < 1.

    >>> noisy_bowl([0.5, 0.5], start=8.0, noise=0.0).ravel()
    array([8., 4., 2.])
    """
    rates, curvature, noise = _rates(rates), positive("curvature", curvature), number("noise", noise, 0)
    rng = np.random.default_rng(seed)
    theta = np.full((len(rates) + 1, whole("runs", runs, 1)), number("start", start))
    for t, lr in enumerate(rates):
        gradient = curvature * theta[t] + noise * rng.normal(size=theta.shape[1])
        theta[t + 1] = theta[t] - lr * gradient
    return theta


def noisy_bowl_loss(rates, start=10.0, *, curvature=1.0, noise=1.0):
    """Mean loss of noisy_bowl over all possible noise, exactly: E θ² ← (1 - η λ)² E θ² + η² σ², loss = ½ λ E θ².

    Shapes: rates (steps,) -> (steps + 1,). Errors: those of noisy_bowl.

    >>> noisy_bowl_loss([1.0, 1.0], start=2.0)
    array([2. , 0.5, 0.5])
    """
    rates, curvature, noise = _rates(rates), positive("curvature", curvature), number("noise", noise, 0)
    squares = [number("start", start) ** 2]
    for lr in rates:
        squares.append((1 - lr * curvature) ** 2 * squares[-1] + lr**2 * noise**2)
    return 0.5 * curvature * np.array(squares)


def _end_of_plateau(losses):
    """Last point not below the median of the first tenth: before it, batches may differ by more than a step changes."""
    return int(np.flatnonzero(losses >= np.median(losses[: max(1, len(losses) // 10)]))[-1])


def _valley(losses):
    """Two thirds along the longest falling run of a curve: before its bottom, after the start of the fall."""
    longest, start = (0, 0), 0
    for i in range(1, len(losses) + 1):
        if i == len(losses) or losses[i] >= losses[i - 1]:
            if i - 1 - start > longest[1] - longest[0]:
                longest = (start, i - 1)
            start = i
    return longest[0] + round((longest[1] - longest[0]) * 2 / 3)


def _no_suggestion(reason):
    warnings.warn(f"no learning rate can be suggested: {reason}", UserWarning, stacklevel=3)


def _endless(data_loader, num_steps):
    """`num_steps` batches, going through the loader again and again; a generator cannot be gone through twice."""
    given = 0
    while given < num_steps:
        before = given
        for batch in data_loader:
            yield batch
            given += 1
            if given == num_steps:
                return
        if given == before:
            if given == 0:
                raise ValueError("data_loader is empty: expected at least one batch")
            raise ValueError(
                f"find_learning_rate needs {num_steps} batches, the generator gave {given}; "
                "pass something that can be gone through again, such as a list"
            )


def _steps(t):
    t = finite("t", as_float("t", t))
    if (t < 0).any():
        raise ValueError(f"t must be >= 0, got {t.min():g}")
    return t.astype(np.float64, copy=False)


def _rates(rates):
    rates = finite("rates", as_float("rates", rates))
    if rates.ndim != 1 or (rates < 0).any():
        raise ValueError(f"rates must be a list of learning rates >= 0, got shape {rates.shape}")
    return rates


def _factor(gamma):
    return number("gamma", gamma, 0, 1, low_open=True)


def _range(lr_max, lr_min):
    lr_max = positive("lr_max", lr_max)
    return lr_max, number("lr_min", lr_min, 0, lr_max)


def _like_t(lr):
    """A float for a single t, an array for many."""
    return float(lr) if np.ndim(lr) == 0 else lr
