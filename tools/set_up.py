"""The set-up cell: the first code cell of every notebook, which installs the course where it is missing.

Before NumPy is loaded, the cell also limits it to one thread: when one of two cores is busy, threads that wait for each
other make chapter 6 take twenty times longer, and on idle cores they gain nothing.

tools/notebooks.py puts it into the chapters, tools/exercises.py into the exercises, with the address from _config.yml.
"""

import nbformat
import yaml

from tools.shared import ROOT

ID = "set-up"
TAGS = ["remove-cell"]  # the site does not show it


def repository():
    """The course's address, "" while it has none, and its branch."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    return settings["url"], settings["branch"]


def source(address, branch):
    """The text of the cell. Where the course is installed it prints nothing and does nothing but ask for one thread.

    In the browser JupyterLite has the course's wheel. Elsewhere, without an address, nothing is installed: a package of
    that name from a registry would not be the course.
    """
    elsewhere = (
        f'%pip install -q "lessons-lib[widgets] @ git+{address}@{branch}"'
        if address
        else 'raise ModuleNotFoundError("lessons_lib: pip install -e .[widgets]")'
    )
    return f"""\
# Встановлює курс, якщо його ще немає: на Colab або в браузері.
import os
import sys
from importlib.util import find_spec

# Матриці тут малі: кілька потоків лише чекали б один на одного.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
if find_spec("lessons_lib") is None:
    if sys.platform == "emscripten":
        %pip install -q "lessons-lib[widgets]"
    else:
        {elsewhere}"""


def cell():
    """The cell of this course, not yet run."""
    return nbformat.v4.new_code_cell(source(*repository()), id=ID, metadata={"tags": list(TAGS)})


def put_into(notebook):
    """Make the cell, in place, the first code cell of a notebook and the only one of its kind."""
    new, old = cell(), [cell for cell in notebook.cells if cell.id == ID]
    if old:
        new.execution_count = old[0].execution_count
    notebook.cells = [cell for cell in notebook.cells if cell.id != ID]
    code = (place for place, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells.insert(next(code, len(notebook.cells)), new)
