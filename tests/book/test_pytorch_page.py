"""The page «Від NumPy до PyTorch» shows what its programs print: ours everywhere, PyTorch's where it is installed.

To run PyTorch's: pip install torch==2.13.0, then pytest tests/book/test_pytorch_page.py.
"""

import contextlib
import io
import re

import pytest

from tools.shared import ROOT

PAGE = (ROOT / "book" / "reference" / "pytorch.md").read_text(encoding="utf-8")
PROGRAM = re.compile(r"^:::\{div\} ll-program\n\*\*(\w+)\*\*\n(.*?)^:::$", flags=re.DOTALL | re.MULTILINE)
OURS, THEIRS = "lessons_lib", "PyTorch"
BEGINS_FROM_OURS = {"П’ять кроків Adam": ("x", "y", "start"), "Навчання цілком": ("start",)}  # as the page says
SHEET = (
    "ll.Node", "ll.mse(", "ll.binary_cross_entropy(", "ll.cross_entropy(", "ll.forward_pass", "ll.compute_loss",
    "ll.backward_pass", "ll.visualize_backprop", "ll.SGD(", "ll.SGDMomentum(", "ll.RMSprop(", "ll.Adam(",
    "ll.step_decay", "ll.exponential_decay", "ll.cosine_annealing", "ll.linear_warmup", "ll.find_learning_rate",
    "ll.mse_grad", "ll.binary_cross_entropy_grad", "ll.cross_entropy_from_logits_grad", "ll.clip_by_global_norm",
)  # fmt: skip


def pairs():
    """[(title, {column: (code, what it prints)})] in the order of the page."""
    found = []
    for part in re.split(r"^::::\{div\} ll-pair$", PAGE, flags=re.MULTILINE)[1:]:
        sides = {}
        for column, body in PROGRAM.findall(part.split("\n::::\n", 1)[0] + "\n"):
            (code,) = re.findall(r"^```python\n(.*?)^```$", body, flags=re.DOTALL | re.MULTILINE)
            printed = re.findall(r"^```text\n(.*?)^```$", body, flags=re.DOTALL | re.MULTILINE)
            sides[column] = (code, "".join(printed))
        found.append(sides)
    titles = ["set-up", *re.findall(r"^### (.+)$", PAGE, flags=re.MULTILINE)]
    return list(zip(titles, found, strict=True))


def printed_by(code, names):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "pytorch.md", "exec"), names)
    return out.getvalue()


def outputs(column):
    """What every program of a column prints; the programs share their names, as in one session."""
    ours, theirs, found = {}, {}, {}
    for title, sides in pairs():
        found[title] = printed_by(sides[OURS][0], ours)
        if column == THEIRS:
            theirs.update({name: ours[name] for name in BEGINS_FROM_OURS.get(title, ())})
            found[title] = printed_by(sides[THEIRS][0], theirs)
    return found


def numbers(text):
    return [float(n) for n in re.findall(r"(?<![\w.])-?\d+\.?\d*(?:e[+-]?\d+)?", text)]


TITLES = [title for title, _ in pairs()]


@pytest.mark.parametrize("column", [OURS, THEIRS])
def test_the_page_shows_what_its_programs_print(column):
    if column == THEIRS:
        pytest.importorskip("torch", reason="PyTorch is not installed: its programs are not run")
    assert {title: sides[column][1] for title, sides in pairs()} == outputs(column)


def test_both_print_the_same_numbers():
    for title, sides in pairs()[1:]:
        ours, theirs = (numbers(sides[column][1]) for column in (OURS, THEIRS))
        assert ours == theirs, title
        assert ours or sides[OURS][1] == sides[THEIRS][1] == "True\n", title


def test_every_item_of_the_sheet_is_on_the_page():
    code = "".join(sides[OURS][0] for _, sides in pairs())
    assert [name for name in SHEET if name not in code] == []
    assert len(set(TITLES)) == len(TITLES)
    assert all(set(sides) == {OURS, THEIRS} for _, sides in pairs())


def test_programs_fit_beside_each_other():
    lines = [line for _, sides in pairs() for code, _ in sides.values() for line in code.splitlines()]
    assert max(map(len, lines)) <= 60


def test_a_changed_number_is_noticed():
    assert numbers("[[1.5 -2.]] x2 1e-3 0.25,") == [1.5, -2.0, 1e-3, 0.25]
