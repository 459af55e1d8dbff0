"""Every notebook begins with the same set-up cell; it installs the course only where it is missing."""

import json
import os
import subprocess
import sys

import nbformat
import pytest

from tools import notebooks, set_up
from tools.shared import ROOT
from tools.shared.book import pages

PAGES = [page.name for page in pages() if page.is_notebook]
ADDRESS = "https://github.com/someone/course"


@pytest.mark.parametrize("name", PAGES)
def test_a_notebook_has_one_set_up_cell(name):
    """The right one, before all other code: test_committed_form.py and tests/exercises/test_generated.py say that."""
    cells = json.loads((ROOT / name).read_text(encoding="utf-8"))["cells"]
    assert ["find_spec" in "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"].count(True) == 1


class Installs(Exception):
    """What the cell would have installed."""


class Shell:
    """Stands in for IPython: the cell's installation is an exception that names it."""

    @staticmethod
    def run_line_magic(name, line):
        raise Installs(name, line)


def run(address, monkeypatch, missing=True, platform="linux"):
    from IPython.core.inputtransformer2 import TransformerManager

    if missing:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(sys, "platform", platform)
    exec(TransformerManager().transform_cell(set_up.source(address, "spring")), {"get_ipython": Shell})


@pytest.mark.parametrize("platform", ["linux", "emscripten"])
@pytest.mark.parametrize("address", ["", ADDRESS])
def test_where_the_course_is_installed_nothing_happens(address, platform, monkeypatch, capsys):
    run(address, monkeypatch, missing=False, platform=platform)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("asked", "threads"), [(None, "1"), ("4", "4")])
def test_one_thread_unless_the_reader_asks_for_more(asked, threads, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", asked or "")
    if asked is None:
        monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    run("", monkeypatch, missing=False)
    assert os.environ["OPENBLAS_NUM_THREADS"] == threads


def test_the_cell_comes_before_numpy_is_loaded():
    """Later the number of threads would not change any more."""
    code = f"{set_up.source('', 'main')}\nprint('numpy' in sys.modules)"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", code.replace("%pip", "pass  #")], env=environment, capture_output=True)
    assert done.stdout.split() == [b"False"], done.stderr


def test_where_it_is_missing_it_comes_from_the_repository(monkeypatch):
    with pytest.raises(Installs) as installs:
        run(ADDRESS, monkeypatch)
    assert installs.value.args == ("pip", f'install -q "lessons-lib[widgets] @ git+{ADDRESS}@spring"')


@pytest.mark.parametrize("address", ["", ADDRESS])
def test_in_the_browser_it_comes_from_the_wheel_beside_the_site(address, monkeypatch):
    with pytest.raises(Installs) as installs:
        run(address, monkeypatch, platform="emscripten")
    assert installs.value.args == ("pip", 'install -q "lessons-lib[widgets]"')


def test_without_an_address_the_error_says_what_to_install(monkeypatch):
    with pytest.raises(ModuleNotFoundError, match=r"pip install -e \.\[widgets\]"):
        run("", monkeypatch)


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """Writes code cells, all of them run, as a chapter of a book; returns its path."""
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)

    def write(*cells):
        for cell in cells:
            cell.execution_count = 1
        path = tmp_path / "book" / "01_page.ipynb"
        path.parent.mkdir()
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# 1"), *cells]), path)
        return path

    return write


@pytest.mark.parametrize("case", ["missing", "changed", "not first"])
def test_a_wrong_set_up_cell_is_noticed_and_put_right(case, chapter):
    first, old = nbformat.v4.new_code_cell("1"), set_up.cell()
    if case == "changed":
        old.source = old.source.replace("widgets", "figures")
    path = chapter(*{"missing": [first], "changed": [old, first], "not first": [first, old]}[case])
    assert any("set-up cell" in problem for problem in notebooks.check(path))
    notebooks.main(["--scrub", str(path)])
    assert [cell.source for cell in nbformat.read(path, as_version=4).cells].index(set_up.cell().source) == 1
