"""On Colab: every control at every setting, and all notebooks through the set-up cell, which installs the course.

The repository is a local copy with an address that git is told to find here. The environment has Colab's versions and
not the course; the first notebook installs it.
"""

import sys

import nbformat
import pytest
from colab.chapters import findings, printed
from copies import copy_repository, environment, new_environment, run, versions

from lessons_lib.text import text
from tools import set_up
from tools.shared import ROOT
from tools.shared.book import notebooks, pages

ADDRESS = "https://git.course.example/someone/course"
FIRST, *OTHERS = [page.name for page in pages() if page.is_notebook]
COLAB = ROOT / "tests" / "colab" / "requirements.txt"


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A repository whose course has an address."""
    folder = copy_repository(tmp_path_factory.mktemp("repository"))
    run(sys.executable, "-m", "tools.adopt", ADDRESS, "--branch", "spring", cwd=folder)
    me = ["-c", "user.name=someone", "-c", "user.email=someone@course.example"]
    run("git", "init", "--quiet", "--initial-branch=spring", cwd=folder)
    run("git", "add", "--all", cwd=folder)
    run("git", *me, "commit", "--quiet", "--message=adopted", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    """An environment with Colab's versions, without the course."""
    folder = tmp_path_factory.mktemp("colab")
    wanted = [line for line in COLAB.read_text(encoding="utf-8").splitlines() if not line.startswith("-e")]
    (folder / "requirements.txt").write_text("\n".join(wanted), encoding="utf-8")
    python = new_environment(folder / "environment")
    run(python, "-m", "pip", "install", "--no-compile", "-r", folder / "requirements.txt")
    return python


@pytest.fixture(scope="module")
def executed(repository, colab):
    """Run a notebook from top to bottom: executed(name) -> it, with its outputs."""
    variables = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repository.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": ADDRESS,
    }

    def execute(name):
        command = [colab.with_name("jupyter-execute"), "--timeout=300", "--output", "ran.ipynb", name]
        run(*command, cwd=repository, env=environment(**variables))
        return nbformat.read((repository / name).with_name("ran.ipynb"), as_version=4)

    return execute


@pytest.fixture(scope="module")
def first(executed, colab):
    """The first notebook, and the versions of all packages before and after it."""
    before = versions(colab)
    return executed(FIRST), before, versions(colab)


def differences(name, notebook):
    """Cells that print other words than they should; in exercises, checks that do not wait for an answer."""
    committed = nbformat.read(ROOT / name, as_version=4)
    for before, now in zip(committed.cells, notebook.cells, strict=True):
        if now.cell_type != "code" or now.id == set_up.ID:
            continue
        if before.execution_count and printed(before) != printed(now):
            yield f"cell {now.id} prints\n{printed(now)}\ninstead of\n{printed(before)}"
        if now.id.endswith("-check") and text("check.unsolved") not in printed(now):
            yield f"cell {now.id} says\n{printed(now)}"


def set_up_cell(notebook):
    (cell,) = [cell for cell in notebook.cells if cell.id == set_up.ID]
    return cell


def test_the_set_up_cell_installs_the_course_and_changes_no_version(first):
    notebook, before, after = first
    assert (before["numpy"], before["ipywidgets"], before["matplotlib"]) == ("2.0.2", "7.7.1", "3.10.0")
    assert "lessons-lib" not in before
    assert {name: version for name, version in after.items() if before.get(name) != version} == {"lessons-lib": "0.1.0"}
    assert before.keys() < after.keys()
    assert ADDRESS in set_up_cell(notebook).source


def test_the_notebook_that_installed_prints_what_is_committed(first):
    assert not list(differences(FIRST, first[0]))


@pytest.mark.parametrize("name", OTHERS)
def test_any_other_notebook_runs_and_its_set_up_cell_is_silent(name, first, executed):
    notebook = executed(name)
    assert set_up_cell(notebook).outputs == []
    assert not list(differences(name, notebook))


@pytest.mark.parametrize("name", [page.name for page in notebooks()])
def test_every_setting_of_a_control_agrees_with_the_page(tmp_path, name):
    assert findings(ROOT / name, tmp_path, every=True) == []
