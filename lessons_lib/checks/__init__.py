"""Checks of the exercises: within a second they say in words what is right, or name the mistake.

>>> check("losses.mse", None)
○ Ще не розв’язано...

They need only NumPy. ``records`` holds the right outcomes and the known mistakes, ``watching`` runs the student's
code, ``judging`` decides, and the words come from ``lessons_lib.text``.
"""

import difflib
import inspect
import json
import os
import select
import signal
import sys
import threading
import time
import warnings
from dataclasses import replace

from lessons_lib.checks import feedback, records, sealing
from lessons_lib.checks.judging import Verdict, assembled, judge_answer, judge_outcomes
from lessons_lib.checks.programs import run
from lessons_lib.checks.watching import Outcome, call

__all__ = ["check", "judge", "progress"]

SECONDS = 2.0  # for all calls of one check; after that an endless loop is stopped
GRACE = 0.5  # seconds more until a child is ended that does not stop by itself: work inside of C
_scores = {}  # of this kernel: task id → passed


_NOTHING = object()


class CheckFailed(AssertionError):
    """Tells nbgrader that a task earns no points; a student's notebook never sees it."""


def check(task=None, answer=_NOTHING, *more):
    """Judge the answer to a task ("losses.mse") and show what is right or wrong in it.

    answer  the function, number, option or settings that the task asks for; it is not changed
    more    nothing: what stands behind a decimal comma lands here
    Returns a Feedback, which a notebook shows. Raises nothing, except under nbgrader: there an error means no points.

    >>> check("losses.mse", 3).verdict.status
    'not_function'
    """
    if answer is _NOTHING or callable(task):
        return feedback.call_like(*_named_like(task))
    if more:
        answer = (answer, *more)
    record = _find(task)
    if record is None:
        ids = [record.id for chapter in records.chapters() for record in records.load(chapter).values()]
        near = [id for id in ids if id.partition(".")[2] == task]
        return feedback.unknown(task, near or difflib.get_close_matches(str(task).lower(), ids))
    verdict = judge(record, answer)
    if verdict.passed or (verdict.status != "unsolved" and record.id not in _scores):
        _scores[record.id] = verdict.passed
    graded = os.environ.get("NBGRADER_EXECUTION")
    model = _model(record, answer) if verdict.passed and not graded else None
    shown = feedback.Feedback(record, verdict, _tried(record.id.partition(".")[0]), model)
    if graded and not verdict.passed:
        raise CheckFailed(repr(shown))
    return shown


def _model(record, answer):
    """The model answer, [program, what to notice in it]; None where an answer that passed does not open the seal."""
    inputs = sealing.inputs_of(record.id)
    if record.kind == "order":
        outcomes = [run(assembled(record, answer), given, record.settings["changes"]) for given in inputs]
    else:
        cases = tuple(records.Case(given, None, {}) for given in inputs)
        outcomes = _outcomes(replace(record, cases=cases), answer) if cases else ()
    return sealing.opened(record.id, sealing.key(record.id, sealing.secret(record, answer, outcomes)))


def progress(chapter):
    """Show which tasks of a chapter ("losses") are solved in this session, and the points."""
    if chapter not in records.chapters():
        return feedback.unknown(chapter, difflib.get_close_matches(str(chapter), records.chapters()), "unknown_chapter")
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
    if not callable(answer) or isinstance(answer, type):
        return Verdict("not_function", detail={"given": answer})
    namespace = {}
    exec(record.stub, namespace)
    stub = namespace[record.name]
    if _same_code(answer, stub):
        return Verdict("unsolved")
    if problem := _signature_problem(stub, answer):
        return Verdict("signature", detail=problem)
    verdict = judge_outcomes(record, _outcomes(record, answer))
    if verdict.status == "difference" and verdict.detail["case"] > 0:
        alone = replace(record, cases=(record.cases[verdict.detail["case"]],))
        if judge_outcomes(alone, _outcomes(alone, answer)).passed:
            return Verdict("remembers", detail={"inputs": verdict.detail["inputs"]})
    given, wanted = (list(inspect.signature(function).parameters) for function in (answer, stub))
    if not verdict.passed and given != wanted and sorted(given) == sorted(wanted):
        facts = [("order", {"given": ", ".join(given), "wanted": ", ".join(wanted)})]
        return replace(verdict, detail=verdict.detail | {"symptom": facts})
    return verdict


def _outcomes(record, function):
    """The outcomes on all cases, up to a timeout, a flood or a forbidden call: the rest would only cost time.

    On Linux a child process computes them: it can be ended whatever it does, and leaves nothing behind in the notebook.
    """
    if sys.platform == "linux" and threading.current_thread() is threading.main_thread():
        try:
            return _of_a_child(record, function)
        except OSError:
            pass  # processes may not be started here
    return list(_of_this_process(record, function))


def _of_this_process(record, function):
    end = time.monotonic() + SECONDS
    for case in record.cases:
        outcome = call(function, case.inputs, **record.settings, seconds=end - time.monotonic())
        if outcome.kind == "timeout" or time.monotonic() > end:
            yield Outcome("timeout", detail={"seconds": SECONDS})
            return
        yield outcome
        if outcome.kind in ("flood", "library", "asks"):
            return


def _of_a_child(record, function):
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside threads: the child uses none of them
        child = os.fork()
    if child == 0:
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1), os.dup2(nowhere, 2)  # what C, other programs and the kernel's channels write
            with os.fdopen(writing, "w", encoding="utf-8", errors="replace") as channel:
                for outcome in _of_this_process(record, function):
                    channel.write(json.dumps(records.sent(outcome)) + "\n")
                    channel.flush()
        finally:
            os._exit(0)
    os.close(writing)
    said, deadline, end = b"", time.monotonic() + SECONDS + GRACE, "died"
    while True:
        if not select.select([reading], [], [], max(0, deadline - time.monotonic()))[0]:
            end = "timeout"
            break
        if not (piece := os.read(reading, 1 << 16)):
            break
        said += piece
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    *lines, cut = said.split(b"\n")
    outcomes = [records.received(json.loads(line)) for line in lines]
    stopped = outcomes and outcomes[-1].kind in ("timeout", "flood", "library", "asks")
    if cut or (len(outcomes) < len(record.cases) and not stopped):
        outcomes.append(Outcome(end, detail={"seconds": SECONDS}))
    return outcomes


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


def _named_like(answer):
    """The id and the name of the task that was perhaps meant by check(answer) alone."""
    name = answer.rpartition(".")[2] if isinstance(answer, str) else getattr(answer, "__name__", "mse")
    found = (record for chapter in records.chapters() for record in records.load(chapter).values())
    return next(((record.id, record.name) for record in found if record.name == name), ("losses.mse", "mse"))


def _tried(chapter):
    """[(title, points, passed or None when not tried)] of the tasks of a chapter."""
    return [(record.title, record.points, _scores.get(record.id)) for record in records.load(chapter).values()]
