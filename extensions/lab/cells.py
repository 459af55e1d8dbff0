"""Run the cells of a page as a notebook's kernel would; the worker calls `run` and hands on what comes out.

An output is {"kind": "text", "text": …}, {"kind": "html" or "svg", …} or {"kind": "error", "name": …, "text": …}.
"""

import ast
import io
import logging
import os
import sys
import traceback

os.environ["LESSONS_STATIC"] = "1"  # controls and quizzes show their own HTML, as on the page
os.environ["MPLBACKEND"] = "svg"
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it tells that it builds a cache
LOADABLE = ("matplotlib",)
_FILE = "<cell>"
_names = {"__name__": "__main__"}


class _Printed(io.TextIOBase):
    """Standard output, handed on line by line."""

    def __init__(self, tell):
        self.tell = tell

    def write(self, words):
        self.tell({"kind": "text", "text": words})
        return len(words)


def run(source, tell):
    """Run a cell and show the value of its last line; `tell` gets each output.

    Returns "" when no error came, "lacks <package>" for a package that Pyodide can load, else "error".
    """
    printed, sys.stdout, sys.stderr = (sys.stdout, sys.stderr), _Printed(tell), _Printed(tell)
    try:
        tree = ast.parse(source, _FILE)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, _FILE, "exec"), _names)
        if last:
            show(eval(compile(ast.Expression(last.value), _FILE, "eval"), _names), tell)
        _show_figures(tell)
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and error.name in LOADABLE:
            return f"lacks {error.name}"
        tell({"kind": "error", "name": type(error).__name__, "text": _told(error)})
        return "error"
    finally:
        sys.stdout, sys.stderr = printed
    return ""


def show(value, tell):
    """Hand on a value in its richest form that a page can show."""
    if value is None:
        return
    if verdict := getattr(value, "verdict", None):
        tell({"kind": "verdict", "passed": verdict.passed})
    for kind in ("html", "svg"):
        if drawn := getattr(value, f"_repr_{kind}_", lambda: None)():
            tell({"kind": kind, kind: drawn})
            return
    bundle = getattr(value, "_repr_mimebundle_", dict)() or {}
    if page := bundle.get("text/html") or bundle.get("image/svg+xml"):
        tell({"kind": "html", "html": page})
    else:
        tell({"kind": "text", "text": repr(value) + "\n"})


def _show_figures(tell):
    if "matplotlib.pyplot" in sys.modules:
        pyplot = sys.modules["matplotlib.pyplot"]
        for number in pyplot.get_fignums():
            file = io.StringIO()
            pyplot.figure(number).savefig(file, format="svg", bbox_inches="tight")
            tell({"kind": "svg", "svg": file.getvalue()})
        pyplot.close("all")


def _told(error):
    """The error and the lines of the reader's own cells that led to it."""
    if isinstance(error, SyntaxError) and error.filename == _FILE:
        return "".join(traceback.format_exception_only(error))
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]
    places = "".join(f"  {frame.name}, {frame.lineno}\n" for frame in frames)
    return places + "".join(traceback.format_exception_only(error))
