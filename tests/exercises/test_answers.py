"""A right answer that is broken in one small place is rejected: here with the public inputs, in make reach with all."""

from functools import cache

import pytest

import exercises
from exercises.tasks import Function
from tools import answers
from tools.exercises import PUBLIC_SEED

TASKS = [task for chapter in exercises.CHAPTERS for task in exercises.tasks_of(chapter)]
FUNCTIONS = {task.id: task for task in TASKS if isinstance(task, Function)}


@cache
def judged(name):
    return answers.judged(FUNCTIONS[name], [PUBLIC_SEED])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_broken_answer_passes(name):
    assert answers.survivors(FUNCTIONS[name], judged(name)) == {}


def test_what_is_listed_as_right_passes():
    passing = {(name, answers.line(change)) for name in FUNCTIONS for change, seeds in judged(name).items() if seeds}
    assert set(answers.equivalents()) <= passing, "listed, but no change of a right answer that passes"


def test_inputs_away_from_the_boundary_let_broken_answers_pass(monkeypatch):
    task = FUNCTIONS["optimizers.largest_rate"]
    monkeypatch.setattr(type(task), "cases", 3)
    passing = {answers.line(change) for change in answers.survivors(task, answers.judged(task, [1]))}
    assert {"if not 0 <= (beta <= 1):", "if np.any((curvatures < 0)):", "if False:"} & passing


def test_programs_are_broken_in_every_way():
    program = """def f(a, n):
    a = a.copy()
    if n < 1:
        raise ValueError(n + 1)
    a += np.sum(a[1:n], axis=0)
    return a"""
    lines = {answers.line(change) for change in answers.broken(program)}
    assert lines >= {"a = a", "a[...] = a.copy()", "if (n <= 1):", "if (n == 1 - 1):", "if n < (2):", "pass"}
    assert lines >= {f"a += np.{call}" for call in ("mean(a[1:n], axis=0)", "sum(a[1:n])", "sum(a[1:n - 1], axis=0)")}
    assert lines >= {"a = a + np.sum(a[1:n], axis=0)", "return (a)[::-1]", "return globals().setdefault('kept', a)"}
    assert lines >= {"return np.squeeze(a)", "return globals().setdefault(str(getattr(a, 'shape', '')), a)"}
    assert lines >= {"if (n < 1 * 1.01):", "np.ravel(a)[...] += np.ravel(np.sum(a[1:n], axis=0))"}
    assert not any("n + 2" in line for line in lines), "what an error says is left alone"
