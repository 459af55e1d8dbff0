"""Every task over twenty seeds: right answers pass, known mistakes lose points and are named, the stub is unsolved."""

import hashlib
import inspect
import json
from functools import cache

import numpy as np
import pytest

import exercises
from exercises.tasks import Changed, Choice, Function, Number, Order, Repair, Tune, WriteTest
from lessons_lib import checks
from lessons_lib.checks import records
from lessons_lib.checks.judging import difference, judge_answer, judge_outcomes
from lessons_lib.text import has_text, text

SEEDS = range(20)
NAMED = 0.85  # of all known mistakes, at least
TASKS = {task.id: task for chapter in exercises.CHAPTERS for task in exercises.tasks_of(chapter)}
by_task = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def seeds(task):
    """A training that a student tunes has the same data and seed for everybody, so there is one case of it."""
    return SEEDS[:1] if isinstance(task, Tune) else SEEDS


@cache
def recorded(task_id, seed):
    return TASKS[task_id].record(seed)


def answer(task, given):
    """What a student hands to `check`: the function of a program, or the value."""
    return task.defined(given) if isinstance(task, Function) else given


@cache
def verdict_on_mistake(task, mistake, seed):
    record = recorded(task.id, seed)
    if isinstance(task, Function):
        return judge_outcomes(record, [case.mistakes[mistake] for case in record.cases])
    return judge_answer(record, task.wrongs[mistake])


@by_task
def test_every_right_answer_gets_full_marks(task, monkeypatch):
    for seed in seeds(task):
        for source in task.rights:
            verdict = checks.judge(recorded(task.id, seed), answer(task, source))
            assert verdict.passed, f"seed {seed}: {verdict}\n{source}"
        # The first seed ran in a child, as with a student; to fork this large process takes longer than most answers.
        monkeypatch.setattr(checks, "_outcomes", lambda *given: list(checks._of_this_process(*given)))


@by_task
def test_the_stub_is_unsolved(task):
    for seed in seeds(task):
        assert checks.judge(recorded(task.id, seed), task.defined(task.stub)).status == "unsolved"


@by_task
def test_every_known_mistake_loses_points_and_is_never_taken_for_another(task):
    for seed in seeds(task):
        for mistake in task.wrongs:
            verdict = verdict_on_mistake(task, mistake, seed)
            assert not verdict.passed, f"seed {seed}: {mistake} gets full marks"
            assert verdict.status != "mistake" or verdict.mistake == mistake, f"seed {seed}: {mistake} → {verdict}"


def test_most_known_mistakes_are_named():
    for seed in SEEDS:
        cases = [(task, seed if seed in seeds(task) else SEEDS[0]) for task in TASKS.values()]
        verdicts = {f"{t.id}: {m}": verdict_on_mistake(t, m, s) for t, s in cases for m in t.wrongs}
        unnamed = [name for name, verdict in verdicts.items() if verdict.status != "mistake"]
        assert len(unnamed) <= (1 - NAMED) * len(verdicts), f"seed {seed}: {unnamed}"


@by_task
def test_other_inputs_come_with_another_seed(task):
    if isinstance(task, Tune):
        assert records.to_plain(task.record(0)) == records.to_plain(task.record(1)), "one seed stands for all"
    if isinstance(task, Function | Order):
        one, other = (records.to_plain(recorded(task.id, seed))["cases"] for seed in (0, 1))
        assert json.dumps(one) != json.dumps(other), "a hard-coded answer would pass"


# Classes, and where the text asks for more: batches of a search, points of a curve.
MORE_THAN_ONE = {"losses.ce": "p", "losses.prices_from_logits": "z", "digits.train_step": "W b",
                 "digits.best_weights": "W", "schedules.range_test": "curvatures",
                 "schedules.suggest": "losses lrs"}  # fmt: skip


@pytest.mark.parametrize("task", [task for task in TASKS.values() if isinstance(task, Function)], ids=lambda t: t.id)
def test_each_axis_once_has_one_element_and_what_changes_in_place_is_once_transposed(task):
    record, sizes, transposed = records.load(task.chapter)[task.name], {}, False
    for case in (case for case in record.cases if case.expected.kind != "raised"):
        for name, value in case.inputs.items():
            for array in value.values() if isinstance(value, dict) else [value]:
                if not isinstance(array, np.ndarray):
                    continue
                transposed |= array.flags.fnc and name in task.changes
                for axis, size in enumerate(array.shape if array.ndim < 3 else ()):
                    sizes.setdefault((name, array.ndim, axis), set()).add(size)
    assert {name for (name, *_), found in sizes.items() if 1 not in found} == {*MORE_THAN_ONE.get(task.id, "").split()}
    assert transposed == bool(task.changes)


@by_task
def test_a_record_survives_writing_and_reading(task):
    plain = records.to_plain(recorded(task.id, 0))
    back = records.from_plain(json.loads(json.dumps(plain)))
    assert difference(plain, records.to_plain(back)) is None
    assert checks.judge(back, answer(task, task.rights[0])).passed


@by_task
def test_a_task_is_complete(task):
    assert task.title and task.statement and 1 <= task.points <= 5
    assert task.hints and all(hint.strip() for hint in task.hints)
    assert len(task.wrongs) >= 2, "at least two known mistakes"
    missing = [mistake for mistake in task.wrongs if not has_text(f"mistake.{mistake}")]
    assert not missing, f"no text 'mistake.…' for {missing}"
    if isinstance(task, Function):
        assert len(task.rights) >= 2, "at least two different right answers"
        names = {tuple(inspect.signature(answer(task, s)).parameters) for s in [*task.rights, *task.wrongs.values()]}
        assert len(names) == 1, f"answers differ in their parameters: {names}"
    if isinstance(task, Choice):
        assert {*task.rights, *task.wrongs.values()} == {*range(1, len(task.options) + 1)}, "an option is no mistake"


@pytest.mark.parametrize("task", [t for t in TASKS.values() if isinstance(t, Order)], ids=lambda task: task.id)
def test_the_lines_of_an_order_are_those_of_its_programs_and_in_no_right_order(task):
    assert 2 <= recorded(task.id, 0).settings["extra"] <= 6 and all(
        len(line) <= 60 and "while" not in line for line in task.lines
    )
    assert sorted({n for answer in (*task.rights, *task.wrongs.values()) for n in answer}) == [
        *range(1, len(task.lines) + 1)
    ]
    for answer in (*task.rights, *task.wrongs.values()):
        assert len(answer) == len(set(answer)), "the same line twice"
        assert answer != sorted(answer), "the order of the heap"
    for mistake in task.wrongs:
        raised = [case.mistakes[mistake].kind == "raised" for case in recorded(task.id, 0).cases]
        assert not all(raised), f"{mistake}: any order that stops like this would get its name"


@pytest.mark.parametrize(
    "task", [task for task in TASKS.values() if isinstance(task, WriteTest)], ids=lambda task: task.id
)
def test_an_input_that_shows_nothing_finds_nothing_and_each_broken_program_can_be_missed(task):
    assert task.wrongs.keys() == task.faulty.keys() and len(task.faulty) >= 5
    verdict = judge_answer(recorded(task.id, 0), eval(f"[dict({task.example})]"))
    assert verdict.status == "mistake" and verdict.detail["found"] < len(task.faulty), "the example gives it away"
    for place, (mistake, answer) in enumerate(task.wrongs.items()):
        assert judge_answer(recorded(task.id, 0), answer).detail["found"] >= place, mistake


def test_a_mistake_may_say_only_what_it_changes(monkeypatch):
    changed = Changed("0.0", "1.0", "total / y_pred.size", "total", of="right_with_a_loop")
    monkeypatch.setattr(exercises.definitions("losses").mse, "wrong_no_mean", changed)
    lines = TASKS["losses.mse"].wrongs["no_mean"].splitlines()
    assert (lines[0], lines[1], lines[-1]) == ("def mse(y_pred, y_true):", "    total = 1.0", "    return total")


@pytest.mark.parametrize(
    ("mistake", "complaint"),
    [
        (Changed("np.median", "np.sum"), "'np.median' stands 0 times in right, not once"),
        (Changed("y_true", "0"), "'y_true' stands 2 times in right, not once"),
        (Changed("np.mean", "np.mean"), "is a right answer"),
    ],
)
def test_a_mistake_that_changes_nothing_or_no_one_place_is_refused(mistake, complaint, monkeypatch):
    monkeypatch.setattr(exercises.definitions("losses").mse, "wrong_no_mean", mistake)
    with pytest.raises(ValueError, match=f"^losses.mse: wrong_no_mean:? {complaint}$"):
        _ = TASKS["losses.mse"].wrongs


def test_the_course_has_tasks_of_every_kind_and_many_mistakes():
    assert len(TASKS) >= 45
    assert sum(len(task.wrongs) for task in TASKS.values()) >= 180
    for kind in (Function, Repair, Number, Choice, Tune, Order, WriteTest):
        assert any(type(task).__bases__ == (kind,) for task in TASKS.values()), f"no task of kind {kind.__name__}"
    for chapter in exercises.CHAPTERS:
        kinds = [type(task).__bases__[0] for task in exercises.tasks_of(chapter)]
        assert len(kinds) >= 9 and kinds.count(Order) == 2 and kinds.count(WriteTest) == 1, chapter


def test_every_mistake_text_belongs_to_a_task():
    from lessons_lib.text import keys

    told = {key.removeprefix("mistake.") for key in keys("TEXT") if key.startswith("mistake.")}
    assert told == {mistake for task in TASKS.values() for mistake in task.wrongs}
    assert len({text(f"mistake.{mistake}") for mistake in told}) == len(told), "two mistakes with the same words"


def test_a_wrong_number_is_compared_with_few_of_the_slow_digests():
    for task in TASKS.values():
        if isinstance(task, Number):
            records.fingerprint.cache_clear()
            checks.judge(task.record(0), tuple(50.5 + n for n in range(np.size(task.rights[0]))))
            assert records.fingerprint.cache_info().misses <= 310, task.id
    assert records.fingerprint("a", 1) != hashlib.sha256(b"a:1").hexdigest()[:16], "it is quick to try all"
