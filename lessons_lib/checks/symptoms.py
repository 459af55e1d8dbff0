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
    judged = [(case, outcome, agree(case.expected, outcome)) for case, outcome in zip(cases, outcomes, strict=False)]
    wrong = [(case, _pairs(case.expected, outcome)) for case, outcome, right in judged if not right]
    if all(pairs for _, pairs in wrong):
        for test in _TESTS:
            if found := test(wrong):
                return found
    return _only_where([case for case, _ in wrong], [case for case, _, right in judged if right])


def _pairs(expected, outcome):
    """[(an expected array, the given one)] of two outcomes in order, or [] where they do not fit."""
    if expected.kind != outcome.kind or expected.kind not in ("value", "changed"):
        return []
    arrays = _arrays(expected.value), _arrays(outcome.value)
    return list(zip(*arrays, strict=True)) if len(set(map(len, arrays))) == 1 else []


def _every(test, wrong):
    """Whether every pair of arrays passes a test."""
    return all(test(a, b) for _, pairs in wrong for a, b in pairs)


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
    if not _every(lambda a, b: a.shape == b.shape, wrong):
        return None
    e, g = (np.concatenate([pair[side].ravel() for _, pairs in wrong for pair in pairs]) for side in (0, 1))
    return (e, g) if np.isfinite(e).all() and np.isfinite(g).all() and e.size else None


def _transposed(wrong):
    return ("transposed", {}) if _every(lambda a, b: _same(a.T, b), wrong) else None


def _permuted(wrong):
    """At least two of several parts are wrong, and each stands at some place."""
    for _, pairs in wrong:
        given = [b for _, b in pairs]
        moved = sum(not _same(a, b) for a, b in pairs)
        if moved < 2 or not all(any(_same(a, b) for b in given) for a, _ in pairs):
            return None
    return "permuted", {}


def _factor(wrong):
    """One constant factor in all cases, or a factor that is a size of the input in each."""
    factors = []
    for one in wrong:
        if not (flat := _flat([one])):
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
            for (case, _), factor in zip(wrong, factors, strict=True)
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
    def is_shifted(a, b):
        return a.shape == b.shape and a.ndim and len(a) > 2 and (_same(a[1:], b[:-1]) or _same(a[:-1], b[1:]))

    return ("shifted", {}) if _every(is_shifted, wrong) else None


def _reversed(wrong):
    return ("reversed", {}) if _every(lambda a, b: a.ndim and _same(a[::-1], b), wrong) else None


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
    places = {tuple(i for i, (a, b) in enumerate(pairs, start=1) if not _same(a, b)) for _, pairs in wrong}
    least = min(len(pairs) for _, pairs in wrong)
    if least > 1 and len(places) == 1 and len(place := places.pop()) == 1:
        return "part", {"part": place[0], "parts": len(wrong[0][1])}
    return None


def _element(wrong):
    """One element alone in each case; the first or the last one in all."""
    ends = set()
    for _, pairs in wrong:
        if any(a.shape != b.shape for a, b in pairs):
            return None
        differ = [(i, a.size) for a, b in pairs for i in np.flatnonzero(~np.isclose(a, b, **NEAR, equal_nan=True))]
        if len(differ) != 1 or differ[0][1] == 1:
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


_TESTS = (
    _transposed, _permuted, _factor, _added, _signs, _shifted, _reversed, _rounded, _part, _element, _share,
)  # fmt: skip


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
