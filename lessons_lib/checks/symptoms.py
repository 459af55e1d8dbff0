"""What can be proved about a wrong answer that is no known mistake: facts about its numbers, never a cause.

A symptom holds in every case that the answer gets wrong. `symptom` gives (its key, values for its sentence); the
sentence is `check.symptom.<key>` in lessons_lib/text.
"""

from fractions import Fraction

import numpy as np

__all__ = ["symptom"]

NEAR = {"rtol": 1e-6, "atol": 1e-12}


def symptom(cases, outcomes, agree):
    """The first symptom that the outcomes show, or None; `agree` says whether two outcomes are the same."""
    pairs = list(zip(cases, outcomes, strict=False))
    right = [case for case, outcome in pairs if agree(case.expected, outcome)]
    differ = [pair for pair in pairs if not any(pair[0] is case for case in right)]
    wrong = [(case, *_leaves(case.expected, outcome)) for case, outcome in differ]
    if len(pairs) == len(cases) and all(e and len(e) == len(g) for _, e, g in wrong):
        for test in (
            _transposed,
            _permuted,
            _factor,
            _added,
            _signs,
            _shifted,
            _reversed,
            _rounded,
            _part,
            _element,
            _share,
        ):
            if found := test(wrong):
                return found
    return _only_where([case for case, _ in differ], right)


def _leaves(expected, outcome):
    """The arrays of two outcomes in order, or empty lists where they are no numbers."""
    if expected.kind != outcome.kind or expected.kind not in ("value", "changed"):
        return [], []
    return _arrays(expected.value), _arrays(outcome.value)


def _arrays(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple) and not all(isinstance(part, int | float) for part in value):
        return [array for part in value for array in _arrays(part)]
    array = np.asarray(value)
    return [array.astype(float)] if array.dtype.kind in "biuf" else []


def _same(a, b):
    return a.shape == b.shape and np.allclose(a, b, **NEAR, equal_nan=True)


def _flat(wrong):
    """All numbers of the wrong cases in two vectors, or None where shapes differ or numbers are not finite."""
    arrays = [(a, b) for _, e, g in wrong for a, b in zip(e, g, strict=True)]
    if any(a.shape != b.shape for a, b in arrays):
        return None
    e, g = (np.concatenate([pair[side].ravel() for pair in arrays]) for side in (0, 1))
    return (e, g) if np.isfinite(e).all() and np.isfinite(g).all() and e.size else None


def _transposed(wrong):
    if all(_same(a.T, b) for _, e, g in wrong for a, b in zip(e, g, strict=True)):
        return "transposed", {}
    return None


def _permuted(wrong):
    if all(len(e) > 1 and sum(not _same(a, b) for a, b in zip(e, g, strict=True)) > 1 for _, e, g in wrong) and all(
        all(any(_same(a, b) for b in g) for a in e) for _, e, g in wrong
    ):
        return "permuted", {}
    return None


def _factor(wrong):
    """One constant factor in all cases, or a factor that is a size of the input in each."""
    factors = []
    for case, e, g in wrong:
        if not (flat := _flat([(case, e, g)])):
            return None
        expected, given = flat
        largest = np.argmax(np.abs(expected))
        if expected[largest] == 0 or not np.allclose(given, given[largest] / expected[largest] * expected, **NEAR):
            return None
        factors.append(given[largest] / expected[largest])
    if np.allclose(factors, factors[0], rtol=1e-6):
        if factors[0] == 0:
            return "zero", {}
        if np.isclose(factors[0], -1):
            return "sign", {}
        return "factor", {"factor": _written(factors[0])}
    if 0 in factors:
        return None
    for power, key in ((1, "times_size"), (-1, "divided_by_size")):
        names = [name for name in wrong[0][0].inputs if all(
            any(np.isclose(factor**power, size) for size in _sizes(case.inputs[name]))
            for (case, _, _), factor in zip(wrong, factors, strict=True)
        )]  # fmt: skip
        if names:
            return key, {"name": names[0]}
    return None


def _sizes(value):
    shape = value.shape if isinstance(value, np.ndarray) else (len(value),) if isinstance(value, list) else ()
    return {*shape, int(np.prod(shape))} - {0} if shape else set()


def _written(factor):
    """A factor as a short fraction where it is one."""
    near = Fraction(float(factor)).limit_denominator(64)
    return str(near) if near and np.isclose(float(near), factor, rtol=1e-9) else f"{factor:.6g}"


def _added(wrong):
    flat = _flat(wrong)
    if flat and np.allclose(flat[1] - flat[0], flat[1][0] - flat[0][0], rtol=1e-6, atol=1e-9):
        return "added", {"number": float(flat[1][0] - flat[0][0])}
    return None


def _signs(wrong):
    flat = _flat(wrong)
    return ("signs", {}) if flat and np.allclose(*map(np.abs, flat), **NEAR) else None


def _shifted(wrong):
    if all(
        a.shape == b.shape and len(np.shape(a)) and len(a) > 2 and (_same(a[1:], b[:-1]) or _same(a[:-1], b[1:]))
        for _, e, g in wrong
        for a, b in zip(e, g, strict=True)
    ):
        return "shifted", {}
    return None


def _reversed(wrong):
    arrays = [(a, b) for _, e, g in wrong for a, b in zip(e, g, strict=True)]
    return ("reversed", {}) if all(a.ndim and _same(a[::-1], b) for a, b in arrays) else None


def _rounded(wrong):
    flat = _flat(wrong)
    for decimals in range(7) if flat else ():
        if np.allclose(np.round(flat[0], decimals), flat[1], rtol=0, atol=1e-12):
            return "rounded", {"decimals": decimals}
    if flat and np.allclose(np.trunc(flat[0]), flat[1], rtol=0, atol=1e-12):
        return "whole", {}
    return ("nearly", {}) if flat and np.allclose(*flat, rtol=1e-3, atol=1e-9) else None


def _part(wrong):
    """The same part of several is wrong in all cases."""
    if any(len(e) < 2 for _, e, _ in wrong):
        return None
    parts = {tuple(i for i, (a, b) in enumerate(zip(e, g, strict=True)) if not _same(a, b)) for _, e, g in wrong}
    if len(parts) == 1 and len(part := parts.pop()) == 1:
        return "part", {"part": part[0] + 1, "parts": len(wrong[0][1])}
    return None


def _element(wrong):
    """One element alone in each case; the first or the last one in all."""
    ends = set()
    for _, e, g in wrong:
        differ = [
            (i, a.size) for a, b in zip(e, g, strict=True) if a.shape == b.shape and a.size > 1
            for i in np.flatnonzero(~np.isclose(a, b, **NEAR, equal_nan=True))
        ]  # fmt: skip
        if len(differ) != 1 or any(a.shape != b.shape for a, b in zip(e, g, strict=True)):
            return None
        (place, size), = differ  # fmt: skip
        ends.add("first" if place == 0 else "last" if place == size - 1 else "")
    return (f"element_{end}", {}) if (end := ends.pop()) and not ends else ("element", {})


def _share(wrong):
    """Some elements are right in every wrong case."""
    flat = [_flat([one]) for one in wrong]
    if None in flat or any(e.size < 2 for e, _ in flat):
        return None
    counts = [int(np.isclose(e, g, **NEAR).sum()) for e, g in flat]
    return ("share", {"equal": sum(counts), "all": sum(e.size for e, _ in flat)}) if all(counts) else None


def _only_where(wrong, right):
    """What all wrong cases have and no right one has: a property of the inputs that can be seen."""
    if not right or not wrong:
        return None
    for name in wrong[0].inputs:
        for key, has in _PROPERTIES.items():
            if all(has(case.inputs[name]) for case in wrong) and not any(has(case.inputs[name]) for case in right):
                return f"only_{key}", {"name": name}
    return "some", {"wrong": len(wrong), "cases": len(wrong) + len(right)}


def _numbers(test):
    def has(value):
        array = np.asarray(value) if isinstance(value, np.ndarray | int | float) else np.array([])
        return array.dtype.kind in "iuf" and array.size > 0 and bool(test(array))

    return has


_PROPERTIES = {
    "zero": _numbers(lambda a: (a == 0).any()),
    "negative": _numbers(lambda a: (a < 0).any()),
    "not_finite": _numbers(lambda a: not np.isfinite(a).all()),
    "large": _numbers(lambda a: np.abs(a).max() >= 100),
    "small": _numbers(lambda a: ((a != 0) & (np.abs(a) < 1e-4)).any()),
    "one_row": _numbers(lambda a: a.ndim > 0 and len(a) == 1),
    "many_axes": _numbers(lambda a: a.ndim > 2),
    "float32": lambda value: isinstance(value, np.ndarray) and value.dtype == np.float32,
    "whole": lambda value: isinstance(value, np.ndarray) and value.dtype.kind in "iu",
}
