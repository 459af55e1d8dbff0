"""The library and the grader are two packages: students get no sandbox."""

import re
import shutil
import subprocess
import sys

import pytest
from classroom import CHAPTER, honest, points

from tools.shared import ROOT

RUN = """
import sys
sys.path[:0] = sys.argv[1:3]
from lessons_grade.command import main, reports
assert reports.__file__.startswith(sys.argv[2])
sys.exit(main(sys.argv[3:]))
"""


@pytest.fixture(scope="module")
def library_and_grader(tmp_path_factory):
    """The folders into which the wheels are unpacked. Setuptools leaves files where it builds: it gets a copy."""
    folder = tmp_path_factory.mktemp("wheels")
    shutil.copytree(ROOT / "lessons_grade", folder / "source", ignore=shutil.ignore_patterns("build", "*.egg-info"))
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", folder, ROOT, folder / "source"], check=True)
    for wheel in folder.glob("*.whl"):
        shutil.unpack_archive(wheel, folder / wheel.name.partition("-")[0], format="zip")
    return folder / "lessons_lib", folder / "lessons_grade"


def files(folder, pattern):
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob(pattern)}


def test_a_students_wheel_holds_no_grader_and_no_script(library_and_grader):
    programs = files(library_and_grader[0], "*.py")
    assert "lessons_lib/checks/judging.py" in programs
    assert not [name for name, code in programs.items() if re.search("seccomp|bwrap|subprocess|lessons_grade", code)]
    assert {path.name.partition("-")[0] for path in library_and_grader[0].iterdir()} == {"lessons_lib"}
    assert not files(library_and_grader[0], "entry_points.txt")


def test_a_teachers_wheel_is_complete(library_and_grader):
    for pattern in ("*.py", "*.html"):
        there = {f"lessons_grade/{name}" for name in files(ROOT / "lessons_grade", pattern)}
        assert there and files(library_and_grader[1], pattern).keys() == there
    (scripts,) = files(library_and_grader[1], "entry_points.txt").values()
    assert "lessons-grade = lessons_grade.command:main" in scripts


def test_the_wheels_grade_with_the_plan_of_a_checkout(library_and_grader, tmp_path, sandbox):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "olena.ipynb").write_bytes(honest()["all right"].content)
    command = [sys.executable, "-c", RUN, *library_and_grader, CHAPTER, "class", "-o", "out"]
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert refused.returncode == 1 and "--course" in refused.stderr
    subprocess.run([*command, "--course", ROOT], cwd=tmp_path, check=True)
    assert f"olena,,оцінено,{points()}," in (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8")
