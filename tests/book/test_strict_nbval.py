"""Strict nbval on scrubbed notebooks compares text and nothing that was dropped (the hook is in /conftest.py)."""

import os
import subprocess
import sys

import nbformat

from tools.notebooks import main
from tools.shared import ROOT

CELLS = {
    "number": "print(0.25)",
    "value": "1 / 4",
    "figure": (
        "class Figure:\n"
        "    def _repr_mimebundle_(self, **_):\n"
        "        return {'text/html': '<svg/>', 'image/svg+xml': '<svg/>', 'image/png': 'aGk=', 'text/plain': 'F'}\n"
        "Figure()"
    ),
    "control": "import ipywidgets\nipywidgets.IntSlider(value=3)",
}


def test_a_changed_text_fails_and_a_scrubbed_picture_passes(tmp_path):
    path = tmp_path / "page.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS.values()])
    nbformat.write(notebook, path)
    assert main([str(path)]) == 0
    changed = path.read_text(encoding="utf-8").replace('"0.25\\n"', '"0.26\\n"').replace('"0.25"', '"0.2500001"')
    (tmp_path / "wrong.ipynb").write_text(changed, encoding="utf-8")

    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-p", "conftest", "-p", "no:xdist"]
    command += ["-p", "no:cacheprovider", "-v", "--color=no", f"--rootdir={tmp_path}", "-c", os.devnull, str(tmp_path)]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120).stdout
    found = [line.split()[2] for line in output.splitlines() if "::Cell " in line and "%]" in line]
    assert found == ["PASSED"] * 4 + ["FAILED", "FAILED", "PASSED", "PASSED"], output
