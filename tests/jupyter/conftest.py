"""A real JupyterLab, one for all tests of a worker."""

import ast
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from tools.shared import ROOT
from tools.shared.book import notebooks
from tools.shared.jupyter import close_notebook, open_jupyter, run_notebook, start_jupyter

SMALL = """
from lessons_lib import explore, predict
from lessons_lib.figures.chain_rule import fork
predict("chain_rule.fork")
explore(fork, x=[0.5, 1.0, 1.5])
"""


def live(cells):
    """The cells that show something live, and those that make what they use; nbval runs all."""
    kept, used = [], set()
    for cell in reversed(cells):
        nodes = list(ast.walk(ast.parse(re.sub(r"(?m)^(\s*)%.*", r"\1pass", cell.source))))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        made |= {node.asname or node.name for node in nodes if isinstance(node, ast.alias)}
        made |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        loaded = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        adds = any(isinstance(node, ast.AugAssign) for node in nodes)  # to what a function called later may read
        if cell.id == "set-up" or adds or made & used or loaded & {"explore", "predict", "quiz"}:
            kept, used = [cell, *kept], used | loaded
    return kept


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """The exercises, and of the chapters what is live: to typeset the text and train the networks takes minutes."""
    folder = tmp_path_factory.mktemp("served")
    for page in notebooks():
        notebook = nbformat.read(ROOT / page.name, as_version=4)
        notebook.cells = live([cell for cell in notebook.cells if cell.cell_type == "code"])
        for cell in notebook.cells:
            cell.outputs = []
        nbformat.write(notebook, folder / Path(page.name).name)
    shutil.copytree(ROOT / "book" / "exercises", folder / "exercises")
    return folder


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory, served):
    with start_jupyter(tmp_path_factory.mktemp("jupyter"), served=served) as address:
        yield address


@pytest.fixture(scope="session")
def small(served):
    """The name of a notebook of one control and one question."""
    cells = [nbformat.v4.new_code_cell(line) for line in SMALL.split("\n") if line]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}  # without it Jupyter asks which to take
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), served / "small.ipynb")
    return "small.ipynb"


@pytest.fixture(scope="session")
def lab(browser, jupyter):
    """One page for all notebooks: JupyterLab takes longer to load than a chapter to run."""
    page = open_jupyter(browser, jupyter)
    yield page
    page.close(run_before_unload=False)


@pytest.fixture
def run(lab):
    """Run a notebook in JupyterLab and show it: run(name) -> the page."""

    def run_and_show(name):
        run_notebook(lab, name)
        return lab

    yield run_and_show
    close_notebook(lab)
