"""The students' notebooks go through the real nbgrader: assignment made, four submissions graded."""

import os
import shutil
import subprocess
import sys

import pytest

import exercises
from tools import exercises as tool
from tools.shared import ROOT

ASSIGNMENT = "02_losses"
TASKS = exercises.tasks_of("losses")
ALL = sum(task.points for task in TASKS)


def with_mistake(name, mistake):
    """Right answers everywhere, but one task holds a known mistake."""
    answers = {task.name: tool.solution(task) for task in TASKS}
    task = next(task for task in TASKS if task.name == name)
    return answers | {name: tool.solution(task, task.wrongs[mistake])}, ALL - task.points


SUBMISSIONS = {
    "right": ({task.name: tool.solution(task) for task in TASKS}, ALL),
    "stub": ({}, 0),
    "no_mean": with_mistake("mse", "no_mean"),
    "changes_input": with_mistake("mse", "changes_input"),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder in which the assignment was made and all submissions were graded."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "exercises" / "nbgrader_config.py", folder)
    source = folder / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    shutil.copy(tool.NOTEBOOKS / f"{ASSIGNMENT}.ipynb", source)
    nbgrader(folder, "generate_assignment", ASSIGNMENT, "--create")
    for student, (answers, _) in SUBMISSIONS.items():
        submitted = folder / "submitted" / student / ASSIGNMENT
        submitted.mkdir(parents=True)
        (submitted / f"{ASSIGNMENT}.ipynb").write_bytes(tool.serialize(tool.notebook("losses", answers)))
    nbgrader(folder, "autograde", ASSIGNMENT, "--create")
    return folder


def nbgrader(folder, *arguments):
    environment = os.environ | {"PATH": f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_release_is_the_students_notebook(course):
    import nbformat

    released = nbformat.read(course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    ours = nbformat.read(tool.NOTEBOOKS / f"{ASSIGNMENT}.ipynb", as_version=4)
    assert [cell.source for cell in released.cells] == [cell.source for cell in ours.cells]


@pytest.mark.parametrize("student", SUBMISSIONS)
def test_a_submission_gets_the_points_it_earned(course, student):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, student)
        assert (submission.score, submission.max_score) == (SUBMISSIONS[student][1], ALL)


def test_the_graded_notebook_says_what_is_wrong(course):
    graded = course / "autograded" / "no_mean" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    assert "бракує ділення на кількість" in graded.read_text(encoding="utf-8")
