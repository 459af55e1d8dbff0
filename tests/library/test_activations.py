"""Activations: against plain loops, published values and central differences; no warning at any input."""

import math

import numpy as np
import pytest
import reference_loops as loops
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from oracle_cases import agrees, bad_input, published

from lessons_lib import log_softmax, numerical_gradient, relu, relu_grad, sigmoid, sigmoid_grad, softmax, softmax_grad

ALL = [relu, relu_grad, sigmoid, sigmoid_grad, softmax, softmax_grad, log_softmax]
BOTH_DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])

Z = [-30.0, -3.5, -0.25, 0.0, 0.5, 2.0, 30.0]
ANY_FLOAT = st.floats(allow_nan=False, allow_infinity=False)
MODERATE = st.floats(-50, 50)
some_rows = arrays(np.float64, array_shapes(min_dims=1, max_dims=3, max_side=5), elements=MODERATE)

# Published inputs that are written as a NumPy call.
WRITTEN = {
    "numpy.linspace(-4,4,10)": np.linspace(-4, 4, 10),
    "arange(10).reshape(2,5)": np.arange(10).reshape(2, 5),
}


@pytest.mark.parametrize(
    ("ours", "loop"),
    [(relu, loops.relu), (sigmoid, loops.sigmoid), (softmax, loops.softmax), (log_softmax, loops.log_softmax)],
)
def test_activation_is_its_formula_in_plain_loops(ours, loop):
    np.testing.assert_allclose(ours(Z), loop(Z), rtol=1e-12, atol=1e-15)


FUNCTIONS = {"act-01": relu, "act-05": sigmoid, "x-09": sigmoid, "act-09": log_softmax}
FUNCTIONS |= dict.fromkeys(("act-03", "act-07", "act-11"), softmax)


@published(*FUNCTIONS)
def test_activation_gives_the_published_values(case):
    z = case["inputs"]["z"]
    with np.errstate(all="raise", under="ignore"):
        agrees(case, FUNCTIONS[case["id"]](WRITTEN[z] if isinstance(z, str) else z))


@bad_input("bad-01")
def test_sigmoid_is_exactly_0_and_1_at_large_logits(case):
    assert sigmoid(case["input"]).tolist() == [0.0, 1.0]


@bad_input("bad-03")
def test_sigmoid_passes_nan_through_and_is_right_at_infinity(case):
    np.testing.assert_array_equal(sigmoid(case["input"]), [math.nan, 1.0, 0.0])


@bad_input("bad-05")
def test_relu_keeps_nan(case):
    np.testing.assert_array_equal(relu(case["input"]), [math.nan, 0.0])


@bad_input("bad-07")
def test_relu_of_minus_zero_is_zero(case):
    assert relu(case["input"]) == [0.0]


@bad_input("bad-09")
def test_softmax_refuses_plus_infinity_and_names_the_row(case):
    with pytest.raises(ValueError, match=r"^z must have a finite maximum in every row, got inf in row \[0\]$"):
        softmax(case["input"])
    with pytest.raises(ValueError, match=r"in row \[1\]$"):
        softmax([[0.0, 0.0], case["input"][0]])
    with pytest.raises(ValueError, match=r"got inf in row \[1\]$"):
        softmax(np.transpose([[0.0, 0.0], case["input"][0]]), axis=0)
    with pytest.raises(ValueError, match=r"got inf in row 0$"):
        softmax(case["input"][0])
    with pytest.raises(ValueError, match=r"got -inf in row \[0\]$"):
        softmax([[-math.inf, -math.inf]])


@bad_input("bad-11")
def test_softmax_takes_a_vector_as_one_row_and_refuses_an_axis_it_has_not(case):
    assert softmax(case["input"]).sum() == pytest.approx(1)
    for axis in (1, -2):
        with pytest.raises(ValueError, match=rf"^z must have an axis {axis}, got shape \(3,\); expected \(m, C\)"):
            softmax(case["input"], axis=axis)
    with pytest.raises(ValueError, match=r"^z must have an axis -1, got shape \(\)"):
        softmax(1.0)


@bad_input("bad-13")
def test_softmax_refuses_no_classes(case):
    for function in (softmax, log_softmax, softmax_grad):
        with pytest.raises(ValueError, match=r"^z has 0 classes along axis -1: got shape \(3, 0\)"):
            function(np.zeros((3, 0)))


def test_relu_grad_is_0_at_the_kink_and_keeps_nan():
    np.testing.assert_array_equal(relu_grad([-1.0, -0.0, 0.0, 5e-324, math.nan]), [0, 0, 0, 1, math.nan])


def test_relu_and_its_derivative_are_right_at_infinity():
    assert relu([-math.inf, math.inf]).tolist() == [0.0, math.inf]
    assert relu_grad([-math.inf, math.inf]).tolist() == [0.0, 1.0]


def test_softmax_jacobian_agrees_with_central_differences():
    z = np.array([[0.3, -1.2, 2.0], [0.0, 0.1, -0.4]])
    for row, jacobian in zip(z, softmax_grad(z), strict=True):
        for i in range(3):
            slope = numerical_gradient(lambda x, i=i: softmax(x)[i], row)
            np.testing.assert_allclose(slope, jacobian[i], rtol=1e-7, atol=1e-11)


def test_sigmoid_grad_does_not_round_to_0_for_large_z():
    assert float(sigmoid_grad(40.0)) == pytest.approx(math.exp(-40), rel=1e-12, abs=0)
    assert float(sigmoid_grad(-40.0)) == pytest.approx(math.exp(-40), rel=1e-12, abs=0)


def test_log_softmax_is_exact_where_softmax_rounds_to_0():
    assert softmax([1e4, -1e4]).tolist() == [1.0, 0.0]
    assert log_softmax([1e4, -1e4]).tolist() == [0.0, -2e4]


def test_minus_infinity_means_probability_0():
    assert softmax([-math.inf, 0.0]).tolist() == [0.0, 1.0]
    assert log_softmax([-math.inf, 0.0]).tolist() == [-math.inf, 0.0]


def test_log_softmax_of_plus_infinity_is_nan_instead_of_an_exception():
    assert np.isnan(log_softmax([math.inf, 1.0])).all()


@BOTH_DTYPES
@pytest.mark.parametrize("function", ALL)
def test_largest_finite_logits_give_no_warning_and_no_nan(function, dtype):
    largest = np.finfo(dtype).max
    with np.errstate(all="raise", under="ignore"):
        for z in ([largest, -largest], [largest, largest], [1e4, -1e4], [0.0, np.finfo(dtype).smallest_subnormal]):
            assert not np.isnan(function(np.array(z, dtype))).any()


@pytest.mark.parametrize("function", ALL)
def test_nan_is_not_hidden(function):
    with np.errstate(all="raise", under="ignore"):
        assert np.isnan(function([math.nan, 1.0])).any()


@BOTH_DTYPES
@pytest.mark.parametrize("function", ALL)
def test_dtype_is_kept(function, dtype):
    assert function(np.array([0.0, 1.0], dtype)).dtype == dtype


@pytest.mark.parametrize("function", [relu, relu_grad, sigmoid, sigmoid_grad])
def test_single_number_is_taken_and_float32_kept(function):
    assert np.shape(function(1)) == ()
    assert function(np.float32(1)).dtype == np.float32


@pytest.mark.parametrize("function", ALL)
def test_integers_bools_and_lists_give_the_same_as_floats(function):
    expected = function(np.array([0.0, 1.0, 1.0]))
    for z in ([0, 1, 1], [False, True, True], np.uint8([0, 1, 1])):
        np.testing.assert_array_equal(function(z), expected)


@pytest.mark.parametrize("function", ALL)
def test_words_are_refused_by_name(function):
    with pytest.raises(TypeError, match=r"^z must hold real numbers"):
        function(["a"])


@given(some_rows)
def test_shape_is_kept_and_the_input_neither_changed_nor_returned(z):
    before = z.copy()
    for function in ALL:
        result = function(z)
        assert result.shape == (z.shape if function is not softmax_grad else (*z.shape, z.shape[-1]))
        assert not np.shares_memory(result, z)
        assert z.tobytes() == before.tobytes()


@given(some_rows, st.integers(-3, 2))
def test_softmax_rows_sum_to_1_along_every_axis(z, axis):
    if -z.ndim <= axis < z.ndim:
        p = softmax(z, axis)
        assert ((p >= 0) & (p <= 1)).all()
        np.testing.assert_allclose(p.sum(axis=axis), 1, rtol=1e-12)
        np.testing.assert_allclose(log_softmax(z, axis), np.log(p), rtol=1e-9, atol=1e-9)


@given(arrays(np.float64, (2, 4), elements=ANY_FLOAT))
def test_softmax_rows_sum_to_1_at_any_finite_logits(z):
    np.testing.assert_allclose(softmax(z).sum(axis=1), 1, rtol=1e-12)


@given(ANY_FLOAT)
def test_sigmoid_of_z_and_of_minus_z_sum_to_1(z):
    assert float(sigmoid(z) + sigmoid(-z)) == pytest.approx(1, abs=1e-15)


@given(ANY_FLOAT)
def test_relu_of_z_minus_relu_of_minus_z_is_z(z):
    assert relu(z) - relu(-z) == z
