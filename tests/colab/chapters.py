"""Run a notebook in the kernel of the environment with Colab's versions, compare its text, move its controls."""

import copy
import json
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

from tools.shared import ROOT

PYTHON = ROOT / ".venv" / "colab" / "bin" / "python"
BEFORE = f"""
import os, sys
os.environ.pop("LESSONS_STATIC", None)
sys.path[:0] = [{str(ROOT / "tests")!r}, {str(Path(__file__).parent)!r}]
from watched_controls import watch
watched_controls = watch()
"""
AFTER = "print(*watched_controls.findings({every}), sep='\\n')"


def findings(path, home, every=False):
    """One line for each cell that prints something else than is committed, and for each fault of a control.

    home   a folder for what describes the kernel
    every  whether the controls are set to all their settings, or to those of a few values
    """
    committed = nbformat.read(path, as_version=4)
    notebook = copy.deepcopy(committed)
    before, after = (nbformat.v4.new_code_cell(source) for source in (BEFORE, AFTER.format(every=every)))
    notebook.cells = [before, *notebook.cells, after]
    if not PYTHON.exists():
        raise RuntimeError("the environment with Colab's versions is missing: make test makes it")
    kernel = _kernel(home)
    try:
        NotebookClient(notebook, timeout=300, km=kernel, resources={"metadata": {"path": path.parent}}).execute()
    finally:
        kernel.shutdown_kernel(now=True)
    found = [
        f"cell {old.id} prints\n{printed(new)}\ninstead of\n{printed(old)}"
        for old, new in zip(committed.cells, notebook.cells[1:-1], strict=True)
        if old.cell_type == "code" and printed(old) != printed(new)
    ]
    return found + list(filter(None, printed(notebook.cells[-1]).splitlines()))


def printed(cell):
    """What a code cell printed and showed as text."""
    texts = [output["text"] if "text" in output else output["data"].get("text/plain", "") for output in cell.outputs]
    return "".join(texts).strip()


def _kernel(home):
    argv = [str(PYTHON), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    description = {"argv": argv, "display_name": "Colab", "language": "python"}
    folder = home / "kernels" / "colab"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(description), encoding="utf-8")
    found = KernelSpecManager(kernel_dirs=[str(home / "kernels")], ensure_native_kernel=False)
    return KernelManager(kernel_name="colab", kernel_spec_manager=found)
