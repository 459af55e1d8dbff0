"""Learning rate schedules: each is its formula, a function of the step t = 0, 1, 2, …

η      the learning rate at step t          η₀     lr_initial
γ      gamma, the factor of a decay         s      step_size, steps between two drops
T      T_max or T_warmup, the length of a part; the value at its end stays
"""

import inspect
from functools import wraps

import numpy as np

from lessons_lib._validation import as_float, finite, number, positive, whole


def schedule(formula):
    """Make a schedule from a formula: its arguments are checked by name; a number gives a float, an array an array.

    No rate is above the peak, not even by the last bit.
    """
    signature = inspect.signature(formula)

    @wraps(formula)
    def checked(*args, **kwargs):
        try:
            arguments = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise TypeError(f"{formula.__name__}: {error}") from None
        for name, value in arguments.items():
            if name in _CHECKS:
                arguments[name] = _CHECKS[name](name, value)
        peak = next(arguments[name] for name in _PEAKS if name in arguments)
        if "lr_min" in arguments:
            arguments["lr_min"] = number("lr_min", arguments["lr_min"], 0, peak)
        # The branch of np.where that is not taken may divide by a length of 0.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            lr = formula(**arguments)
        lr = np.minimum(lr, peak)  # rounding may pass it by the last bit
        return float(lr) if np.ndim(lr) == 0 else lr

    return checked


def _steps(name, t):
    t = finite(name, as_float(name, t))
    if (t < 0).any():
        raise ValueError(f"{name} must be >= 0, got {t.min():g}")
    return t.astype(np.float64, copy=False)


_PEAKS = ("lr_initial", "lr_max", "lr_target")
_CHECKS = dict.fromkeys([*_PEAKS, "T_max", "T_decay"], positive) | {
    "t": _steps,
    "T_warmup": lambda name, value: number(name, value, 0),
    "gamma": lambda name, value: number(name, value, 0, 1, low_open=True),
    "step_size": lambda name, value: whole(name, value, 1),
    "T_stable": lambda name, value: number(name, value, 0),
}


@schedule
def step_decay(t, lr_initial, gamma, step_size):
    """Step decay: η = η₀ · γ^⌊t/s⌋. The drop comes at t = s itself, as in PyTorch.

    Shapes: t () or (...) -> the same. Errors: ValueError for t < 0, η₀ <= 0, γ outside (0, 1], step_size < 1.

    >>> step_decay([0, 2, 3, 6], lr_initial=0.5, gamma=0.5, step_size=3)
    array([0.5  , 0.5  , 0.25 , 0.125])
    """
    return lr_initial * gamma ** np.floor(t / step_size)


@schedule
def exponential_decay(t, lr_initial, gamma):
    """Exponential decay: η = η₀ · γᵗ.

    Keras's decay_rate over decay_steps is γ = decay_rate^(1/decay_steps). γ > 1 is refused: the rate would grow.
    Shapes: t () or (...) -> the same. Errors: ValueError for t < 0, η₀ <= 0, γ outside (0, 1].

    >>> exponential_decay([0, 1, 2], lr_initial=1.0, gamma=0.5)
    array([1.  , 0.5 , 0.25])
    """
    return lr_initial * gamma**t


@schedule
def cosine_annealing(t, lr_max, lr_min, T_max):
    """Cosine annealing: η = η_min + ½ (η_max - η_min)(1 + cos(π t/T)); from t = T on it stays at η_min.

    PyTorch's CosineAnnealingLR rises again after T; Keras and optax hold the end value, as here.
    Shapes: t () or (...) -> the same. Errors: ValueError for t < 0, T_max <= 0, lr_min outside [0, lr_max].

    >>> cosine_annealing([0, 5, 10, 15], lr_max=1.0, lr_min=0.0, T_max=10)
    array([1. , 0.5, 0. , 0. ])
    """
    t = np.minimum(t, T_max)
    return lr_min + 0.5 * (lr_max - lr_min) * (1 + np.cos(np.pi * t / T_max))


@schedule
def linear_warmup(t, lr_target, T_warmup):
    """Linear warmup: η = t/T · η_target while t < T, then η_target; T_warmup = 0 is no warmup.

    At t = 0 the rate is 0, so the first batch changes nothing; many use (t + 1)/T instead.
    Shapes: t () or (...) -> the same. Errors: ValueError for t < 0, η_target <= 0, T_warmup < 0.

    >>> linear_warmup([0, 1, 2, 4, 9], lr_target=1.0, T_warmup=4)
    array([0.  , 0.25, 0.5 , 1.  , 1.  ])
    """
    return np.where(t < T_warmup, t / T_warmup, 1) * lr_target


@schedule
def warmup_cosine(t, lr_max, lr_min, T_warmup, T_max):
    """Warmup, then cosine: linear_warmup up to η_max while t < T_warmup, then cosine_annealing(t - T_warmup).

    T_max is the length of the cosine alone (Keras's decay_steps); optax includes the warmup. T_warmup = 0 leaves the
    cosine alone.
    Shapes: t () or (...) -> the same. Errors: those of both parts.

    >>> warmup_cosine([0, 1, 2, 4, 6, 9], lr_max=1.0, lr_min=0.0, T_warmup=2, T_max=4)
    array([0. , 0.5, 1. , 0.5, 0. , 0. ])
    """
    rising = linear_warmup(t, lr_max, T_warmup)
    past = np.maximum(t - T_warmup, 0)
    falling = cosine_annealing(past, lr_max, lr_min, T_max)
    return np.where(t < T_warmup, rising, falling)


@schedule
def linear_to_zero(t, lr_max, T_max):
    """Linear decay: η = η_max (1 - t/T); from t = T on it stays at 0.

    Shapes: t () or (...) -> the same. Errors: ValueError for t < 0, lr_max <= 0, T_max <= 0.

    >>> linear_to_zero([0, 1, 4, 9], lr_max=1.0, T_max=4)
    array([1.  , 0.75, 0.  , 0.  ])
    """
    return lr_max * (1 - np.minimum(t, T_max) / T_max)


@schedule
def wsd(t, lr_max, T_warmup, T_stable, T_decay):
    """Trapezoid (warmup, stable, decay): linear_warmup, then T_stable steps at η_max, then a line to 0, which holds.

    The length of the plateau need not be known in advance: the decay starts when one decides to end.
    Shapes: t () or (...) -> the same. Errors: ValueError for t < 0, lr_max or T_decay <= 0, T_warmup or T_stable < 0.
    Source: Hu et al., MiniCPM, 2024.

    >>> wsd([0, 1, 2, 5, 7, 9, 20], lr_max=1.0, T_warmup=2, T_stable=3, T_decay=4)
    array([0. , 0.5, 1. , 1. , 0.5, 0. , 0. ])
    """
    rising = linear_warmup(t, lr_max, T_warmup)
    left = np.maximum(T_warmup + T_stable + T_decay - t, 0)
    return np.minimum(rising, left / T_decay * lr_max)
