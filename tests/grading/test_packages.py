"""The library and the grader are two packages: students get no sandbox, and imports go one way."""

import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from book_text import ROOT
from classroom import CHAPTER, honest, points

GRADER = {path.relative_to(ROOT).as_posix() for path in (ROOT / "lessons_grade").glob("*.py")}
RUN = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from lessons_grade import command
assert command.__file__.startswith(sys.path[0])
sys.exit(command.main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """{distribution: its wheel}; setuptools leaves files where it builds, so it gets a copy."""
    folder = tmp_path_factory.mktemp("wheels")
    left = shutil.ignore_patterns("build", "*.egg-info")
    shutil.copytree(ROOT / "lessons_grade", folder / "lessons_grade", ignore=left)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", folder, ROOT, folder / "lessons_grade"], check=True)
    return {path.name.partition("-")[0]: zipfile.ZipFile(path) for path in folder.glob("*.whl")}


def files(wheel):
    """{name: text} of the programs and what describes them."""
    return {name: wheel.read(name).decode() for name in wheel.namelist() if name.endswith((".py", ".txt", ".html"))}


def test_a_students_wheel_holds_the_library_and_no_grader(wheels):
    found = files(wheels["lessons_lib"])
    assert {name.partition("/")[0] for name in found} == {"lessons_lib"}, "a folder or a script beside the library"
    assert "lessons_lib/checks/judging.py" in found
    sandboxed = re.compile("seccomp|bwrap|subprocess|lessons_grade")
    assert not [name for name, text in found.items() if sandboxed.search(text)]


def test_a_teachers_wheel_holds_the_grader_and_its_command(wheels):
    found = files(wheels["lessons_grade"])
    assert {name for name in found if name.endswith(".py")} == GRADER
    assert len([name for name in found if name.startswith("lessons_grade/templates/")]) == 3
    (scripts,) = (text for name, text in found.items() if name.endswith("entry_points.txt"))
    assert "lessons-grade = lessons_grade.command:main" in scripts


def test_the_wheels_grade_with_the_plan_of_a_checkout(wheels, tmp_path, sandbox):
    for wheel in wheels.values():
        wheel.extractall(tmp_path / "site")
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "olena.ipynb").write_bytes(honest()["all right"].content)
    command = [sys.executable, "-c", RUN, tmp_path / "site", CHAPTER, "class", "-o", "out"]
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert refused.returncode == 1 and "--course" in refused.stderr
    subprocess.run([*command, "--course", ROOT], cwd=tmp_path, check=True, capture_output=True)
    assert f"olena,,оцінено,{points()}," in (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("package", "others"),
    [
        ("lessons_lib", "lessons_grade|exercises|tools"),
        ("exercises", "lessons_grade|tools"),
        ("lessons_grade", "exercises|tools"),
    ],
)
def test_imports_go_one_way(package, others):
    imports = re.compile(rf"^\s*(?:from|import) (?:{others})\b", re.MULTILINE)
    modules = list((ROOT / package).rglob("*.py"))
    assert modules and not [path for path in modules if imports.search(path.read_text(encoding="utf-8"))]
