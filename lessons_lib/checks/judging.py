"""Decide what an answer is: data against data, so nothing that a student runs can change the verdict."""

import math
from dataclasses import dataclass, field, replace
from decimal import Decimal
from numbers import Real

import numpy as np

from lessons_lib.checks import programs
from lessons_lib.checks.records import fingerprint
from lessons_lib.checks.symptoms import symptoms
from lessons_lib.checks.trials import TRIALS

__all__ = ["Verdict", "difference", "judge_answer", "judge_outcomes", "numbers"]

RELATIVE = 1e-6  # of the expected number; orders of summation differ by 1e-15, known mistakes by far more
IN_FLOAT32 = 2e-5  # the same for numbers of float32, whose rounding is 6e-8 a step
ABSOLUTE = 1e-9  # of the largest expected number in the array


@dataclass(frozen=True)
class Verdict:
    """What came out for one task.

    status  "passed", "unsolved", "mistake" (a known one, named by `mistake`), or why the answer is not right:
            "difference", "raised", "no_error", "changed", "library", "timeout", "flood", "signature",
            "not_function", "not_number", "not_option", "not_settings", "not_reached", "not_order", "not_yet",
            "not_inputs"
    detail  what the feedback shows
    """

    status: str
    mistake: str = ""
    detail: dict = field(default_factory=dict)

    @property
    def passed(self):
        return self.status == "passed"


PASSED = Verdict("passed")


def judge_outcomes(record, outcomes):
    """Judge a function from its outcomes on the record's cases, in order; a fault may end the list early."""
    expected = [case.expected for case in record.cases]
    if len(outcomes) == len(expected) and all(map(_agree, expected, outcomes)):
        return PASSED
    made = {key: [case.mistakes[key] for case in record.cases] for key in record.cases[0].mistakes}
    same = [key for key, made in made.items() if len(outcomes) == len(made) and all(map(_agree, made, outcomes))]
    if len(same) == 1:
        return Verdict("mistake", same[0])
    for place, (case, outcome) in enumerate(zip(record.cases, outcomes, strict=False)):
        if not _agree(case.expected, outcome):
            verdict = _explain(case, outcome)
            if verdict.detail.get("what") == "none" and any(c.expected.value is None for c in record.cases):
                verdict.detail["what"] = "type"  # None is an answer here, only not now
            is_seen = verdict.status == "difference" and not same
            found = (is_seen and symptoms(record.cases, outcomes, _agree)) or None
            return replace(verdict, detail=verdict.detail | {"case": place, "perhaps": same, "symptom": found})
    raise ValueError(f"outcomes: got {len(outcomes)}, all right, expected {len(expected)}")


def judge_answer(record, answer):
    """Judge the value that a student's variable has: a number, an option, settings, an order, or inputs to try."""
    if answer is None:
        return Verdict("unsolved")
    return _JUDGES[record.kind](record, answer)


def difference(expected, given):
    """Return None when equal within the tolerance, else what differs: {"what": "type", "shape", …}.

    >>> difference(1.0, 1.0 + 1e-9) is None, difference(np.inf, 1.0)["what"]
    (True, 'value')
    >>> difference(1.0, np.array([1.0]))["what"], difference(np.array([1.0]), 1.0)["what"]
    ('one_number', 'array')
    """
    if given is None and expected is not None:
        return _differ("none", expected, given)
    for kind in (tuple | list, dict):
        if isinstance(expected, kind) and not isinstance(given, kind):
            return _differ("type", expected, given)
    if isinstance(expected, tuple | list):
        if len(expected) != len(given):
            return _differ("length", len(expected), len(given))
        pairs = ((f"[{i}]", e, g) for i, (e, g) in enumerate(zip(expected, given, strict=True)))
        return _first_difference(pairs)
    if isinstance(expected, dict):
        if set(expected) != set(given):
            return _differ("keys", sorted(map(str, expected)), sorted(map(str, given)))
        return _first_difference((f"[{key!r}]", value, given[key]) for key, value in expected.items())
    if isinstance(expected, bool | str) or expected is None:
        if type(given) in (type(expected), np.bool_) and given == expected:
            return None
        return _differ("value" if type(expected) is type(given) else "type", expected, given)
    return _numbers_difference(expected, given)


def _numbers_difference(expected, given):
    wants_array = isinstance(expected, np.ndarray) and expected.ndim > 0
    if wants_array != (isinstance(given, np.ndarray) and given.ndim > 0):
        if isinstance(given, np.ndarray | np.generic) or _is_number(given):
            return _differ("array" if wants_array else "one_number", np.shape(expected), np.shape(given))
        return _differ("type", expected, given)
    if not wants_array and not (_is_number(given) or isinstance(given, np.ndarray)):
        return _differ("type", expected, given)
    e, g = np.asarray(expected), np.asarray(given)
    if g.dtype.kind not in "biuf":
        return _differ("type", expected, given)
    if e.shape != g.shape:
        return _differ("shape", e.shape, g.shape)
    relative = IN_FLOAT32 if g.dtype == np.float32 else RELATIVE
    e, g = e.astype(float), g.astype(float)
    finite = np.abs(e[np.isfinite(e)])
    size = np.where(np.isfinite(e), np.abs(e), 0)  # an infinite slack would take any number for inf
    slack = relative * size + ABSOLUTE * (finite.max() if finite.size else 0) + 1e-300
    with np.errstate(invalid="ignore"):
        near = (np.abs(g - e) <= slack) | (g == e) | (np.isnan(g) & np.isnan(e))
    if near.all():
        return None
    what = "nan" if (~np.isfinite(g) & np.isfinite(e)).any() else "value"
    found = _differ(what, expected, given)
    if e.size > 1:
        first = tuple(np.argwhere(~near)[0].tolist())
        found["first"] = (list(first), float(g[first]), float(e[first]))
    return found


def _first_difference(pairs):
    for place, expected, given in pairs:
        if found := difference(expected, given):
            return found | {"place": place + found["place"]}
    return None


def _differ(what, expected, given):
    return {"what": what, "place": "", "expected": expected, "given": given}


def _agree(expected, outcome):
    """Say whether two outcomes are the same: kind, names, and every number."""
    if expected.kind != outcome.kind:
        return False
    if expected.kind == "raised":
        return expected.names[0] in outcome.names
    if expected.names != outcome.names:
        return False
    return expected.kind not in ("value", "changed") or difference(expected.value, outcome.value) is None


def _explain(case, outcome):
    detail = {"inputs": case.inputs}
    if outcome.kind == "value":
        if case.expected.kind == "raised":
            return Verdict("no_error", detail=detail | {"error": case.expected.names[0], "given": outcome.value})
        return Verdict("difference", detail=detail | difference(case.expected.value, outcome.value))
    detail |= outcome.detail | {"names": outcome.names}
    if case.expected.kind == "raised":
        detail["error"] = case.expected.names[0]
    return Verdict(outcome.kind, detail=detail)


def _is_number(value):
    return isinstance(value, Real | np.bool_) or (isinstance(value, np.ndarray) and value.ndim == 0)


def numbers(answer):
    """What a student wrote, one number or several, as floats: numbers of any kind, or text; NaN for all else."""
    several = isinstance(answer, tuple | list) or (isinstance(answer, np.ndarray) and answer.ndim == 1)
    return [_number(value) for value in (answer if several else [answer])]


def _number(value):
    try:
        if isinstance(value, np.ndarray | np.generic):
            value = value.item() if value.ndim == 0 and value.dtype.kind in "iuf" else None
        is_one = isinstance(value, str | Real | Decimal) and not isinstance(value, bool)
        found = float(value.replace(",", ".") if isinstance(value, str) else value) if is_one else math.nan
    except Exception:  # too large for a float, words, or an object of the student's, which may raise anything
        return math.nan
    return found if abs(found) < 1e12 else math.nan


def _judge_number(record, answer):
    settings, task = record.settings, record.id
    values, decimals, marks = numbers(answer), settings["decimals"], settings["answer"]
    if len(values) != settings["size"] or not all(map(math.isfinite, values)):
        split = settings["size"] == 1 and isinstance(answer, tuple) and len(answer) == 2
        return Verdict("not_number", detail={"size": settings["size"], "given": answer, "comma": split})
    steps, slack = [value * 10**decimals for value in values], 1 if decimals else 0

    def near(marks, factor=1):
        return [_is_near(task, factor * step, mark, slack) for step, mark in zip(steps, marks, strict=True)]

    right = near(marks)
    if all(right):
        return PASSED
    made = [key for key, wrong in settings["mistakes"].items() if all(near(wrong))]
    if len(made) == 1:
        return Verdict("mistake", made[0])
    detail = {"what": "number", "given": answer, "decimals": decimals, "perhaps": made}
    wrong = [(step, mark) for step, mark, is_right in zip(steps, marks, right, strict=True) if not is_right]
    slips = [(name, {}) for name, factor in _SLIPS if all(map(max, right, near(marks, factor)))]
    for fewer in range(max(1, decimals - 2), decimals):  # a digest is slow: few are tried
        unit = 10 ** (decimals - fewer)
        if all(_is_whole(step / unit) and _is_near(task, step, mark, unit // 2) for step, mark in wrong):
            slips.append(("fewer", {"decimals": fewer, "needed": decimals}))
    if slack and not slips and all(_is_near(task, step, mark, min(abs(step) // 100, 30)) for step, mark in wrong):
        slips = [("early", {})]
    if len(wrong) > 1 and all(any(_is_near(task, step, mark, slack) for step in steps) for mark in marks):
        slips = [("permuted", {})]
    detail["symptom"] = slips[: not made]
    if any(right):
        detail["which"] = [place for place, is_right in enumerate(right, start=1) if not is_right]
    return Verdict("difference", detail=detail)


_SLIPS = (("percent", 0.01), ("fraction", 100), ("minus", -1), ("double", 0.5), ("half", 2))


def _is_near(task, step, mark, slack):
    """Whether a number, counted in units of its last digit, is the marked one, or off by at most so many units."""
    offs = range(-int(slack), int(slack) + 1) if slack or _is_whole(step) else ()
    return any(fingerprint(task, round(step) + off) == mark for off in offs)


def _is_whole(number):
    return abs(number - round(number)) < 1e-6


def _judge_choice(record, answer):
    settings = record.settings
    if (option := _number(answer)) not in range(1, settings["options"] + 1):
        return Verdict("not_option", detail={"options": settings["options"], "given": answer})
    mark = fingerprint(record.id, round(option))
    if mark == settings["answer"]:
        return PASSED
    return Verdict("mistake", next(key for key, wrong in settings["mistakes"].items() if wrong == mark))


def _judge_tune(record, answer):
    settings, limits, values = record.settings, record.settings["limits"], {}
    if not isinstance(answer, dict) or set(answer) != set(limits):
        return Verdict("not_settings", detail={"what": "keys", "expected": list(limits), "given": answer})
    for name, (kind, low, high) in limits.items():
        value = _number(answer[name])
        if not low <= value <= high or (kind == "int" and not value.is_integer()):
            bounds = {"what": kind, "name": name, "low": low, "high": high}
            return Verdict("not_settings", detail=bounds | {"given": answer[name]})
        values[name] = int(value) if kind == "int" else value
    if values == settings["start"]:
        return Verdict("unsolved")
    result = TRIALS[settings["trial"]](values, settings["seed"])
    detail = {"loss": result.loss, "goal": settings["goal"]}
    if result.loss <= settings["goal"]:
        return Verdict("passed", detail=detail)
    return Verdict("mistake", result.sign, detail) if result.sign else Verdict("not_reached", detail=detail)


def _judge_order(record, answer):
    settings, lines = record.settings, record.settings["lines"]
    if problem := programs.numbers_problem(answer, len(lines), settings["extra"]):
        return Verdict("not_order", detail=problem)

    def told(line):  # of the program, whose first line is the def
        number = int(answer[min(max(line - 2, 0), len(answer) - 1)])
        return {"line": number, "code": lines[number - 1].strip()}

    try:
        function = assembled(record, answer)
    except SyntaxError as error:
        return Verdict("not_order", detail={"what": "indent"} | told(error.lineno))
    verdict = judge_outcomes(
        record, [programs.run(function, case.inputs, settings["changes"]) for case in record.cases]
    )
    if "line" not in verdict.detail:
        return verdict
    if "NameError" in verdict.detail["names"]:
        name = verdict.detail["message"].split("'")[1]
        return Verdict("not_yet", detail={"name": name} | told(verdict.detail["line"]))
    return replace(verdict, detail=verdict.detail | told(verdict.detail["line"]))


def assembled(record, order):
    """The function that lines of an order task make. Errors: SyntaxError."""
    source = "\n".join([record.settings["head"], *(record.settings["lines"][int(number) - 1] for number in order)])
    return programs.defined(source, record.name, record.settings["imports"])


def _judge_test(record, answer):
    """What finds all broken programs passes; else one is named that gives the right outcome on all inputs."""
    settings = record.settings
    if not isinstance(answer, list | tuple) or not 1 <= len(answer) <= settings["most"]:
        return Verdict("not_inputs", detail={"what": "list", "high": settings["most"], "given": answer})
    called, imports, broken = settings["called"], settings["imports"], settings["broken"]
    right, *others = (programs.defined(s, called, imports) for s in (settings["program"], *broken.values()))
    found = []  # for each input, the keys of the programs that it finds
    for number, given in enumerate(answer, start=1):
        try:
            inputs = programs.read_input(given, settings["arguments"])
        except programs.Outside as error:
            return Verdict("not_inputs", detail=error.args[0] | {"number": number})
        expected = programs.run(right, inputs)
        outcomes = zip(broken, (programs.run(other, inputs) for other in others), strict=True)
        found.append([key for key, outcome in outcomes if not _agree(expected, outcome)])
    missed = [key for key in broken if not any(key in keys for keys in found)]
    detail = {"found": len(broken) - len(missed), "of": len(broken), "each": list(map(len, found))}
    return Verdict("mistake", missed[0], detail) if missed else Verdict("passed", detail=detail)


_JUDGES = {"number": _judge_number, "choice": _judge_choice, "tune": _judge_tune, "order": _judge_order,
           "test": _judge_test}  # fmt: skip
