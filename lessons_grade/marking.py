"""Grade one submission: the child computes, this module decides.

A `Plan` holds the records of a chapter for the teacher's secret seed. It stays with the judge; the child gets only the
inputs.
"""

import ast
import hashlib
import json
import time
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property

from lessons_grade.normalising import Rejected, parsed, student_code
from lessons_lib.checks import records
from lessons_lib.checks.feedback import headline_of, lines_of
from lessons_lib.checks.judging import Verdict, judge_answer, judge_outcomes
from lessons_lib.checks.watching import KINDS, Outcome
from lessons_lib.text import text

__all__ = ["Plan", "Result", "TaskResult", "grade", "rejected"]

_MOST_NUMBERS = 100_000
_LONGEST = 1_000  # characters of a message or a name
_DIFFERS = ("mistake", "difference", "raised", "no_error", "changed")  # all cases were computed
_MOST_CHILDREN = 8  # processes for one submission; code that keeps killing them gets no more


@dataclass(frozen=True)
class Plan:
    """What is graded: the chapter, its records for the seed, the notebook's imports, its other given cells, the cells
    of the right answers, and the seed."""

    chapter: str
    title: str
    records: list
    imports: str
    given: list
    right: list
    seed: int = 0

    def to_plain(self):
        plain = {part.name: getattr(self, part.name) for part in fields(self)}
        return plain | {"records": list(map(records.to_plain, self.records))}

    @classmethod
    def from_plain(cls, plain):
        return cls(**plain | {"records": list(map(records.from_plain, plain["records"]))})

    @cached_property
    def digest(self):
        """The same for the same tasks and seed."""
        return hashlib.sha256(json.dumps(self.to_plain(), sort_keys=True).encode()).hexdigest()

    @property
    def points(self):
        return sum(record.points for record in self.records)


@dataclass(frozen=True)
class TaskResult:
    """A task's points, its status (see `Verdict`; also "missing", "died", "malformed"), and the feedback.

    mistake is the key of the known mistake, words the first sentence, shown the [(label, value)] below it. A function
    was right in `right` of `cases` cases; equal wrong answers have the same `answer`.
    """

    id: str
    points: int
    status: str
    mistake: str = ""
    words: str = ""
    shown: tuple = ()
    right: int = 0
    cases: int = 0
    answer: str = ""


@dataclass(frozen=True)
class Result:
    """status "graded", "rejected" (with the reason), "timed out", "died", or "absent" where nothing was handed in; the
    points; the result of each task; the ids of tasks that the notebook as saved calls right, though they are not; a
    digest of the file."""

    status: str
    points: int = 0
    reason: str = ""
    tasks: tuple = field(default=())
    claimed: tuple = ()
    file: str = field(default="", compare=False)

    def to_plain(self):
        return asdict(self)

    @classmethod
    def from_plain(cls, plain):
        tasks = tuple(TaskResult(**task | {"shown": tuple(map(tuple, task["shown"]))}) for task in plain["tasks"])
        return cls(**plain | {"tasks": tasks, "claimed": tuple(plain.get("claimed", ()))})


def rejected(reason):
    return Result("rejected", reason=reason)


def grade(content, plan, sandbox):
    """Return the Result of a notebook file given as bytes. Nothing that a student hands in raises an error."""
    try:
        return _graded(content, plan, sandbox)
    except Exception:  # a fault of ours, met by one submission, must not cost another its grade
        return rejected("fault")


def canary(plan, sandbox):
    """Grade the right answers. Errors: ValueError when one fails, since then everybody's would."""
    cells = [{"cell_type": "code", "source": source} for source in plan.right]
    result = grade(json.dumps({"cells": cells}).encode(), plan, sandbox)
    if result.points != plan.points:
        failed = [task.id for task in result.tasks if not task.points] or [result.reason]
        raise ValueError(text("grading.canary", tasks=", ".join(failed)))


def _graded(content, plan, sandbox):
    names = [task.name for task in plan.records]
    try:
        code = student_code(content, names, plan.given)
    except Rejected as error:
        return rejected(error.reason)
    open_tasks = [task for task in plan.records if not _is_stub(task, code)]
    answers, cell_errors = _run(code, open_tasks, plan, sandbox)
    results = tuple(
        _result(task, code, open_tasks, answers, cell_errors, sandbox.limits.seconds) for task in plan.records
    )
    statuses = {result.status for result in results}
    if open_tasks and not any(isinstance(answer, dict) for answer in answers.values()):
        status = "timed out" if "timeout" in statuses else "died"
    else:
        status = "graded"
    claimed = tuple(result.id for result in results if result.id in code.claimed and result.status != "passed")
    return Result(status, sum(result.points for result in results), tasks=results, claimed=claimed)


def _is_stub(task, code):
    """Say whether the cell still holds the given stub: comments and spaces aside."""
    if task.name not in code.defined_in:
        return False
    try:
        return ast.dump(parsed(code.cells[code.defined_in[task.name]])) == ast.dump(parsed(task.stub))
    except (TypeError, RecursionError):  # it does not compile, or is nested too deeply
        return False


def _run(code, tasks, plan, sandbox):
    """({task id: the child's answer, or "timeout" or "died"}, {cell: error}).

    When a cell or a task ends the child, the next child leaves that one out. All children share one time.
    """
    skipped, answers, errors = set(), {}, {}
    deadline = time.monotonic() + sandbox.limits.in_all(len(tasks))
    for children in range(1, _MOST_CHILDREN + 1):
        cells = [[-1, plan.imports], *([i, s] for i, s in enumerate(code.cells) if i not in skipped)]
        waiting = [task for task in tasks if task.id not in answers]
        if not waiting:
            return answers, errors
        end = {"died": ("start", None)}
        left = max(0.0, deadline - time.monotonic())
        for message in sandbox.run(cells, [_request(task) for task in waiting], left):
            if "cell" in message:
                errors[message["cell"]] = message.get("error")
            elif "task" in message and message["task"] in {task.id for task in waiting}:
                answers[message["task"]] = message
            elif not {"timeout", "died", "end"}.isdisjoint(message):
                end = message
        how = next((name for name in ("timeout", "died") if name in end), None)
        if how is None:
            for task in waiting:
                answers.setdefault(task.id, "died")
            return answers, errors
        kind, which = end[how]
        if children == _MOST_CHILDREN:
            break
        if kind == "cell" and which in range(len(code.cells)) and which not in skipped:
            skipped.add(which)
            errors[which] = {"kind": how, "seconds": sandbox.limits.seconds}
            for task in waiting:
                if code.defined_in.get(task.name) == which:
                    answers[task.id] = how
        elif kind == "task" and which in {task.id for task in waiting}:
            answers[which] = how
        else:
            break
    for task in waiting:
        answers.setdefault(task.id, how)
    return answers, errors


def _request(task):
    cases = task.cases if task.kind == "function" else ()
    inputs = [{name: records.encode(value) for name, value in case.inputs.items()} for case in cases]
    wanted = {"id": task.id, "name": task.name, "kind": task.kind, "inputs": inputs}
    return wanted | {name: task.settings.get(name, []) for name in ("allows", "changes")}


def _result(task, code, open_tasks, answers, errors, seconds):
    if task not in open_tasks:
        verdict = Verdict("unsolved")
    elif isinstance(answers[task.id], str):
        verdict = Verdict(answers[task.id], detail={"seconds": seconds})
    else:
        verdict = _verdict(task, answers[task.id], errors.get(code.defined_in.get(task.name)))
    points = task.points if verdict.passed else 0
    try:
        unsolved = verdict.status == "unsolved"
        words, shown = text("grading.unsolved") if unsolved else headline_of(verdict), tuple(lines_of(verdict))
        right, digest = _right(task, answers[task.id]) if verdict.status in _DIFFERS else (0, "")
    except Exception:  # the child may have sent any status and any detail
        return TaskResult(task.id, points, "malformed", "", text("check.malformed"))
    shown = tuple((_whole(label), _whole(value)) for label, value in shown)
    return TaskResult(
        task.id, points, verdict.status, verdict.mistake, _whole(words), shown, right, len(task.cases), digest
    )


def _right(task, answer):
    """In how many cases a function was right, and a digest of the answer that is the same for nearly equal numbers."""
    said, right = answer.get("value"), 0
    if task.kind == "function":
        said = [[plain["kind"], plain.get("value"), plain["names"]] for plain in answer["outcomes"]]
        pairs = zip(task.cases, answer["outcomes"], strict=False)
        right = sum(judge_outcomes(replace(task, cases=(one,)), [_outcome(plain)]).passed for one, plain in pairs)
    rounded = json.loads(json.dumps(said), parse_float=lambda number: f"{float(number):.5g}")
    return right, hashlib.sha256(json.dumps(rounded).encode()).hexdigest()[:12]


def _whole(words):
    """The words without lone surrogates, which no file can hold."""
    return words.encode("utf-8", errors="replace").decode("utf-8")


def _verdict(task, answer, cell_error):
    """The judgement on what the child says; anything malformed earns no points."""
    try:
        if answer.get("missing"):
            return _fault(cell_error) if cell_error else Verdict("missing")
        if "not_function" in answer:
            return Verdict("not_function", detail={"given": _trusted(answer["not_function"])})
        if "signature" in answer:
            return Verdict("signature", detail={"expected": task.stub.splitlines()[0].removeprefix("def ").rstrip(":")})
        if task.kind != "function":
            return judge_answer(task, _trusted(answer["value"]))
        return judge_outcomes(task, [_outcome(plain) for plain in answer["outcomes"]])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError):
        return Verdict("malformed")


def _fault(error):
    names = _names(error.get("names", ()))
    detail = {name: error[name] for name in ("message", "line", "code", "seconds") if name in error}
    return Verdict(_kind(error), detail=_plain(detail) | {"names": names})


def _outcome(plain):
    value = _trusted(plain.get("value"))
    return Outcome(_kind(plain), value, _names(plain["names"]), _plain(plain.get("detail", {})))


def _names(names):
    return tuple(str(name)[:80] for name in names[:20])


def _plain(detail):
    """Numbers and short text: no page is long, and no search in it takes long."""
    cut = {name: value[:_LONGEST] if isinstance(value, str) else value for name, value in detail.items()}
    return {name: value for name, value in cut.items() if isinstance(value, str | int | float)}


def _kind(plain):
    """The kind of an outcome; a child that says "passed" there has made it up."""
    if plain["kind"] not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}, got {plain['kind']!r}")
    return plain["kind"]


def _trusted(plain):
    """Decode the child's data after looking at it: numbers, text and containers only, and not too many."""
    _look(plain, [0])
    return records.decode(plain)


def _look(plain, count):
    count[0] += 1
    if count[0] > _MOST_NUMBERS:
        raise ValueError("too much data")
    if isinstance(plain, list):
        for part in plain:
            _look(part, count)
    elif isinstance(plain, dict):
        if "function" in plain or len(set(plain) & {"array", "number", "tuple", "dict", "unknown"}) != 1:
            raise ValueError("no data")
        if "array" in plain and not (plain["dtype"] in _DTYPES and _are_sizes(plain["shape"])):
            raise ValueError("no numbers")
        for part in plain.values():
            _look(part, count)


# Text could be as long as its dtype says, and NumPy reads a dtype as a small language of its own.
_DTYPES = {"bool", *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64))}
_DTYPES |= {"float16", "float32", "float64"}


def _are_sizes(shape):
    return len(shape) <= 32 and all(type(size) is int and 0 <= size <= _MOST_NUMBERS for size in shape)
