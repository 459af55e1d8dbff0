"""Checks of the exercises: within a second they say in words what is right, or name the mistake.

>>> check("losses.mse", None)
○ Ще не розв’язано...

They need only NumPy. ``records`` holds the right outcomes and the known mistakes, ``watching`` runs the student's
code, ``judging`` decides, and the words come from ``lessons_lib.text``.
"""

import difflib
import inspect
import os
import time

from lessons_lib.checks import feedback, records
from lessons_lib.checks.judging import Verdict, judge_answer, judge_outcomes
from lessons_lib.checks.watching import Outcome, call

__all__ = ["check", "judge", "progress"]

SECONDS = 2.0  # for all calls of one check; after that an endless loop is stopped
_scores = {}  # of this kernel: task id → passed


class CheckFailed(AssertionError):
    """Tells nbgrader that a task earns no points; a student's notebook never sees it."""


def check(task, answer):
    """Judge the answer to a task ("losses.mse") and show what is right or wrong in it.

    answer  the function, number, option or settings that the task asks for; it is not changed
    Returns a Feedback, which a notebook shows. Raises nothing, except under nbgrader: there an error means no points.

    >>> check("losses.mse", 3).verdict.status
    'not_function'
    """
    record = _find(task)
    if record is None:
        ids = [record.id for chapter in records.chapters() for record in records.load(chapter).values()]
        return feedback.unknown(task, difflib.get_close_matches(str(task), ids))
    verdict = judge(record, answer)
    if verdict.passed or (verdict.status != "unsolved" and record.id not in _scores):
        _scores[record.id] = verdict.passed
    shown = feedback.Feedback(record, verdict, _tried(record.id.partition(".")[0]))
    if os.environ.get("NBGRADER_EXECUTION") and not verdict.passed:
        raise CheckFailed(repr(shown))
    return shown


def progress(chapter):
    """Show which tasks of a chapter ("losses") are solved in this session, and the points."""
    if chapter not in records.chapters():
        return feedback.unknown(chapter, difflib.get_close_matches(str(chapter), records.chapters()))
    return feedback.Progress(_tried(chapter))


def judge(record, answer):
    """Return the Verdict on the answer to a task, given its Record.

    >>> judge(_find("losses.mse"), len).status
    'signature'
    """
    if record.kind != "function":
        return judge_answer(record, answer)
    if answer is None:
        return Verdict("unsolved")
    if not callable(answer):
        return Verdict("not_function", detail={"given": answer})
    namespace = {}
    exec(record.stub, namespace)
    stub = namespace[record.name]
    if _same_code(answer, stub):
        return Verdict("unsolved")
    if problem := _signature_problem(stub, answer):
        return Verdict("signature", detail=problem)
    return judge_outcomes(record, list(_outcomes(record, answer)))


def _outcomes(record, function):
    """The outcomes on all cases, up to a timeout, a flood or a forbidden call: the rest would only cost time."""
    end = time.monotonic() + SECONDS
    for case in record.cases:
        outcome = call(function, case.inputs, **record.settings, seconds=end - time.monotonic())
        if outcome.kind == "timeout" or time.monotonic() > end:
            yield Outcome("timeout", detail={"seconds": SECONDS})
            return
        yield outcome
        if outcome.kind in ("flood", "library"):
            return


def _same_code(function, stub):
    """Say whether a function is still the stub: the same instructions, constants and names."""

    def essence(code):
        constants = tuple(essence(c) if hasattr(c, "co_code") else repr(c) for c in code.co_consts)
        return code.co_code, constants, code.co_names, code.co_varnames

    code = getattr(function, "__code__", None)
    return code is not None and essence(code) == essence(stub.__code__)


def _signature_problem(stub, function):
    """The signature that the task expects; None when the function can be called like that."""
    wanted = inspect.signature(stub)
    try:
        inspect.signature(function).bind(*wanted.parameters)
    except (TypeError, ValueError):
        return {"expected": f"{stub.__name__}{wanted}"}
    return None


def _find(task):
    chapter, _, name = str(task).partition(".")
    return records.load(chapter).get(name) if chapter in records.chapters() else None


def _tried(chapter):
    """[(title, points, passed or None when not tried)] of the tasks of a chapter."""
    return [(record.title, record.points, _scores.get(record.id)) for record in records.load(chapter).values()]
