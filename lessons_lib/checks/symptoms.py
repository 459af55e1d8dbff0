"""What can be proved about a wrong answer that is no known mistake: facts about its numbers, never a cause.

A symptom holds in every case that the answer gets wrong. `symptoms` gives [(its key, values for its sentence)]; the
sentence is `check.symptom.<key>` in lessons_lib/text.
"""

from fractions import Fraction
from functools import partial
from itertools import combinations, product
from numbers import Real

import numpy as np

__all__ = ["symptoms"]


def symptoms(cases, outcomes, agree):
    """What the outcomes show of the numbers, and of the inputs where they are wrong; `agree` compares two outcomes."""
    judged = [(case, outcome, agree(case.expected, outcome)) for case, outcome in zip(cases, outcomes, strict=False)]
    wrong = [(case, _parts(case.expected, outcome)) for case, outcome, right in judged if not right]
    found = []
    if all(parts for _, parts in wrong):
        with np.errstate(all="ignore"):
            found = _of_numbers(_Wrong(wrong))
    found += _only_where(*([case.inputs for case, _, right in judged if right is which] for which in (False, True)))
    return found or [("some", {"wrong": len(wrong), "cases": len(judged)})] * (len(wrong) < len(judged))


def _parts(expected, outcome):
    """[(place, expected array, given array)] in order, or [] where two outcomes do not fit."""
    if expected.kind != outcome.kind or expected.kind not in ("value", "changed"):
        return []
    wanted, given = list(_arrays(expected.value)), list(_arrays(outcome.value))
    if len(wanted) == len(given):
        return [(place, e, g) for (place, e), (_, g) in zip(wanted, given, strict=True)]
    e, g = (np.concatenate([np.zeros(0), *(array.ravel() for _, array in arrays)]) for arrays in (wanted, given))
    return [("", e, g)] * (len(e) == len(g))


def _arrays(value, place=""):
    """Pairs (place, array): "2.z1" is what the key z1 of the second part holds."""
    if isinstance(value, list | tuple) and not (value and all(isinstance(part, Real) for part in value)):
        value = {str(i): part for i, part in enumerate(value, start=1)}
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _arrays(part, f"{place}.{name}".strip("."))
    elif (array := np.asarray(value)).dtype.kind in "biuf":
        yield place, array.astype(float)


class _Wrong:
    """All cases that the answer gets wrong, [(case, parts)], and their numbers."""

    def __init__(self, cases):
        self.cases = cases
        self.pairs = [(e, g) for _, parts in cases for _, e, g in parts]
        self.vectors = [
            [np.concatenate([part[side].ravel() for part in parts]) for side in (1, 2)] for _, parts in cases
        ]  # of each case: expected, given
        self.e, self.g = map(np.concatenate, zip(*self.vectors, strict=True))
        self.fits = all(e.shape == g.shape and e.size for e, g in self.pairs)
        self.finite = self.fits and np.isfinite(self.e).all() and np.isfinite(self.g).all()

    def every(self, test):
        return all(test(e, g) for e, g in self.pairs)


def _off(a, b):
    """Where two arrays of one shape differ, as precisely as an answer is judged."""
    slack = 1e-9 * np.abs(a[np.isfinite(a)]).max(initial=0)
    return ~np.isclose(b, a, rtol=1e-6, atol=slack, equal_nan=True)


def _same(a, b):
    return np.shape(a) == np.shape(b) and not _off(np.asarray(a), b).any()


def _of_numbers(wrong):
    """The first fact that holds; where the same parts are wrong in all cases, which, and more of one alone."""
    for key, holds in _FACTS.items():
        if holds(wrong):
            return [(key, {})]
    for test in (_given_back, _made, _factor, _added, _rounded, _step_factor, _where, _together):
        if found := test(wrong):
            return [found]
    places = [place for place, _, _ in wrong.cases[0][1]]
    off = {tuple(place for place, e, g in parts if not _same(e, g)) for _, parts in wrong.cases}
    if len(off) == 1 and len(bad := off.pop()) < len(places):
        found = [("parts", {"wrong": ", ".join(bad), "right": ", ".join(p for p in places if p not in bad)})]
        alone = [(case, [part for part in parts if part[0] in bad]) for case, parts in wrong.cases]
        return found + (_of_numbers(_Wrong(alone)) if len(bad) == 1 else [])
    return _larger(wrong)


def _whole(numbers):
    return (numbers % 1 == 0).all()


def _permuted(parts):
    """Say whether at least two parts are wrong, and each stands at some place."""
    moved = sum(not _same(e, g) for _, e, g in parts) > 1
    return moved and all(any(_same(e, g) for _, _, g in parts) for _, e, _ in parts)


_FACTS = {
    "form": lambda wrong: all(_same(e, g) for e, g in wrong.vectors),  # what differs is how they are put together
    "permuted": lambda wrong: all(_permuted(parts) for _, parts in wrong.cases),
    "transposed": lambda wrong: wrong.every(lambda e, g: _same(e.T, g)),
    "reversed": lambda wrong: wrong.every(lambda e, g: e.ndim and _same(e[::-1], g)),
    "zero": lambda wrong: wrong.fits and not wrong.g.any(),
    "sign": lambda wrong: wrong.every(lambda e, g: _same(-e, g)),
    "signs": lambda wrong: len(wrong.cases) > 1 and wrong.every(lambda e, g: _same(np.abs(e), np.abs(g))),
    "shifted": lambda wrong: wrong.every(
        lambda e, g: e.shape == g.shape and e.ndim and len(e) > 2 and (_same(e[1:], g[:-1]) or _same(e[:-1], g[1:]))
    ),
    "reordered": lambda wrong: all(_same(np.sort(e), np.sort(g)) for e, g in wrong.vectors),
    "whole": lambda wrong: wrong.finite and np.ptp(wrong.g) > 0 and _whole(wrong.g) and not _whole(wrong.e),
}
_MADE = {
    "answer**2": np.square, "np.exp(answer)": np.exp, "1 / answer": np.reciprocal, "1 - answer": lambda a: 1 - a,
    "np.abs(answer)": np.abs, "answer[:-1]": lambda a: a[:-1], "answer[1:]": lambda a: a[1:],
    "np.sum(answer)": lambda a: [np.sum(a)], "np.mean(answer)": lambda a: [np.mean(a)],
    "np.cumsum(answer, axis=0)": partial(np.cumsum, axis=0),
}  # fmt: skip


def _made(wrong):
    """Every given array is made of the expected one, or every expected one of what is given."""
    pairs = [np.atleast_1d(*pair) for pair in wrong.pairs]
    for code, make in _MADE.items() if all(e.size and g.size for e, g in pairs) else ():
        if all(_same(make(e), g) for e, g in pairs):
            return "made", {"code": code}
        if all(_same(e, make(g)) for e, g in pairs):
            return "unmade", {"code": code}
    return None


def _given_back(wrong):
    """The answer is one of the arguments as it came."""
    for name in wrong.cases[0][0].inputs if wrong.fits and len(wrong.cases) > 1 else ():
        pairs = [(case.inputs[name], g) for case, parts in wrong.cases for _, _, g in parts]
        if all(isinstance(value, np.ndarray) and value.ndim and _same(value, g) for value, g in pairs):
            return "given_back", {"code": name}
    return None


def _factor(wrong, **values):
    """One constant factor in all cases, or one that is a number or a size of the input in each, or any in each.

    A single case shows none, except a short fraction: any two numbers have a factor between them.
    """
    factors = []
    for e, g in wrong.vectors if wrong.finite else ():
        largest = np.argmax(np.abs(e))
        if e[largest] == 0 or not _same(g[largest] / e[largest] * e, g):
            return None
        factors.append(g[largest] / e[largest])
    if not factors or np.allclose(factors, 1):
        return None
    short = Fraction(float(factors[0])).limit_denominator(64)
    is_short = np.isclose(float(short), factors[0], rtol=1e-9, atol=0)
    if np.allclose(factors, factors[0], rtol=1e-6) and (len(factors) > 1 or (is_short and len(wrong.e) > 1)):
        return "factor", {"factor": str(short) if is_short and short.denominator > 1 else float(factors[0])} | values
    if len(factors) == 1:
        return None
    sizes = [dict(_sizes(case.inputs)) for case, _ in wrong.cases]
    for (power, key), code in product(((1, "times"), (-1, "divided")), sizes[0]):
        if all(np.isclose(f**power, size.get(code, 0), rtol=1e-6) for f, size in zip(factors, sizes, strict=True)):
            return key, {"code": code} | values
    is_known = all(len(e) > 1 for e, _ in wrong.vectors) and 0 not in factors
    return ("proportional", values) if is_known else None


def _sizes(inputs):
    """Pairs (code, number) of the numbers and sizes among the inputs."""
    for name, value in inputs.items():
        if isinstance(value, Real):
            yield name, value
        elif isinstance(value, list):
            yield f"len({name})", len(value)
        elif isinstance(value, np.ndarray):
            yield f"{name}.size", value.size
            yield from ((f"{name}.shape[{i}]", n) for i, n in enumerate(value.shape))


def _added(wrong):
    change = wrong.g - wrong.e if wrong.finite and len(wrong.e) > 1 else np.zeros(1)
    is_one = change[0] and np.allclose(change, change[0], rtol=1e-5, atol=0)
    return ("added", {"number": float(change[0])}) if is_one else None


def _rounded(wrong):
    for decimals in range(1, 7) if wrong.finite else ():
        if np.allclose(np.round(wrong.e, decimals), wrong.g, rtol=1e-9, atol=0):
            return "rounded", {"decimals": decimals}
    close = (percent for percent in (0.1, 1) if wrong.finite and np.allclose(wrong.g, wrong.e, percent / 100, 0))
    return next((("nearly", {"percent": percent}) for percent in close), None)


def _step(wrong):
    """The same for what the answer changes in arguments of its shape, with their names; or None."""
    cases, names = [], {}
    for case, parts in wrong.cases:
        arguments = {name: value for name, value in case.inputs.items() if isinstance(value, np.ndarray | dict)}
        before, found = dict(_arrays(arguments)), []
        for place, e, g in parts:
            fitting = [name for name, value in before.items() if e.ndim and value.shape == e.shape == g.shape]
            if not fitting:
                return None
            name = place if place in fitting else fitting[0]
            names[name] = True
            found.append((place, e - before[name], g - before[name]))
        cases.append((case, found))
    return _Wrong(cases), {"step": ", ".join(names)}


def _step_factor(wrong):
    step = _step(wrong)
    return _factor(step[0], **step[1]) if step else None


def _larger(wrong):
    """[Every element that is wrong is larger, or smaller, by itself or without its sign; or the change is]."""
    for seen, values in filter(None, [(wrong, {}), _step(wrong)]):
        if not seen.finite or (off := np.concatenate([_off(*pair) for pair in seen.vectors])).sum() < 3:
            continue
        e, g = seen.e[off], seen.g[off]
        longer, change = np.abs(g) - np.abs(e), np.abs(g - e)
        tests = {"larger": g > e, "smaller": g < e, "larger_size": longer > 0, "smaller_size": longer < 0}
        for key in (key for key, test in tests.items() if test.all()):
            return [(key, {"least": float(change.min()), "most": float(change.max())} | values)]
    return []


def _where(wrong):
    """What holds for all wrong elements and for no right one: the element, its place or an argument beside a number."""
    kept, mixed = None, 0
    for case, parts in wrong.cases if wrong.fits else ():
        for _, e, g in parts:
            off, near = _off(e, g), {n: v for n, v in case.inputs.items() if isinstance(v, np.ndarray)} | {"answer": e}
            for places, size, name in zip(np.indices(e.shape), e.shape, "ij", strict=False):
                near |= {name: places, f"{name}_end": size - 1 - places}
            numbers = {"0": 0} | {n: v for n, v in case.inputs.items() if isinstance(v, Real)}
            holds = [
                f"{name} {sign} {number}"
                for name, v in near.items() if e.ndim and np.shape(v) == e.shape
                for number, limit in numbers.items() for sign, compare in _SIGNS.items()
                if (compare(v, limit) == off).all()
            ]  # fmt: skip
            mixed += 0 < off.sum() < off.size
            kept = [text for text in kept if text in holds] if kept is not None else holds
    return ("where", {"condition": kept[0]}) if kept and mixed > 1 else None


_SIGNS = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal}


def _together(wrong):
    """One known mistake in the wrong cases alone; or two: each in its place, or their changes or factors joined."""
    made = {}
    for key in wrong.cases[0][0].mistakes if wrong.finite and len(wrong.cases) > 1 else ():
        parts = [_parts(case.expected, case.mistakes[key]) for case, _ in wrong.cases]
        if all(parts) and (other := _Wrong([(None, part) for part in parts])).fits and len(other.g) == len(wrong.g):
            made[key] = [g for _, g in other.vectors]
    wanted, given = zip(*wrong.vectors, strict=True)
    for key, a in made.items():
        if all(map(_same, given, a)):
            return "together", {"mistakes": [key]}
    for (one, a), (other, b) in combinations(made.items(), 2):
        if all(map(_joined, wanted, given, a, b)):
            return "together", {"mistakes": [one, other]}
    return None


def _joined(e, g, a, b):
    return _same(g, a * b / e) or _same(g, a + b - e) or not (_off(g, a) & _off(g, b)).any()


def _only_where(wrong, right):
    """What the inputs of all wrong cases have and of no right one, and the reverse; of one case this is chance."""
    wrong, right = ([list(_properties(inputs)) for inputs in cases] for cases in (wrong, right))
    found = []
    some = min(len(wrong), len(right)) > 1
    for key, these, others in (("only", wrong, right), ("unless", right, wrong)) if some else ():
        others = {seen for one in others for seen in one}
        shared = [seen for seen in these[0] if seen not in others and all(seen in one for one in these)]
        found = found or [(key, {"conditions": shared[:3]})] * bool(shared)
    return found


_PROPERTIES = {
    "zero": lambda a: a.ndim and a.dtype.kind == "f" and (a == 0).any(),  # of labels it is a class
    "negative": lambda a: (a < 0).any(),
    "not_finite": lambda a: not np.isfinite(a).all(),
    "large": lambda a: (np.abs(a) >= 100).any(),
    "small": lambda a: ((a != 0) & (np.abs(a) < 1e-4)).any(),
    "one_row": lambda a: a.shape[:1] == (1,),
    "one_column": lambda a: a.shape[1:] == (1,),
    "one_axis": lambda a: a.ndim == 1,
    "many_axes": lambda a: a.ndim > 2,
    "square": lambda a: a.ndim == 2 and len(a) == len(a.T),
    "float32": lambda a: a.dtype == np.float32,
    "whole": lambda a: a.ndim and a.dtype.kind in "iu",
}


def _properties(inputs):
    """(key, name, value) of what can be seen of the inputs of one case."""
    for name, value in inputs.items():
        if isinstance(value, str | bool) or (isinstance(value, Real) and value in (0, 1)):
            yield "equal", name, repr(value)
        array = np.full(len(value), 0.5) if isinstance(value, list) else np.asarray(value)
        if array.size and array.dtype.kind in "iuf":
            yield from ((key, name, "") for key, has in _PROPERTIES.items() if has(array))
