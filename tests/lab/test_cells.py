"""What a cell shows when it runs on a page; here in this Python, without a browser."""

import importlib.util
import sys
from types import SimpleNamespace

import pytest

from tools.shared import ROOT


@pytest.fixture
def run(monkeypatch):
    """run(source) -> (how it ended, what it showed); each test has names of its own."""
    for name in ("LESSONS_STATIC", "MPLBACKEND"):
        monkeypatch.setenv(name, "")
    spec = importlib.util.spec_from_file_location("page_cells", ROOT / "extensions" / "lab" / "cells.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(source):
        shown = []
        return module.run(source, shown.append), shown

    run.names = module._names
    return run


def words(shown):
    return "".join(output["text"] for output in shown)


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("print(1)\nprint('а', 2)", "1\nа 2\n"),
        ("x = 2\nx + 1", "3\n"),
        ("x = 1", ""),
        ("None", ""),
        ("", ""),
        ("import sys\nprint('в бік', file=sys.stderr)", "в бік\n"),
    ],
)
def test_a_cell_shows_what_it_prints_and_its_last_value(run, source, printed):
    ended, shown = run(source)
    assert (ended, words(shown)) == ("", printed)


def test_names_stay_for_the_next_cell_and_the_old_output_is_back(run):
    before = sys.stdout, sys.stderr
    run("def f(x):\n    return x + y\ny = 1")
    assert run("f(1)") == ("", [{"kind": "text", "text": "2\n"}])
    assert (sys.stdout, sys.stderr) == before


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def f():\n    return 1 / 0\nf()", "  <module>, 3\n  f, 2\nZeroDivisionError: division by zero\n"),
        ("x = = 1", "SyntaxError: invalid syntax\n"),
        ("raise SystemExit", "  <module>, 1\nSystemExit\n"),
        ("import nowhere", "  <module>, 1\nModuleNotFoundError: No module named 'nowhere'\n"),
    ],
)
def test_an_error_names_the_lines_of_the_cell_alone(run, source, told):
    ended, (output,) = run(source)
    assert ended == output["kind"] == "error"
    assert output["text"].endswith(told) and "cells.py" not in output["text"]


def test_what_pyodide_can_load_is_asked_for(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ended, shown = run("print(1)\nimport matplotlib")
    assert (ended, words(shown)) == ("lacks matplotlib", "1\n")


@pytest.mark.parametrize(
    ("methods", "output"),
    [
        ({"_repr_html_": "<b>1</b>"}, {"kind": "html", "html": "<b>1</b>"}),
        ({"_repr_svg_": "<svg/>"}, {"kind": "svg", "svg": "<svg/>"}),
        ({"_repr_mimebundle_": {"text/html": "<i>2</i>", "text/plain": "2"}}, {"kind": "html", "html": "<i>2</i>"}),
    ],
)
def test_a_value_is_shown_in_its_richest_form(run, methods, output):
    run.names["value"] = SimpleNamespace(**{name: lambda told=told: told for name, told in methods.items()})
    assert run("value") == ("", [output])


def test_a_verdict_is_told_to_the_page(run):
    run("from lessons_lib import check")
    ended, (verdict, shown) = run("check('losses.mse', 3)")
    assert (ended, verdict) == ("", {"kind": "verdict", "passed": False})
    assert shown["kind"] == "html" and "ll-check" in shown["html"]


def test_a_figure_is_drawn_and_closed(run):
    ended, shown = run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nNone")
    assert (ended, [output["kind"] for output in shown]) == ("", ["svg"])
    assert "<svg" in shown[0]["svg"] and run("plt.get_fignums()")[1] == [{"kind": "text", "text": "[]\n"}]
