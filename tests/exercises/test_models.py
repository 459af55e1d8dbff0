"""After a pass, and not before: a model answer and what to notice in it."""

import base64
import re
from dataclasses import replace

import numpy as np
import pytest

import exercises
from exercises import models
from exercises.tasks import Number, namespace
from lessons_lib import check
from lessons_lib.checks import records, sealing
from lessons_lib.text import text
from tools.shared import ROOT

TASKS = {task.id: task for chapter in exercises.CHAPTERS for task in exercises.tasks_of(chapter)}
by_task = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def noisy(value, noise, rng=np.random.default_rng(0)):  # noqa: B008
    if isinstance(value, list | tuple | dict):
        return [noisy(part, noise) for part in (value.values() if isinstance(value, dict) else value)]
    return value if np.asarray(value).dtype.kind != "f" else value * (1 + noise * rng.uniform(-1, 1, np.shape(value)))


@by_task
def test_every_right_answer_opens_the_model(task):
    program, notice = models.model(task)
    assert notice, "no part ### notice in its words"
    assert len(re.findall(r"[.](?= |$)", notice)) == 2, "two sentences"
    for given in task.rights:
        shown = check(task.id, task.defined(task.cell(given)))
        assert shown.verdict.passed and shown.model == [program, notice], given
        assert all(line in repr(shown) for line in program.splitlines()) and "<details>" in shown.markup


@by_task
def test_no_known_mistake_opens_it_and_no_rounding_of_another_processor_closes_it(task):
    record, inputs = records.load(task.chapter)[task.name], sealing.inputs_of(task.id)

    def of_a_program(program, noise=0.0):
        outcomes = [task.runner(record.settings)(program, given) for given in inputs]
        return sealing.secret(record, None, [replace(out, value=noisy(out.value, noise)) for out in outcomes])

    if inputs:
        right, *_ = task.programs("right")
        assert of_a_program(right) not in map(of_a_program, task.programs("wrong", "broken"))
        numbers = re.findall(r"\b[1-9]\d\d\b(?<!00)", of_a_program(right))
        assert len({*numbers}) >= 6 or task.name == "epoch_batches", "too few for a key"  # there: thirty orders of rows
        assert of_a_program(right, 1e-12) == of_a_program(right, 2e-5) == of_a_program(right)
    elif task.kind in ("number", "choice"):  # everything opens the others that passes, and a reader of the library
        wrong = [sealing.secret(record, given) for given in task.wrongs.values()]
        assert sealing.secret(record, task.rights[0]) not in wrong


@pytest.mark.parametrize("task", [task for task in TASKS.values() if isinstance(task, Number)], ids=lambda t: t.id)
def test_the_way_of_a_calculation_is_right_line_by_line(task):
    names = namespace(task.chapter)
    for line in models.model(task)[0].splitlines():
        exec(line, names)
        code, _, said = line.partition("  # ")
        if said:
            found, said = names[code.split(" = ")[0]], eval(f"np.array([{said}])", {"np": np})
            np.testing.assert_allclose(np.ravel(found), said, rtol=0, atol=0.00051, err_msg=line)
    off_by_one = np.ravel(names[task.name]) + (10.0**-task.decimals if task.decimals else 0)
    assert check(task.id, names[task.name]).model == check(task.id, tuple(off_by_one)).model == models.model(task)


def test_the_words_can_be_read_nowhere():
    files = [*(ROOT / "lessons_lib").rglob("*.*"), *(ROOT / "book").rglob("*.ipynb")]
    files = [(path, path.read_bytes().decode("utf-8", "ignore")) for path in files]
    for task in TASKS.values():
        program, notice = models.model(task)
        told = [notice, base64.b64encode(notice.encode()).decode()] + [program] * ("\n" in program)
        assert not [path for path, words in files for word in told if word in words], task.id
        assert notice.encode()[:20] not in base64.b64decode(text(f"model.{task.id}"))


def test_a_seal_that_does_not_open_and_nbgrader_show_nothing(monkeypatch):
    task = TASKS["losses.mse"]
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check(task.id, task.defined(task.rights[0])).model is None
    monkeypatch.delenv("NBGRADER_EXECUTION")
    monkeypatch.setattr(sealing, "secret", lambda *given: "another")
    shown = check(task.id, task.defined(task.rights[0]))
    assert shown.verdict.passed and shown.model is None and "<details>" not in shown.markup
