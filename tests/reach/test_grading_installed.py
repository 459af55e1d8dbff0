"""With the two packages in a fresh environment, a plan and no checkout, a teacher grades a class."""

import csv
import shutil
import subprocess
import sys

import pytest
from copies import copy_repository, environment, new_environment, run

import exercises
from tools import exercises as tool


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """(a folder with the plans and a class, the command): the course is removed when both are made."""
    folder = tmp_path_factory.mktemp("installed")
    course = copy_repository(folder / "course")
    wheels = folder / "wheels"
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels]
    run(*pip, course, course / "lessons_grade")
    run(sys.executable, "-m", "exercises.plan", cwd=course)
    shutil.move(course / "_build" / "plans", folder / "plans")
    shutil.rmtree(course)
    python = new_environment(folder / "environment")
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wheels.glob("*.whl"))
    (folder / "class").mkdir()
    tasks = exercises.tasks_of("losses")
    right = {task.name: tool.solution(task) for task in tasks}
    wrong = {task.name: tool.solution(task, next(iter(task.wrongs.values()))) for task in tasks}
    for student, answers in {"Аня": right, "Богдан": wrong, "Віра": {}}.items():
        (folder / "class" / f"{student}.ipynb").write_bytes(tool.serialize(tool.notebook("losses", answers)))
    return folder, python.with_name("lessons-grade"), sum(task.points for task in tasks)


def test_a_plan_and_the_packages_grade_a_class(place):
    folder, command, points = place
    run(command, "losses", "class", "-o", "out", "--plan", "plans/losses.json", cwd=folder)
    rows = csv.DictReader((folder / "out" / "grades.csv").read_text("utf-8-sig").splitlines())
    assert {row["Студент"]: int(row["Бали"]) for row in rows} == {"Аня": points, "Богдан": 0, "Віра": 0}
    assert not list(folder.rglob("exercises")), "the packages hold no answers"


@pytest.mark.parametrize(
    ("options", "words"),
    [([], "--plan"), (["--plan", "plans/digits.json"], "digits"), (["--plan", "nowhere"], "не є планом")],
)
def test_without_the_right_plan_it_says_what_to_do(place, options, words):
    folder, command, _ = place
    arguments = [command, "losses", "class", "-o", "x", *options]
    done = subprocess.run(arguments, cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 1 and words in done.stderr and "Traceback" not in done.stderr
