"""The cheat sheet has everything on the source sheet, with the function that does it and the chapter that derives it.

FORMULAS, SIGNATURES are the source sheet, item by item.
"""

import ast
import inspect
import re

import numpy as np
import pytest

import lessons_lib
from lessons_lib import sigmoid
from tools.reference import copied_formulas
from tools.shared import ROOT

PAGE = (ROOT / "book" / "reference" / "cheat_sheet.md").read_text(encoding="utf-8")
CHAPTERS = {int(path.stem[:2]): path.stem for path in ROOT.glob("book/0*.ipynb")}

# Chapter, name in the library: labels of the formulas of the sheet in the book.
FORMULAS = """
1 backward: chain-rule layered
2 mse: mse
2 binary_cross_entropy: bce
2 cross_entropy: cross-entropy
3 forward_pass: forward-1 forward-2
3 relu: forward-relu
3 sigmoid: forward-sigmoid
3 compute_loss: backprop-loss
3 backward_pass: backprop-dz2 backprop-dw2 backprop-db2 backprop-da1 backprop-dz1 backprop-dw1 backprop-db1
4 SGD: sgd
4 SGDMomentum: momentum-velocity momentum
4 RMSprop: rmsprop-cache rmsprop
4 Adam: adam-m adam-v adam-m-hat adam-v-hat adam
5 step_decay: step-decay
5 exponential_decay: exponential-decay
5 cosine_annealing: cosine-annealing
5 linear_warmup: linear-warmup
6 mse_grad: mse-grad
6 binary_cross_entropy_grad: bce-grad
6 cross_entropy_from_logits_grad: softmax-ce-grad
6 clip_by_norm: clipping
"""
# What the sheet lacks and the course adds.
ADDED = """
2 cross_entropy_from_logits: log-sum-exp
5 warmup_cosine: warmup-cosine
6 clip_by_global_norm: clip-global
6 check_gradient: central-difference
4 AdamW: optimizers-adamw
8 Lion: lion
8 ScheduleFree: schedule-free
8 Shampoo: shampoo
8 Muon: muon
8 newton_schulz: newton-schulz
"""
ROWS = re.findall(r"(?m)^(\d) (\w+): (.+)$", FORMULAS + ADDED)
FORMULAS = [(label, name, int(chapter)) for chapter, name, labels in ROWS for label in labels.split()]
# Functions and classes of the sheet as it writes them.
SIGNATURES = [
    "forward_pass(x, W1, b1, W2, b2)",
    "compute_loss(y_pred, y_true)",
    "backward_pass(x, y_true, cache, W2)",
    "visualize_backprop()",
    "SGD(learning_rate=0.01)",
    "SGDMomentum(learning_rate=0.01, momentum=0.9)",
    "RMSprop(learning_rate=0.001, beta=0.9, epsilon=1e-8)",
    "Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8)",
    "find_learning_rate(model, data_loader, start_lr=1e-7, end_lr=10)",
]


def rows():
    """The rows of the page: the text of every directive ll-row."""
    return re.findall(r"^:::\{div\} ll-row\n(.*?)^:::$", PAGE, flags=re.DOTALL | re.MULTILINE)


def codes(text):
    return re.findall(r"(?<!`)`([^`]+)`(?!`)", text)


def calls(text):
    """Calls in code: [(name, [positional names], {keyword: value})]."""
    found = []
    for code in codes(text):
        if "(" in code and not code.startswith(("from ", "np.", "optimizer.", "compute_loss(batch", "update_weights")):
            call = ast.parse(code, mode="eval").body
            values = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
            found.append((ast.unparse(call.func), [argument.id for argument in call.args], values))
    return found


@pytest.mark.parametrize(("label", "name", "chapter"), FORMULAS)
def test_a_formula_has_its_row_with_function_and_chapter(label, name, chapter):
    found = [row for row in rows() if label in dict(copied_formulas(row))]
    assert len(found) == 1, f"eq-{label} is in {len(found)} rows"
    assert any(code.split("(")[0] == name for code in codes(found[0])), f"the row of eq-{label} does not name {name}"
    first, _ = copied_formulas(found[0])[0]
    assert f'href="../{CHAPTERS[chapter]}.html#eq-{first}"' in found[0]
    assert callable(getattr(lessons_lib, name))


def test_no_row_shows_a_formula_of_which_this_test_does_not_know():
    assert {name for name, _ in copied_formulas(PAGE)} == {label for label, *_ in FORMULAS}


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_function_or_class_of_the_sheet_is_on_the_page_and_takes_what_the_sheet_gives_it(signature):
    ((name, positional, values),) = calls(f"`{signature}`")
    assert any((n, p) == (name, positional) and values.items() <= v.items() for n, p, v in calls(PAGE)), (
        f"{signature} is not on the page"
    )
    parameters = list(inspect.signature(getattr(lessons_lib, name)).parameters.values())
    required = [p.name for p in parameters if p.default is p.empty]
    assert required == positional
    given = [p.name for p in parameters][len(positional) :][: len(values)]
    assert given == list(values), "the sheet's arguments come first, in its order"


@pytest.mark.parametrize(("name", "positional", "values"), calls(PAGE), ids=lambda value: str(value)[:30])
def test_a_call_on_the_page_fits_the_library(name, positional, values):
    function = getattr(lessons_lib, name)
    parameters = inspect.signature(function).parameters
    assert [*positional] == [p for p in parameters][: len(positional)]
    if name != "train":  # there `epochs` is required, and its value an example
        assert {key: parameters[key].default for key in values} == values


def test_the_methods_and_names_on_the_page_exist():
    for method in ("forward", "compute_loss", "backward", "update_weights"):
        assert callable(getattr(lessons_lib.MLP, method)) and f"`{method}" in PAGE
    for name in ("Node", "Nesterov", "AdaGrad", "AdamW"):
        assert f"`{name}`" in PAGE and hasattr(lessons_lib, name)


# ---- what the notes say ---------------------------------------------------------------------------------------------


def test_every_row_of_the_design_where_the_sheet_is_wrong_or_silent_has_a_note():
    noted = {label for row in rows() if "**Виправлено.**" in row or "**Доповнено.**" in row for label, _ in
             copied_formulas(row)}  # fmt: skip
    assert noted >= {
        "layered", "bce", "forward-sigmoid", "backprop-dz2", "momentum", "rmsprop", "softmax-ce-grad", "linear-warmup",
        "cosine-annealing", "clip-global",
    }  # fmt: skip


# test_eq_optimizers_rate_drop, …_epsilon_ratio and test_eq_schedules_finder_steps compute them.
@pytest.mark.parametrize(
    ("label", "numbers"),
    [("momentum", ["$9{,}1$"]), ("rmsprop", ["$1{,}05$", "$3{,}32$", "307"]), ("find_learning_rate", ["194", "45"])],
)
def test_a_note_says_the_numbers_of_its_formula(label, numbers):
    (row,) = (row for row in rows() if label in dict(copied_formulas(row)) or f"`{label}(" in row)
    assert [number for number in numbers if number not in row] == []


def test_an_epoch_of_digits_has_45_batches():
    x, _, y, _ = lessons_lib.train_test_split(*lessons_lib.load_digits())
    assert len(lessons_lib.Batches(x, y, 32)) == 45


@pytest.mark.parametrize(("dtype", "limit"), [(np.float64, -709), (np.float32, -88)])
def test_note_on_the_sigmoid(dtype, limit):
    with np.errstate(over="ignore"):
        assert np.isfinite(np.exp(dtype(-limit))) and np.isinf(np.exp(dtype(-limit + 1)))
    assert np.isfinite(sigmoid(dtype(limit - 1)))
