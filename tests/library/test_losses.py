"""Losses and gradients: against autograd, PyTorch, scikit-learn, published cases; formulas: test_formulas_*.py."""

import json
import math

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad as autograd_of
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from oracle_cases import agrees, array, bad_input, published

from lessons_lib import (
    MLP,
    SGD,
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    binary_cross_entropy_from_logits_grad,
    binary_cross_entropy_grad,
    cross_entropy,
    cross_entropy_from_logits,
    cross_entropy_from_logits_grad,
    cross_entropy_grad,
    losses,
    mse,
    mse_grad,
    one_hot,
    softmax,
    train,
)
from tools.shared import ROOT

GOLDEN = json.loads((ROOT / "tests" / "golden" / "losses_backprop.json").read_text(encoding="utf-8"))

RNG = np.random.default_rng(7)
LOGITS = RNG.normal(scale=2, size=(5, 3))
NUMBERS = RNG.normal(size=(5, 3))
BITS = RNG.integers(0, 2, size=(5, 3)).astype(float)
LABELS = np.array([2, 0, 1, 1, 0])
ROWS = softmax(LOGITS)
SOFT = softmax(NUMBERS)
PROBABILITIES = RNG.uniform(0.05, 0.95, size=(5, 3))

# loss, gradient, where, targets, the same formula written for autograd
FAMILY = {
    "mse": (mse, mse_grad, NUMBERS, LOGITS, lambda p, y: anp.mean((p - y) ** 2)),
    "binary_cross_entropy": (
        binary_cross_entropy,
        binary_cross_entropy_grad,
        PROBABILITIES,
        BITS,
        lambda p, y: -anp.mean(anp.where(y == 1, anp.log(p), anp.log(1 - p))),
    ),
    "binary_cross_entropy_from_logits": (
        binary_cross_entropy_from_logits,
        binary_cross_entropy_from_logits_grad,
        LOGITS,
        PROBABILITIES,
        lambda z, y: anp.mean(y * anp.logaddexp(0, -z) + (1 - y) * anp.logaddexp(0, z)),
    ),
    "cross_entropy": (
        cross_entropy,
        cross_entropy_grad,
        ROWS,
        SOFT,
        lambda p, y: anp.mean(anp.sum(-y * anp.log(p), axis=1)),
    ),
    "cross_entropy_from_logits": (
        cross_entropy_from_logits,
        cross_entropy_from_logits_grad,
        LOGITS,
        SOFT,
        lambda z, y: anp.mean(anp.sum(-y * anp.log(anp.exp(z) / anp.sum(anp.exp(z), axis=1, keepdims=True)), axis=1)),
    ),
}
EACH_LOSS = pytest.mark.parametrize("name", FAMILY)
EACH_FUNCTION = pytest.mark.parametrize("function", [f for row in FAMILY.values() for f in row[:2]])
BINARY_LOSSES = [*FAMILY["binary_cross_entropy"][:2], *FAMILY["binary_cross_entropy_from_logits"][:2]]
CLASS_LOSSES = [cross_entropy, cross_entropy_grad, cross_entropy_from_logits, cross_entropy_from_logits_grad]
EPS = np.finfo(np.float64).eps


def relative_error(a, b):
    return abs(a - b) / max(abs(a), abs(b))


# Other libraries ------------------------------------------------------------------------------------------------


@EACH_LOSS
@pytest.mark.parametrize("seed", range(3))
def test_gradient_agrees_with_autograd_in_a_random_direction(name, seed):
    _, gradient, at, y_true, formula = FAMILY[name]
    direction = np.random.default_rng(seed).normal(size=at.shape)
    ours = np.sum(gradient(at, y_true) * direction)
    theirs = np.sum(autograd_of(formula)(at, y_true) * direction)
    assert relative_error(ours, theirs) < 1e-7


@pytest.mark.parametrize("case", GOLDEN["losses"], ids=lambda case: f"{case['function']}-{np.ndim(case['y_true'])}d")
def test_loss_and_gradient_are_those_of_pytorch(case):
    loss, gradient = getattr(losses, case["function"]), getattr(losses, f"{case['function']}_grad")
    assert float(loss(case["input"], case["y_true"])) == pytest.approx(case["loss"], rel=1e-13)
    np.testing.assert_allclose(gradient(case["input"], case["y_true"]), case["grad"], rtol=1e-12, atol=1e-15)


def test_losses_are_those_of_scikit_learns_networks_up_to_their_reductions():
    base = pytest.importorskip("sklearn.neural_network._base")
    k = PROBABILITIES.shape[1]
    assert float(mse(NUMBERS, LOGITS)) == pytest.approx(2 * base.squared_loss(LOGITS, NUMBERS), rel=1e-12)
    theirs = base.binary_log_loss(BITS, PROBABILITIES.copy())  # a sum over outputs, ours is the mean over all
    assert float(binary_cross_entropy(PROBABILITIES, BITS)) == pytest.approx(theirs / k, rel=1e-12)
    theirs = base.log_loss(one_hot(LABELS, 3), ROWS.copy())
    assert float(cross_entropy(ROWS, LABELS)) == pytest.approx(theirs, rel=1e-12)


# Published cases -----------------------------------------------------------------------------------------------


WHOLE = ("loss/mse", "bce-18", "bce-08", "bce-10", "bce-12", "bce-14", "bce-16", "ce-07", "ce-09", "x-03")
EACH_ROW = ("bce-04", "bce-06", "ce-03", "ce-05", "ce-11")


def loss_of(case):
    """The loss that a case is about, its predictions, its targets."""
    given, from_logits = case["inputs"], "_from_logits" if "logits" in case["inputs"] else ""
    name = {"loss/mse": "mse", "loss/bce": "binary_cross_entropy", "loss/ce": "cross_entropy"}[case["area"]]
    y_true = given["labels"] if "labels" in given else given["y_true"]
    return getattr(losses, name + from_logits), array(given["logits" if from_logits else "y_pred"]), y_true


@published(*WHOLE)
def test_loss_gives_the_published_value(case):
    loss, at, y_true = loss_of(case)
    agrees(case, loss(at, y_true))


@published(*EACH_ROW)
def test_loss_gives_the_published_value_of_every_row(case):
    loss, at, y_true = loss_of(case)
    agrees(case, [loss([row], [y]) for row, y in zip(at, y_true, strict=True)])
    assert float(loss(at, y_true)) == pytest.approx(np.mean(case["expected"]), rel=1e-3)
    assert np.isfinite(getattr(losses, f"{loss.__name__}_grad")(at, y_true)).all()  # also where a logit is -inf


@published("bce-02")
def test_binary_cross_entropy_in_float32_is_near_keras_which_clips_at_1e_7(case):
    """One certain and wrong prediction of four: Keras -log(1.192e-7)/4, ours with the machine epsilon the same."""
    y_pred, y_true = np.float32(case["inputs"]["y_pred"]), case["inputs"]["y_true"]
    agrees(case, binary_cross_entropy(y_pred, y_true))
    assert float(binary_cross_entropy(y_pred.astype(float), y_true)) == pytest.approx(-math.log(EPS) / 4)


@published("bce-20")
def test_binary_cross_entropy_stays_finite_at_probability_1(case):
    assert np.isfinite(binary_cross_entropy(case["inputs"]["y_pred"], case["inputs"]["y_true"]))
    assert np.isfinite(binary_cross_entropy_grad(case["inputs"]["y_pred"], case["inputs"]["y_true"])).all()


@published("grad/bce")
def test_binary_cross_entropy_gradient_gives_the_published_values(case):
    z, y_true = case["inputs"]["logits"], case["inputs"]["y_true"]
    loss = binary_cross_entropy_from_logits(z, y_true)
    agrees(case, [loss, *binary_cross_entropy_from_logits_grad(z, y_true).ravel()])


@published("ce-01")
def test_cross_entropy_refuses_rows_that_keras_would_normalise(case):
    y_pred, y_true = np.array(case["inputs"]["y_pred"]), case["inputs"]["y_true"]
    with pytest.raises(ValueError, match=r"^every row of y_pred must sum to 1, got 1\.99\d* in row 1$"):
        cross_entropy(y_pred, y_true)
    agrees(case, cross_entropy(y_pred / y_pred.sum(axis=1, keepdims=True), y_true))


@published("ce-13")
def test_cross_entropy_of_published_log_probabilities(case):
    agrees(case, cross_entropy(np.exp(case["inputs"]["log_probs"]), case["inputs"]["labels"]))


# Bad input --------------------------------------------------------------------------------------------------------


@bad_input("bad-15")
def test_losses_refuse_empty_arrays(case):
    for loss, gradient, *_ in FAMILY.values():
        for function in (loss, gradient):
            with pytest.raises(ValueError, match=r"is empty: got shape \(0, 1\), expected at least one element$"):
                function(np.zeros((0, 1)), np.zeros((0, 1)))
    with pytest.raises(ValueError, match=r"^labels is empty"):
        one_hot([], 3)


@bad_input("bad-17")
def test_mse_of_a_square_too_large_for_float32_is_infinite(case):
    assert mse(np.float32([1e20]), np.float32([0])) == math.inf


@bad_input("bad-19")
def test_binary_cross_entropy_of_probability_0_is_clipped_and_its_gradient_is_finite(case):
    p, y = case["input"]["p"], case["input"]["y"]
    assert float(binary_cross_entropy(p, y)) == pytest.approx(-math.log(EPS), rel=1e-12)
    assert binary_cross_entropy_grad(p, y) == pytest.approx([-1 / EPS])
    assert binary_cross_entropy_grad([1.0], [0.0]) == pytest.approx([1 / EPS])


@bad_input("bad-21")
def test_float32_probability_of_1_is_clipped_with_the_epsilon_of_float32(case):
    p, y = np.float32(case["input"]["p"]), case["input"]["y"]
    assert binary_cross_entropy(p, y) == pytest.approx(np.finfo(np.float32).eps, rel=1e-3)
    assert binary_cross_entropy(p, [0.0]) == pytest.approx(-math.log(np.finfo(np.float32).eps), rel=1e-6)


@bad_input("bad-25")
def test_boolean_targets_are_taken_as_0_and_1(case):
    p, y = case["input"]["p"], case["input"]["y"]
    assert binary_cross_entropy(p, y) == binary_cross_entropy(p, [1.0])
    assert binary_cross_entropy_from_logits_grad(p, y) == binary_cross_entropy_from_logits_grad(p, [1.0])


@bad_input("bad-27")
def test_binary_cross_entropy_from_logits_is_exact_at_large_logits(case):
    z, y = case["input"]["z"], case["input"]["y"]
    assert binary_cross_entropy_from_logits(z, y) == 1e4
    assert binary_cross_entropy_from_logits_grad(z, y).tolist() == [0.5, -0.5]


@bad_input("bad-33")
def test_cross_entropy_of_probability_0_is_clipped(case):
    p, labels = case["input"]["p"], case["input"]["labels"]
    assert float(cross_entropy(p, labels)) == pytest.approx(-math.log(EPS), rel=1e-12)
    assert cross_entropy_grad(p, labels)[0] == pytest.approx([-1 / EPS, 0])


THIRDS = np.full((2, 3), 1 / 3)
# Which functions refuse it, y_pred or z, y_true, the words: {} is the name of the loss.
REFUSED = {
    "bad-23": (BINARY_LOSSES, [0.5], [2.0], r"^y_true must lie in \[0, 1\], got 2\.0 at \[0\]$"),
    "bad-29": (CLASS_LOSSES, THIRDS[:1], [3], r"^labels must be in 0\.\.2, got 3$"),
    "bad-31": (CLASS_LOSSES, THIRDS, np.full((2, 4), 0.25), r"shape, got (y_pred|z) \(2, 3\) and y_true \(2, 4\)$"),
    "bad-35": (
        [binary_cross_entropy, binary_cross_entropy_grad, cross_entropy, cross_entropy_grad],
        [[2.0, -1.0]],
        [[1.0, 0.0]],
        r"^y_pred must lie in \[0, 1\], got 2\.0 at \[0, 0\]; for logits use {}_from_logits$",
    ),
}


@bad_input(*REFUSED)
def test_bad_published_input_is_refused(case):
    functions, at, y_true, words = REFUSED[case["id"]]
    for function in functions:
        with pytest.raises(ValueError, match=words.format(function.__name__.removesuffix("_grad"))):
            function(at, y_true)


@pytest.mark.parametrize("name", ["mse", "binary_cross_entropy", "binary_cross_entropy_from_logits"])
def test_column_beside_a_row_of_targets_is_refused_instead_of_broadcast(name):
    for function in FAMILY[name][:2]:
        with pytest.raises(ValueError, match=r"must have the same shape, got (y_pred|z) \(3,\) and y_true \(3, 1\)$"):
            function(np.full(3, 0.5), np.full((3, 1), 0.5))


@pytest.mark.parametrize("function", CLASS_LOSSES)
def test_class_losses_refuse_wrong_targets(function):
    for y_true, error, words in [
        ([0, 1, 2], ValueError, r"^(y_pred|z) has 2 samples, but y_true has 3 labels$"),
        ([0, -1], ValueError, r"^labels must be in 0\.\.2, got -1$"),
        ([0.0, 1.0], TypeError, r"^labels must be whole numbers, got dtype float64$"),
        ([True, False], TypeError, r"^labels must be whole numbers, got dtype bool$"),
        ([[1, 0, 0], [1, 1, 0]], ValueError, r"^every row of y_true must sum to 1, got 2\.0 in row 1$"),
        ([[1, 0, 0], [0, 0, 0]], ValueError, r"^every row of y_true must sum to 1, got 0\.0 in row 1$"),
        ([[1, 0, 0], [2, -1, 0]], ValueError, r"^y_true must lie in \[0, 1\], got 2\.0 at \[1, 0\]$"),
        ([["a"] * 3] * 2, TypeError, r"^y_true must hold real numbers"),
    ]:
        with pytest.raises(error, match=words):
            function(THIRDS, y_true)
    with pytest.raises(ValueError, match=r"^(y_pred|z) must have shape \(m, C\), got \(3,\)$"):
        function(THIRDS[0], [1, 0, 0])


def test_rows_of_probabilities_may_miss_1_by_rounding_only():
    with pytest.raises(ValueError, match=r"^every row of y_pred must sum to 1, got 0\.99"):
        cross_entropy([[0.5, 0.498]], [0])
    assert np.isfinite(cross_entropy([[0.5, 0.4995]], [0]))
    assert np.isfinite(cross_entropy([[0.5, 0.5005]], [0]))


def test_one_hot_has_a_single_1_in_the_column_of_the_label():
    rows = one_hot(np.uint8([2, 0, 3]), 4)
    assert rows.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]]
    assert rows.dtype == np.float64
    assert one_hot([3], 10**7).nonzero() == (0, 3)  # and no square of all classes on the way


@pytest.mark.parametrize(
    ("labels", "classes", "error", "words"),
    [
        ([[0]], 2, ValueError, r"^labels must have shape \(m,\), got \(1, 1\)$"),
        ([0.0], 2, TypeError, r"^labels must be whole numbers, got dtype float64$"),
        ([1, 2, 5], 2, ValueError, r"^labels must be in 0\.\.1, got 2$"),
        ([0, 1, 5], 2, ValueError, r"^labels must be in 0\.\.1, got 5$"),
        ([0], 0, ValueError, r"^num_classes must be >= 1, got 0$"),
        ([0], 2.0, TypeError, r"^num_classes must be a whole number, got 2\.0$"),
    ],
)
def test_one_hot_refuses_bad_input(labels, classes, error, words):
    with pytest.raises(error, match=words):
        one_hot(labels, classes)


# Numbers at the edge --------------------------------------------------------------------------------------------


@EACH_FUNCTION
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_targets_follow_it_and_the_result_is_new(function, dtype):
    rows = np.array([[0.25, 0.75], [0.5, 0.5]], dtype)
    for y_true in ([[0, 1], [1, 0]], np.array([[0.0, 1.0], [1.0, 0.0]]), np.float32([[0, 1], [1, 0]])):
        result = function(rows, y_true)
        assert result.dtype == dtype and not np.shares_memory(result, rows) and not np.shares_memory(result, y_true)
    if function in CLASS_LOSSES:
        assert function(rows, [1, 0]).dtype == dtype


@EACH_FUNCTION
def test_integers_bools_and_lists_give_the_same_as_floats(function):
    at, y_true = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[1.0, 0.0], [1.0, 0.0]])
    expected = function(at, y_true)
    for same in (at.astype(int), at.astype(bool), at.tolist()):
        np.testing.assert_array_equal(function(same, y_true), expected)
        np.testing.assert_array_equal(function(same, y_true.astype(int)), expected)


BAD_NUMBERS = [math.nan, math.inf, -math.inf]


@pytest.mark.parametrize("bad", BAD_NUMBERS)
def test_logits_that_are_not_finite_give_a_loss_that_is_not(bad):
    assert not np.isfinite(binary_cross_entropy_from_logits([bad, 0.0], [1, 0])) or bad == math.inf
    assert not np.isfinite(binary_cross_entropy_from_logits([bad, 0.0], [0.5, 0]))
    assert not np.isfinite(cross_entropy_from_logits([[bad, 0.0]], [0]))
    if bad != -math.inf:
        assert math.isnan(cross_entropy_from_logits([[bad, 0.0]], [1]))


@pytest.mark.parametrize("bad", BAD_NUMBERS)
def test_mse_of_predictions_that_are_not_finite_is_not_finite_and_does_not_warn(bad):
    assert not np.isfinite(mse([bad, 1.0], [0.0, 1.0]))
    assert not np.isfinite(mse_grad([bad, 1.0], [0.0, 1.0])[0])


@pytest.mark.parametrize("bad", BAD_NUMBERS)
def test_a_target_that_is_not_finite_is_refused_by_name(bad):
    for function in (mse, mse_grad, *(f for pair in FAMILY.values() for f in pair[:2])):
        at = [[0.5, 0.5]] if "cross_entropy" in function.__name__ else [[bad, 3.0]]
        with pytest.raises(ValueError, match=rf"^y_true must (be finite|lie in \[0, 1\]), got {bad} at \[0, 1\]$"):
            function(at, [[0.5, bad]])
    model = MLP([1, 1], loss="mse")
    with pytest.raises(ValueError, match=f"^y_true must be finite, got {bad} at"):
        model.compute_loss(([[1.0]], [[bad]]))
    with pytest.raises(ValueError, match=f"^y_true must be finite, got {bad} at"):
        train(model, SGD(), [[1.0]], [[bad]], epochs=1)


@pytest.mark.parametrize("bad", BAD_NUMBERS)
def test_probabilities_that_are_not_finite_are_refused(bad):
    for function in (binary_cross_entropy, binary_cross_entropy_grad, cross_entropy, cross_entropy_grad):
        with pytest.raises(ValueError, match=rf"^y_pred must lie in \[0, 1\], got {bad} at \[0, 0\]"):
            function([[bad, 0.5]], [[1, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_largest_numbers_give_no_warning_and_no_nan(dtype):
    largest = np.finfo(dtype).max
    with np.errstate(all="raise"):
        for at in ([[largest, -largest]], [[largest, largest]], [[-largest, 0]], [[0, -largest]]):
            at = np.array(at * 2, dtype)
            y_true = [[0, 1], [0, 1]]
            for function in (mse, mse_grad, *FAMILY["binary_cross_entropy_from_logits"][:2], *CLASS_LOSSES[2:]):
                assert not np.isnan(function(at, y_true)).any(), (function.__name__, at)
        assert not np.isnan(mse_grad([largest], [-largest])).any()
        assert mse(np.float32([1.0]), [1e300]) == math.inf


# For all inputs ---------------------------------------------------------------------------------------------------

MATRIX = st.tuples(st.integers(1, 4), st.integers(1, 4))
PAIR_OF_LOGITS = MATRIX.flatmap(
    lambda shape: st.tuples(*[arrays(np.float64, shape, elements=st.floats(-1e4, 1e4))] * 2)
)
PAIR_OF_PROBABILITIES = MATRIX.flatmap(
    lambda shape: st.tuples(*[arrays(np.float64, shape, elements=st.floats(0, 1))] * 2)
)


@given(PAIR_OF_LOGITS)
def test_losses_of_logits_are_never_negative(pair):
    z, y = pair
    assert mse(z, y) >= 0
    assert binary_cross_entropy_from_logits(z, (y > 0)) >= 0
    assert cross_entropy_from_logits(z, softmax(y)) >= 0


@given(PAIR_OF_PROBABILITIES)
def test_losses_of_probabilities_are_never_negative_and_finite(pair):
    p, y = pair
    assert 0 <= binary_cross_entropy(p, y) < 40
    assert 0 <= cross_entropy(softmax(p), softmax(y)) < 40
    assert np.isfinite(binary_cross_entropy_grad(p, y)).all()
