"""The checks run wherever students are: NumPy alone, Colab's versions; tests/site/test_site_lab.py: on the page."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import exercises
from lessons_lib.checks import records
from tools import exercises as tool
from tools.shared import ROOT, pyodide

HERE = Path(__file__).parent
COLAB = ROOT / ".venv" / "colab" / "bin" / "python"
NOTEBOOKS = {slug: exercises.tasks_of(chapter) for chapter, slug in exercises.CHAPTERS.items()}


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    """Paths of the notebooks with right answers, and of those with the first known mistake everywhere."""
    solved, wrong = map(tmp_path_factory.mktemp, ("solved", "wrong"))
    assert tool.main(["--solved", str(solved)]) == 0
    for chapter, slug in exercises.CHAPTERS.items():
        first = {task.name: tool.solution(task, next(iter(task.wrongs.values()))) for task in NOTEBOOKS[slug]}
        (wrong / f"{slug}.ipynb").write_bytes(tool.serialize(tool.notebook(chapter, first)))
    return [sorted(folder.glob("*.ipynb")) for folder in (solved, wrong)]


def run(python, notebooks):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    start = ["node", HERE / "run_in_pyodide.mjs", pyodide.FOLDER] if python == "pyodide" else [python]
    command = [*start, HERE / "run_checks.py", *notebooks]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("python", [sys.executable, COLAB, "pyodide"], ids=["numpy alone", "colab", "pyodide"])
def test_checks_need_numpy_alone_and_judge_the_same(python, notebooks, do_without):
    if python == "pyodide" and (pyodide.missing(pyodide.FOLDER) or not shutil.which("node")):
        do_without("Python for the browser or Node.js is missing: make book fetches the first")
    if python == COLAB:
        if not COLAB.exists():
            pytest.fail("the environment with Colab's versions is missing: make test makes it", pytrace=False)
        assert run(python, [])["versions"][1] == "2.0.2"
    good, bad = (run(python, paths) for paths in notebooks)
    for slug, tasks in NOTEBOOKS.items():
        assert good[slug] == ["passed"] * len(tasks), slug
        assert "passed" not in bad[slug] and bad[slug].count("mistake") >= 0.85 * len(tasks), (slug, bad[slug])


def test_whole_numbers_of_a_record_are_those_of_the_machine(monkeypatch):
    monkeypatch.setattr(np, "intp", np.int32)  # as in a browser: there bincount refuses int64
    assert records.decode(records.encode(np.arange(3))).dtype == np.int32


def test_another_package_is_refused(tmp_path):
    cell = {"cell_type": "code", "id": "a", "source": "import matplotlib"}
    path = tmp_path / "page.ipynb"
    path.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    with pytest.raises(AssertionError, match="No module named 'matplotlib'"):
        run(sys.executable, [path])
