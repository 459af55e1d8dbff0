"""Execute the book's notebooks and bring them to the form in which they are committed.

    python -m tools.notebooks            execute, then scrub (a second run changes no byte)
    python -m tools.notebooks --scrub    scrub only, without a kernel
    python -m tools.notebooks --check    list the notebooks that are not in the committed form, and exit with 1

Without file names it takes the chapters, book/*.ipynb; `python -m tools.exercises` makes the exercises.

The committed form keeps what a reader of the diff and strict nbval need: text outputs and execution counts 1…n.
Pictures, HTML, widget views, widget state and whatever else changes from run to run are dropped.
The first code cell of a chapter is the set-up cell of tools/set_up.py.
A notebook runs in its own folder, in the interpreter that runs this program, as it does in Jupyter Book and nbval.
"""

import argparse
import hashlib
import json
import os
import re
import sys
import time
from pathlib import Path

import nbformat

from tools import set_up
from tools.shared import ROOT

KEPT_MIME = ("text/markdown", "text/plain")
KEPT_METADATA = ("myst",)  # what search engines say about the page
KEPT_CELL_METADATA = ("deletable", "editable", "mystnb", "tags")
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
VALID_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


def read(path):
    """The notebook as nbformat 4.5, with an id on every cell; a missing id is made from the cell's content."""
    raw = json.loads(Path(path).read_text(encoding="utf-8"))
    if raw.get("nbformat") != 4:
        raise ValueError(f"{path}: nbformat is {raw.get('nbformat')!r}, expected 4")
    raw["nbformat_minor"] = 5
    seen = set()
    for cell in raw["cells"]:
        if not VALID_ID.fullmatch(str(cell.get("id", ""))) or cell["id"] in seen:
            cell["id"] = _new_id(cell, seen)
        seen.add(cell["id"])
    return nbformat.reads(json.dumps(raw), as_version=4)


def read_with_set_up(path):
    """The notebook as `read` gives it; a chapter of the book gets its set-up cell."""
    notebook = read(path)
    if Path(path).resolve().parent == ROOT / "book":
        set_up.put_into(notebook)
    return notebook


def scrub(notebook):
    """Drop, in place, everything that is not committed; return the notebook."""
    kept = {k: v for k, v in notebook.metadata.items() if k in KEPT_METADATA}
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA | kept)
    count = 0
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in KEPT_CELL_METADATA})
        if cell.cell_type != "code":
            continue
        if cell.execution_count is not None:
            count += 1
            cell.execution_count = count
        cell.outputs = _merge_streams(kept for output in cell.outputs if (kept := _scrub_output(output, cell)))
    return notebook


def serialize(notebook):
    """The bytes of a notebook file: nbformat's own layout and one final newline."""
    return (nbformat.writes(notebook).rstrip("\n") + "\n").encode("utf-8")


def problems(notebook):
    """What scrubbing cannot fix, one sentence for each finding."""
    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code":
            continue
        where = f"cell {number} ({cell.id})"
        if cell.execution_count is None:
            found.append(f"{where} was never run")
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"{where} ends in an error: {output.ename}: {output.evalue}")
            elif output.output_type == "stream" and output.name == "stderr":
                found.append(f"{where} writes to stderr: {output.text.strip()}")
            elif address := ADDRESS.search(json.dumps(output, ensure_ascii=False)):
                found.append(f"{where} shows an object's address, which changes from run to run: …{address[0]}")
    return found


def check(path):
    """Why the file is not in the committed form; an empty list when it is."""
    notebook = scrub(read_with_set_up(path))
    found = problems(notebook)
    if serialize(notebook) != Path(path).read_bytes():
        found.append("is not scrubbed or has another set-up cell (make notebooks writes the committed form)")
    return found


def execute(path):
    """The notebook after a run from top to bottom; a failing cell raises nbclient's CellExecutionError."""
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from nbclient import NotebookClient
    from traitlets import default

    class ThisInterpreter(KernelSpecManager):
        def get_kernel_spec(self, kernel_name):
            return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict(["--log-level=ERROR"]))

    class Kernel(AsyncKernelManager):
        @default("kernel_spec_manager")
        def _this_interpreter(self):
            return ThisInterpreter(parent=self)

    os.environ.pop("LESSONS_STATIC", None)  # the committed text is what a live kernel prints
    return NotebookClient(
        read_with_set_up(path),
        kernel_name="python3",
        kernel_manager_class=Kernel,
        timeout=600,
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(Path(path).resolve().parent)}},
    ).execute()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--scrub", action="store_true", help="scrub only, run nothing")
    mode.add_argument("--check", action="store_true", help="change nothing, exit with 1 when something would change")
    parser.add_argument("files", nargs="*", type=Path, help="notebooks (all chapters when none is named)")
    options = parser.parse_args(arguments)

    files = options.files or sorted(ROOT.glob("book/*.ipynb"))
    if not files:
        print("book/ has no notebook", file=sys.stderr)
        return 1
    failures = sum(not _process(path, options) for path in files)
    return 1 if failures else 0


def _process(path, options):
    """Handle one file, say what happened, and return whether all is well."""
    start = time.perf_counter()
    if options.check:
        found = check(path)
        for problem in found:
            print(f"{path}: {problem}")
        return not found
    try:
        notebook = scrub(read_with_set_up(path) if options.scrub else execute(path))
    except Exception as error:
        if type(error).__name__ not in ("CellExecutionError", "CellTimeoutError", "DeadKernelError"):
            raise
        print(f"{path}: {error}", file=sys.stderr)
        return False
    found = problems(notebook)
    for problem in found:
        print(f"{path}: {problem}", file=sys.stderr)
    if found and not options.scrub:
        return False
    new = serialize(notebook)
    changed = new != path.read_bytes()
    if changed:
        path.write_bytes(new)
    print(f"{path}: {'written' if changed else 'unchanged'} ({time.perf_counter() - start:.1f} s)")
    return not found


def _scrub_output(output, cell):
    """The committed part of one output, or None when nothing of it is committed."""
    if "data" not in output:
        return output
    data = {mime: output.data[mime] for mime in KEPT_MIME if mime in output.data}
    if not data:
        return None
    output.data, output.metadata = nbformat.from_dict(data), nbformat.from_dict({})
    if output.output_type == "execute_result":
        output.execution_count = cell.execution_count
    return output


def _merge_streams(outputs):
    """A kernel flushes printed text in pieces of any size: neighbours of one stream become one output."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def _new_id(cell, taken):
    """Eight hexadecimal digits of the content: the same cell gets the same id, wherever it is."""
    digest = hashlib.sha256("".join(cell["source"]).encode("utf-8")).hexdigest()
    while digest[:8] in taken:
        digest = hashlib.sha256(digest.encode("ascii")).hexdigest()
    return digest[:8]


if __name__ == "__main__":
    sys.exit(main())
