"""The cheat sheet has everything on the source sheet, with the function that does it and the chapter that derives it.

The list below is the source sheet, item by item, in its order.
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

# Formula of the sheet: label in the book, name in the library, chapter.
FORMULAS = [
    ("dy/dx = dy/dg · dg/dx", "chain-rule", "backward", 1),
    ("∂L/∂W₁ as a product of four", "layered", "backward", 1),
    ("mean squared error", "mse", "mse", 2),
    ("binary cross-entropy", "bce", "binary_cross_entropy", 2),
    ("cross-entropy", "cross-entropy", "cross_entropy", 2),
    ("step 1, z1", "forward-1", "forward_pass", 3),
    ("step 1, a1", "forward-relu", "relu", 3),
    ("step 1, z2", "forward-2", "forward_pass", 3),
    ("step 1, a2", "forward-sigmoid", "sigmoid", 3),
    ("step 2, loss", "backprop-loss", "compute_loss", 3),
    ("step 3, dz2", "backprop-dz2", "backward_pass", 3),
    ("step 3, dW2", "backprop-dw2", "backward_pass", 3),
    ("step 3, db2", "backprop-db2", "backward_pass", 3),
    ("step 3, da1", "backprop-da1", "backward_pass", 3),
    ("step 3, dz1", "backprop-dz1", "backward_pass", 3),
    ("step 3, dW1", "backprop-dw1", "backward_pass", 3),
    ("step 3, db1", "backprop-db1", "backward_pass", 3),
    ("vanilla SGD", "sgd", "SGD", 4),
    ("momentum, v", "momentum-velocity", "SGDMomentum", 4),
    ("momentum, θ", "momentum", "SGDMomentum", 4),
    ("RMSprop, s", "rmsprop-cache", "RMSprop", 4),
    ("RMSprop, θ", "rmsprop", "RMSprop", 4),
    ("Adam, m", "adam-m", "Adam", 4),
    ("Adam, v", "adam-v", "Adam", 4),
    ("Adam, m̂", "adam-m-hat", "Adam", 4),
    ("Adam, v̂", "adam-v-hat", "Adam", 4),
    ("Adam, θ", "adam", "Adam", 4),
    ("step decay", "step-decay", "step_decay", 5),
    ("exponential decay", "exponential-decay", "exponential_decay", 5),
    ("cosine annealing", "cosine-annealing", "cosine_annealing", 5),
    ("linear warmup", "linear-warmup", "linear_warmup", 5),
    ("gradient of MSE", "mse-grad", "mse_grad", 6),
    ("gradient of BCE", "bce-grad", "binary_cross_entropy_grad", 6),
    ("gradient of softmax + CE", "softmax-ce-grad", "cross_entropy_from_logits_grad", 6),
    ("gradient clipping", "clipping", "clip_by_norm", 6),
]
# What the sheet lacks and the course adds.
ADDED = [
    ("log-sum-exp", "cross_entropy_from_logits", 2),
    ("warmup-cosine", "warmup_cosine", 5),
    ("clip-global", "clip_by_global_norm", 6),
    ("central-difference", "check_gradient", 6),
    ("optimizers-adamw", "AdamW", 4),
    ("lion", "Lion", 8),
    ("schedule-free", "ScheduleFree", 8),
    ("shampoo", "Shampoo", 8),
    ("muon", "Muon", 8),
    ("newton-schulz", "newton_schulz", 8),
]
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


@pytest.mark.parametrize(
    ("label", "name", "chapter"), [(label, *rest) for _, label, *rest in FORMULAS] + ADDED, ids=lambda value: str(value)
)
def test_a_formula_has_its_row_with_function_and_chapter(label, name, chapter):
    found = [row for row in rows() if label in dict(copied_formulas(row))]
    assert len(found) == 1, f"eq-{label} is in {len(found)} rows"
    assert any(code.split("(")[0] == name for code in codes(found[0])), f"the row of eq-{label} does not name {name}"
    first, _ = copied_formulas(found[0])[0]
    assert f'href="../{CHAPTERS[chapter]}.html#eq-{first}"' in found[0]
    assert callable(getattr(lessons_lib, name))


def test_no_row_shows_a_formula_of_which_this_test_does_not_know():
    known = {label for _, label, *_ in FORMULAS} | {label for label, *_ in ADDED}
    assert {name for name, _ in copied_formulas(PAGE)} == known


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
