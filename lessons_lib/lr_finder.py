"""The search for a good learning rate: the range test, and three rules to read a rate off its curve."""

import copy
import warnings

import numpy as np

from lessons_lib._validation import as_float, finite, number, positive, quiet, whole

RULES = ("minimum", "steepest", "valley")


# Chapter 5 shows this function, so its lines are no wider than the page.
# fmt: off
@quiet
def find_learning_rate(model, data_loader, start_lr=1e-7, end_lr=10,
                       *, num_steps=100, divergence=4.0):
    """Learning rate range test: one SGD step per batch while η grows evenly in log η from start_lr to end_lr.

    model: anything with compute_loss(batch), backward() and update_weights(lr); a deep copy is trained, the model
    itself is not touched. data_loader: an iterable of batches, repeated as often as needed.
    Stops when the loss exceeds divergence · first loss, each a median of three (see `diverged`), so that one batch
    ends no search; and before the first loss that is not finite.
    Returns (lrs, losses), two arrays of one length: losses[i] is the loss before the step with lrs[i].
    Errors: TypeError for a model without these methods; ValueError for rates that do not grow, a loader that is
    empty or a generator that ends too early, a first loss that is not finite. Source: Smith, WACV 2017.

    >>> from lessons_lib import MLP, noisy_line
    >>> lrs, losses = find_learning_rate(MLP([1, 4, 1], loss="mse"), [noisy_line()], start_lr=1e-4, end_lr=0.1)
    >>> len(lrs), float(lrs[0]), float(lrs[-1]), bool(losses[-1] < losses[0])
    (100, 0.0001, 0.1, True)
    """
    check_search(model, start_lr, end_lr, num_steps, divergence)
    model, losses = copy.deepcopy(model), []
    lrs = np.geomspace(start_lr, end_lr, num_steps)
    for lr, batch in zip(lrs, endless(data_loader, num_steps), strict=True):
        losses.append(float(model.compute_loss(batch)))
        if diverged(losses, divergence):
            break
        model.backward()
        model.update_weights(float(lr))
    losses = finite_losses(losses)
    return lrs[: len(losses)], losses
# fmt: on


def suggest_learning_rate(lrs, losses, rule="minimum"):
    """A learning rate read off the curve of find_learning_rate, or None with a warning that says why not.

    Lone outliers are left out, the rest is smoothed by a centred mean over a twentieth of the curve. Rules: "minimum",
    a tenth of the rate at the lowest point; "steepest", the rate of the fastest fall after the plateau; "valley", two
    thirds along the longest fall.
    A curve that hardly falls, falls no more than its own noise, or still falls at its end, gets no suggestion. Across
    seeds "steepest" scatters most. Errors: ValueError for an unknown rule, different lengths, fewer than 10 points,
    values that are not finite, rates that are not positive and growing.

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

    losses = without_outliers(losses)
    smooth = smoothed(losses)
    lowest = int(np.argmin(smooth))
    fall = np.max(smooth[: lowest + 1]) - smooth[lowest]
    noise = np.std((losses - smooth)[: lowest + 1])
    level = np.max(np.abs(smooth[: lowest + 1]))
    if fall <= 0.05 * level:
        if smooth[-1] - smooth[lowest] > 0.5 * level:
            return _no_suggestion(
                f"the loss falls by less than 5 % before it rises from {smooth[lowest]:.3g} to {smooth[-1]:.3g}: "
                f"start below {lrs[0]:.3g}, or take larger batches"
            )
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


def without_outliers(losses):
    """The curve with each lone outlier put where its neighbours are: at their median, two on each side.

    An outlier is farther from there than 10 typical steps of the curve around it and 1 % of the loss. The last point
    stays: a search ends at a wall. Where there are more than one in 40 before the lowest point, they are no outliers
    but the noise of the curve, and all stay.

    Shapes: losses (n,) -> a new array (n,). Errors: ValueError for fewer than 4 points.

    >>> without_outliers([6.0, 5.0, 4.0, 40.0, 2.0, 1.0, 0.0])
    array([6., 5., 4., 3., 2., 1., 0.])
    """
    losses = as_float("losses", losses)
    if losses.ndim != 1 or len(losses) < 4:
        raise ValueError(f"losses must have at least 4 points, got shape {losses.shape}")
    calm, steps = losses.copy(), np.abs(np.diff(losses))
    for i in range(len(losses) - 1):
        around = np.r_[losses[max(0, i - 2) : i], losses[i + 1 : max(i + 3, 4)]]
        middle, step = np.median(around), np.median(steps[max(0, i - 10) : i + 10])
        if abs(losses[i] - middle) > 10 * step + 0.01 * abs(middle):
            calm[i] = middle
    lowest = int(np.argmin(smoothed(calm)))
    moved = np.count_nonzero((calm != losses)[: lowest + 1])
    return calm if moved <= max(1, len(losses) // 40) else losses.copy()


def diverged(losses, divergence):
    """Whether a search is over: the last loss is not finite, or the last losses exceed divergence · the first.

    First and last are medians of three losses: one noisy batch decides nothing, neither at the start nor later. Where
    the first are 0 there is no limit. For a negative first L it is as far above: L + (divergence - 1) |L|.

    >>> diverged([1.0, 1.1, 0.9, 30.0, 1.0], 4), diverged([1.0, 1.1, 0.9, 30.0, 60.0], 4)
    (False, True)
    """
    first, last = np.median(losses[:3]), np.median(losses[-3:])
    too_high = last - first > (divergence - 1) * abs(first) > 0
    return bool(too_high or not np.isfinite(losses[-1]))


def check_search(model, start_lr, end_lr, num_steps, divergence):
    """Check the arguments of find_learning_rate; its docstring lists the errors."""
    start_lr, end_lr = positive("start_lr", start_lr), positive("end_lr", end_lr)
    if end_lr <= start_lr:
        raise ValueError(f"end_lr must be greater than start_lr {start_lr:g}, got {end_lr:g}")
    whole("num_steps", num_steps, 2)
    number("divergence", divergence, 1, low_open=True)
    missing = [m for m in ("compute_loss", "backward", "update_weights") if not callable(getattr(model, m, None))]
    if missing:
        raise TypeError(f"model must have compute_loss, backward and update_weights, but it lacks {missing}")


def finite_losses(losses):
    """The losses as an array, without a last one that is not finite. Errors: ValueError when the first is not."""
    if not np.isfinite(losses[0]):
        raise ValueError(f"the first loss of the model must be finite, got {losses[0]}")
    return np.array(losses if np.isfinite(losses[-1]) else losses[:-1])


def _end_of_plateau(losses):
    """Last point not below the median of the first tenth: before it, batches may differ more than steps do."""
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


def endless(data_loader, num_steps):
    """`num_steps` batches from as many passes over the loader as it takes; a generator allows only one pass."""
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
