"""Argument checks: every error names the argument, what was given and what was expected.

The mathematics calls these in its first line or two, so that the rest of its body can be the printed equation.
"""

import math
from functools import reduce

import numpy as np

# For training code: numbers out of range do not warn; they show in the loss.
quiet = np.errstate(over="ignore", under="ignore", invalid="ignore")


def as_float(name, value):
    """Return `value` as a float array: float32 and float64 are kept, other real numbers become float64.

    The bytes get the machine's order.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be an array of numbers with rows of one length: {error}") from error
    if array.dtype in (np.float32, np.float64):
        return array
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    return array.astype(np.float32 if array.dtype.type is np.float32 else np.float64)


def not_empty(name, array):
    """Refuse an array without elements."""
    if array.size == 0:
        raise ValueError(f"{name} is empty: got shape {array.shape}, expected at least one element")
    return array


def same_shape(name_a, a, name_b, b):
    """Refuse two arrays of different shapes: (n,) beside (n, 1) would silently broadcast to (n, n)."""
    if a.shape != b.shape:
        raise ValueError(
            f"{name_a} and {name_b} must have the same shape, got {name_a} {a.shape} and {name_b} {b.shape}"
        )


def float_pair(name_a, a, name_b, b):
    """Return two float arrays of one shape; the second, the target, must be finite and takes the first one's dtype."""
    a, b = as_float(name_a, a), as_float(name_b, b)
    not_empty(name_a, a)
    same_shape(name_a, a, name_b, b)
    finite(name_b, b)
    with np.errstate(over="ignore"):
        return a, b.astype(a.dtype, copy=False)


def in_unit_interval(name, array, hint=""):
    """Refuse values outside [0, 1]; NaN is outside."""
    inside = (array >= 0) & (array <= 1)
    if not inside.all():
        index = _first_index(~inside)
        raise ValueError(f"{name} must lie in [0, 1], got {array[index]} at {list(index)}{hint}")
    return array


def finite(name, array):
    """Refuse NaN and infinity, and say where the first one is."""
    good = np.isfinite(array)
    if not good.all():
        index = _first_index(~good)
        place = f" at {list(index)}" if index else ""
        raise ValueError(f"{name} must be finite, got {array[index]}{place}")
    return array


def two_dimensional(name, array):
    """Refuse anything but a matrix."""
    if array.ndim != 2:
        hint = f"; write {name}[None, :] for one sample" if array.ndim == 1 else ""
        raise ValueError(f"{name} must have 2 dimensions, got shape {array.shape}{hint}")
    return array


def number(name, value, low=-math.inf, high=math.inf, *, low_open=False, high_open=False):
    """Return `value` as a Python float inside the interval; NaN and infinity are never inside."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} must be a number, got {value!r}")
    above = value > low if low_open else value >= low
    below = value < high if high_open else value <= high
    if not (math.isfinite(value) and above and below):
        raise ValueError(f"{name} must be {_interval(low, high, low_open, high_open)}, got {value!r}")
    return float(value)


def positive(name, value):
    """Return a finite number greater than zero."""
    return number(name, value, 0, low_open=True)


def overlaps_itself(array):
    """Whether two elements of an array share memory, as in a broadcast view."""
    if array.flags.forc:
        return False
    places = [np.arange(n) * stride for n, stride in zip(array.shape, array.strides, strict=True)]
    starts = np.sort(reduce(np.add.outer, places, np.zeros((), np.intp)), axis=None)
    return bool((np.diff(starts) < array.itemsize).any())


def whole(name, value, low):
    """Return a whole number that is at least `low`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < low:
        raise ValueError(f"{name} must be >= {low}, got {value!r}")
    return int(value)


def _first_index(mask):
    return tuple(int(i) for i in np.argwhere(mask)[0])


def _interval(low, high, low_open, high_open):
    parts = []
    if low > -math.inf:
        parts.append(f"{'>' if low_open else '>='} {low}")
    if high < math.inf:
        parts.append(f"{'<' if high_open else '<='} {high}")
    return " and ".join(["finite", *parts])
