"""Right answers get all points: the course's for many secret seeds, and those of students with ways of their own."""

import json
from pathlib import Path

import pytest

import exercises
from exercises.plan import plan as plain_plan
from lessons_grade.marking import Plan, canary, grade
from lessons_grade.sandbox import Sandbox, SandboxMissing
from tools import exercises as tool


def table(name):
    parts = Path(__file__).with_name(name).read_text(encoding="utf-8").split("### ")[1:]
    return dict(part.split("\n", 1) for part in parts)


STYLES, PLACES = table("styles.txt"), table("places.txt")  # answers to mse; changes of a notebook's `content`


@pytest.fixture(scope="module")
def sandbox(do_without):
    try:
        return Sandbox()
    except SandboxMissing as error:
        do_without(f"no sandbox: {error}")


@pytest.mark.parametrize("seed", [17**n for n in range(12)])
@pytest.mark.parametrize("chapter", exercises.CHAPTERS)
def test_the_courses_own_answers_pass_for_any_seed(chapter, seed, sandbox):
    canary(Plan.from_plain(plain_plan(chapter, seed)), sandbox)


def notebook(answers=None):
    tasks = exercises.tasks_of("losses")
    right = {task.name: tool.solution(task) for task in tasks} | (answers or {})
    return json.loads(tool.serialize(tool.notebook("losses", right)))


def graded(content, sandbox, seed=6):
    plan = Plan.from_plain(plain_plan("losses", seed))
    result = grade(json.dumps(content, ensure_ascii=False).encode(), plan, sandbox)
    assert result.points == plan.points, [task for task in result.tasks if not task.points]


@pytest.mark.parametrize("name", STYLES)
def test_a_way_to_write_an_answer(name, sandbox):
    graded(notebook({"mse": STYLES[name]}), sandbox)


def code(source, **metadata):
    cell = {"cell_type": "code", "id": "mine", "metadata": metadata, "source": source}
    return cell | {"execution_count": None, "outputs": []}


def lines(source, end):
    return [line + end for line in "".join(source).split("\n")]


@pytest.mark.parametrize("name", PLACES)
def test_a_place_to_work(name, sandbox):
    content = notebook()
    exec(PLACES[name], globals() | {"content": content})
    graded(content, sandbox)
