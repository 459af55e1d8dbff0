"""On Binder: repo2docker's own reading of the repository, its steps one by one, then a reader in the browser.

One thing differs: the base environment's server comes from PyPI, in the versions that repo2docker takes from Conda.
"""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from copies import copy_repository, environment, new_environment, run, versions
from packaging.specifiers import SpecifierSet

from tools.shared import ROOT
from tools.shared.jupyter import (
    LIVE_INPUTS,
    close_notebook,
    live_controls,
    move,
    open_jupyter,
    run_notebook,
    start_jupyter,
)

HERE = Path(__file__).parent
CHAPTER = "book/01_chain_rule.ipynb"
TOKEN = "given-by-the-hub"
ADDED = {
    "lessons-lib", "numpy", "matplotlib", "contourpy", "cycler", "fonttools", "kiwisolver", "pillow", "pyparsing",
}  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return copy_repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="module")
def plan(repository, tmp_path_factory):
    """What repo2docker would do."""
    python = new_environment(tmp_path_factory.mktemp("repo2docker") / "environment")
    run(python, "-m", "pip", "install", "--no-compile", "-r", HERE / "requirements.txt")
    return json.loads(run(python, HERE / "repo2docker_plan.py", cwd=repository))


def interpreter(version):
    """The interpreter of this Python version, or None."""
    for python in (sys.executable, shutil.which(f"python{version}")):
        asked = "import sys; print('{}.{}'.format(*sys.version_info))"
        if python and subprocess.run([python, "-c", asked], capture_output=True, text=True).stdout.strip() == version:
            return python
    return None


@pytest.fixture(scope="module")
def image(plan, repository, tmp_path_factory):
    """The interpreter of the environment that repo2docker would make, and the versions before its scripts ran."""
    python = new_environment(
        tmp_path_factory.mktemp("image") / "environment", interpreter(plan["python"]) or sys.executable
    )
    server = [f"{name}=={version}" for name, version in plan["base"].items()]
    run(python, "-m", "pip", "install", "--no-compile", *server)
    before = versions(python)
    prefix = str(python.parents[1])
    for script in plan["scripts"]:
        variables = environment(KERNEL_PYTHON_PREFIX=prefix, NB_PYTHON_PREFIX=prefix)
        run("bash", "-euc", script, cwd=repository, env=variables)
    return python, before


def test_repo2docker_takes_our_files(plan):
    assert plan["buildpack"] == "PythonBuildPack"
    assert plan["python"] == (ROOT / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert SpecifierSet(project["requires-python"]).contains(plan["python"])
    assert len(plan["scripts"]) == 1 and plan["scripts"][0].endswith('-r "binder/requirements.txt"')


def test_the_environment_holds_what_a_runner_needs_and_no_more(plan, image):
    python, before = image
    after = versions(python)
    assert after.keys() - before.keys() == ADDED
    assert {name: after[name] for name in before} == before, "the server of the base environment was changed"
    pinned = dict(re.findall(r"^(\w+)==(\S+)", (ROOT / "binder" / "requirements.txt").read_text(), flags=re.MULTILINE))
    assert pinned.keys() == {"numpy", "matplotlib"}
    assert {name: after[name] for name in pinned} == pinned


def test_it_is_the_python_of_runtime_txt(plan, image):
    if interpreter(plan["python"]) is None:  # Debian 12 has no package of it, so .ci/run cannot install it
        pytest.skip(f"no Python {plan['python']} on this machine: the steps were done with {sys.version.split()[0]}")
    shown = run(image[0], "-c", "import sys; print('{}.{}'.format(*sys.version_info))")
    assert shown.strip() == plan["python"]


@pytest.fixture(scope="module")
def chapter(image, repository, browser, tmp_path_factory):
    """Chapter 1 in a browser, all its cells run, at the address that the launch button leads to."""
    home = tmp_path_factory.mktemp("server")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONPATH", raising=False)
        with start_jupyter(home, image[0], served=repository, token=TOKEN) as address:
            page = open_jupyter(browser, address, f"lab/tree/{CHAPTER}", query=f"token={TOKEN}")
            page.wait_for_function("() => jupyterapp.shell.currentWidget?.context")
            run_notebook(page, CHAPTER)
            yield page
            close_notebook(page)
            page.close(run_before_unload=False)


def outputs(page):
    """The outputs of all code cells of the open notebook, in nbformat's form."""
    return page.evaluate("""() => jupyterapp.shell.currentWidget.content.widgets
        .filter(cell => cell.model.type === "code").map(cell => cell.model.outputs.toJSON())""")


def texts(cell_outputs):
    return ["".join(found.get("text") or found.get("data", {}).get("text/plain", "")) for found in cell_outputs]


def test_every_cell_prints_what_is_committed(chapter):
    committed = [cell for cell in nbformat.read(ROOT / CHAPTER, as_version=4).cells if cell.cell_type == "code"]
    shown = [texts(found) for found in outputs(chapter)]
    assert len(shown) == len(committed)
    for cell, now in zip(committed, shown, strict=True):
        assert "".join(now) == "".join(texts(cell.outputs)), cell.source


def test_a_control_moves_by_keyboard(chapter):
    controls = live_controls(chapter)
    assert len(controls) >= 2
    for control in controls:
        move(chapter, control, control.locator(LIVE_INPUTS).first)
