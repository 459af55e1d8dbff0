"""show_source prints the library's own code without its docstrings and refuses everything else."""

import functools
import math

import pytest

from lessons_lib.source import _without_docstrings, show_source
from lessons_lib.text import number

CODE = '''\
class Thing:
    """What it is.

    In two paragraphs.
    """

    # a comment stays
    def act(self, x):
        """Do it."""
        return "a # string" + x  # also here

    def rest(self):
        """Only a docstring."""

def nested():
    """Outer."""
    def inner():
        "Inner."
        return 1

    return inner'''

STRIPPED = """\
class Thing:
    # a comment stays
    def act(self, x):
        return "a # string" + x  # also here

    def rest(self):
        ...

def nested():
    def inner():
        return 1

    return inner"""


def test_docstrings_go_and_comments_stay():
    assert _without_docstrings(CODE) == STRIPPED


def test_source_comes_as_a_markdown_block_and_as_text():
    bundle = show_source(number)._repr_mimebundle_()
    assert sorted(bundle) == ["text/markdown", "text/plain"]
    assert bundle["text/markdown"] == f"```python\n{bundle['text/plain']}\n```"
    assert bundle["text/plain"].startswith("def number(x, digits=None):\n    if isinstance")
    assert '"""' not in bundle["text/plain"]


def test_source_of_a_decorated_function_is_that_of_the_function():
    from test_figures_style import curve

    wrapped = functools.wraps(number)(lambda *args: number(*args))
    assert repr(show_source(wrapped)) == repr(show_source(number))
    with pytest.raises(TypeError):
        show_source(curve)


@pytest.mark.parametrize(
    ("thing", "got"), [(math.sin, "sin of math"), (pytest.raises, "raises of "), (3, "got int"), ("Adam", "got str")]
)
def test_what_is_not_of_the_library_is_refused(thing, got):
    with pytest.raises(
        TypeError, match=f"obj: expected a function or class of lessons_lib, got .*{got.removeprefix('got ')}"
    ):
        show_source(thing)
