"""Run one notebook in this interpreter's own kernel, compare its text with the committed one, move its controls.

    python tests/colab/run_chapter.py book/01_chain_rule.ipynb

Prints one line for each finding, and exits with 1 when there is one. Runs in an environment with Colab's versions.
"""

import copy
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

TESTS = Path(__file__).resolve().parents[1]
BEFORE = f"""
import os, sys
os.environ.pop("LESSONS_STATIC", None)
sys.path[:0] = [{str(TESTS)!r}, {str(TESTS / "colab")!r}]
from watched_controls import watch
watched_controls = watch()
"""
AFTER = "print(*watched_controls.findings(), sep='\\n')"


def printed(cell):
    """What a code cell printed and showed as text."""
    texts = [output["text"] if "text" in output else output["data"].get("text/plain", "") for output in cell.outputs]
    return "".join(texts).strip()


def findings(path):
    committed = nbformat.read(path, as_version=4)
    notebook = copy.deepcopy(committed)
    notebook.cells = [nbformat.v4.new_code_cell(BEFORE), *notebook.cells, nbformat.v4.new_code_cell(AFTER)]
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": path.parent}})
    client.execute()
    for before, now in zip(committed.cells, notebook.cells[1:-1], strict=True):
        if before.cell_type == "code" and printed(before) != printed(now):
            yield f"cell {before.id} prints\n{printed(now)}\ninstead of\n{printed(before)}"
    yield from filter(None, printed(notebook.cells[-1]).splitlines())


def main():
    found = list(findings(Path(sys.argv[1])))
    print(*found, sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
