"""With Colab's versions every chapter prints the same, and every control shows the frames of the page.

This tries a few settings; tests/reach/test_colab_setup.py goes through all of them.
"""

import subprocess

import nbformat
import pytest
from colab.chapters import PYTHON, findings

from tools.shared import ROOT
from tools.shared.book import notebooks


def test_the_environment_has_colabs_versions():
    code = "import ipywidgets, numpy, matplotlib as m; print(ipywidgets.__version__, numpy.__version__, m.__version__)"
    shown = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True)
    assert shown.stdout.split() == ["7.7.1", "2.0.2", "3.10.0"], shown.stderr


@pytest.mark.parametrize("name", [page.name for page in notebooks()])
def test_a_chapter_runs_and_its_controls_agree_with_the_page(tmp_path, name):
    assert findings(ROOT / name, tmp_path) == []


def test_other_output_and_a_dead_control_are_noticed(tmp_path):
    printed = nbformat.v4.new_output("stream", text="1\n")
    cells = [
        nbformat.v4.new_code_cell("print(2)", execution_count=1, outputs=[printed]),
        nbformat.v4.new_code_cell(
            "from lessons_lib import explore\nfrom lessons_lib.figures.chain_rule import fork\n\n"
            "def still(x):\n    return fork()\n\nstill.__name__ = 'fork'\nbox = explore(still, x=[1, 2])",
            execution_count=2,
        ),
        nbformat.v4.new_code_cell(
            "calls = []\n\ndef drifting(x):\n    calls.append(x)\n    figure = fork()\n"
            "    figure.axes[0].set_title(f'{x} {len(calls)}')\n    return figure\n\n"
            "drifting.__name__ = 'fork'\nbox = explore(drifting, x=[1, 2])",
            execution_count=3,
        ),
    ]
    path = tmp_path / "page.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    other, *faults = findings(path, tmp_path)
    assert other.endswith("prints\n2\ninstead of\n1")
    assert faults == [
        "control 1: 2 settings give 1 different pictures",
        "control 2: at (1,) a second drawing is another one",
        "control 2: at (2,) a second drawing is another one",
    ]
