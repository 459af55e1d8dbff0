"""Finite differences, the gradient check with its kinks, and clipping."""

import math
from dataclasses import FrozenInstanceError
from itertools import pairwise

import numpy as np
import pytest
import reference_loops as loops
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from oracle_cases import agrees, bad_input, published

from lessons_lib import (
    MLP,
    check_gradient,
    clip_by_global_norm,
    clip_by_norm,
    gradient_norms,
    numerical_gradient,
    relu,
    relu_grad,
    sigmoid,
    sigmoid_grad,
)
from lessons_lib.gradients import largest_curvature, layer_gradients

H = 1e-5


def rosenbrock(x):
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


def sum_of_squares(x):
    return np.sum(x**2)


# Numerical gradient ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_default_step_is_the_third_root_of_epsilon(dtype):
    steps = []

    def f(x):
        steps.append(float(x[0]))
        return 0.0

    numerical_gradient(f, np.zeros(1, dtype))
    h = float(np.finfo(dtype).eps) ** (1 / 3)
    assert steps == pytest.approx([h, -h], rel=1e-7)


@published("gc-03")
def test_gradient_at_the_minimum_of_rosenbrock_is_0_also_from_integers(case):
    x = case["inputs"]["x"]
    assert rosenbrock(x) == case["expected"]
    np.testing.assert_allclose(numerical_gradient(rosenbrock, x), case["expected"], atol=1e-7)


@pytest.mark.parametrize("x", [2.5, np.float64(2.5), np.array(2.5)])
def test_gradient_at_a_single_number_is_a_single_number(x):
    gradient = numerical_gradient(lambda a: a * a, x)
    assert np.shape(gradient) == ()
    assert gradient == pytest.approx(5.0)


def test_read_only_and_foreign_memory_are_copied():
    for x in (memoryview(np.array([1.0, 2.0]).tobytes()).cast("d"), np.broadcast_to(np.array([1.0]), (2,))):
        np.testing.assert_allclose(numerical_gradient(sum_of_squares, x), 2 * np.asarray(x), rtol=1e-9)


def test_view_is_moved_in_its_own_place_so_f_may_read_its_parameters_elsewhere():
    whole = np.arange(6.0)
    gradient = numerical_gradient(lambda _: sum_of_squares(whole), whole[::2])
    np.testing.assert_allclose(gradient, [0.0, 4.0, 8.0], atol=1e-9)
    assert whole.tolist() == [0, 1, 2, 3, 4, 5]


ANY_X = arrays(np.float64, array_shapes(max_dims=3, max_side=3), elements=st.floats(-1e3, 1e3))


@given(ANY_X, st.integers(0, 60))
def test_x_is_bit_identical_afterwards_also_when_f_raises(x, calls_before_failure):
    before, calls = x.tobytes(), 0

    def f(point):
        nonlocal calls
        calls += 1
        if calls > calls_before_failure:
            raise ArithmeticError("no value here")
        return np.sum(point)

    for work in (lambda: numerical_gradient(f, x), lambda: check_gradient(f, np.ones_like(x), x)):
        try:
            work()
        except ArithmeticError:
            pass
        assert x.tobytes() == before
        calls = 0


@bad_input("bad-95")
def test_x_is_put_back_bit_for_bit_where_adding_and_subtracting_h_would_not(case):
    x = np.random.default_rng(0).normal(size=200)
    before = x.copy()
    assert (before + H - 2 * H + H != before).any()
    numerical_gradient(sum_of_squares, x, H)
    assert x.tobytes() == before.tobytes()


def check_against_ones(f, x, h=None):
    return check_gradient(f, np.ones(np.shape(x)), x, h)


@pytest.mark.parametrize("check", [numerical_gradient, check_against_ones])
@pytest.mark.parametrize(
    ("f", "x", "h", "error", "words"),
    [
        (lambda x: x, [1.0, 2.0], None, ValueError, r"^f must return one number, got shape \(2,\)$"),
        (lambda x: math.nan, [1.0], None, ValueError, r"^f\(x\) must be finite, got nan$"),
        (lambda x: [math.inf], [1.0], None, ValueError, r"^f\(x\) must be finite, got inf at \[0\]$"),
        (lambda x: None, [1.0], None, TypeError, r"^f\(x\) must hold real numbers, got dtype object$"),
        (np.sum, [], None, ValueError, r"^x is empty"),
        (np.sum, [1.0, math.nan], None, ValueError, r"^x must be finite, got nan at \[1\]$"),
        (np.sum, [1.0], 0, ValueError, r"^h must be finite and > 0, got 0$"),
        (np.sum, [1.0, -1e12], None, ValueError, r"^h must be large enough to move x, got h = 6\.1e-06 .*1\.0e\+12$"),
        (np.sum, [2.0**36], None, ValueError, r"^h must be large enough to move x"),
    ],
)
def test_bad_input_is_refused(check, f, x, h, error, words):
    with pytest.raises(error, match=words):
        check(f, x, h)


def test_f_may_return_an_array_of_one_element():
    assert numerical_gradient(lambda x: (3 * x).reshape(1, 1), [1.0]) == pytest.approx([3.0])


# Gradient check ---------------------------------------------------------------------------------------------------


@published("gc-01")
def test_check_of_the_sigmoid_passes_and_a_coarse_step_is_seen(case):
    x = case["inputs"]["x"]
    assert check_gradient(sigmoid, sigmoid_grad, x, H).relative_error < 1e-7
    assert check_gradient(sigmoid, sigmoid_grad, x, 0.1).relative_error > 1e-7


def test_check_names_the_worst_element_with_both_numbers():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    wrong = 2 * x
    wrong[1, 0] = 5.0
    wrong[0, 1] = 4.5
    result = check_gradient(sum_of_squares, wrong, x)
    assert result.worst_index == (1, 0)
    assert result.analytic == 5.0
    assert result.numeric == pytest.approx(6.0)
    assert str(result) == "relative error 1.0e-01; worst at [1, 0]: analytic 5, numeric 6"


def test_gradient_may_be_given_as_a_function_of_a_copy_of_x():
    x = np.array([1.0, -2.0])

    def gradient(point):
        assert not np.shares_memory(point, x)
        return 2 * point

    assert check_gradient(sum_of_squares, gradient, x).relative_error < 1e-9


def test_error_of_two_zero_gradients_is_0():
    result = check_gradient(lambda x: 5.0, np.zeros(2), np.ones(2))
    assert (result.relative_error, result.kinks) == (0.0, ())


@bad_input("bad-91")
def test_gradient_of_another_shape_is_refused_with_both_shapes(case):
    with pytest.raises(ValueError, match=r"^grad must have the shape of x \(3,\), got \(2,\)$"):
        check_gradient(np.sum, np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match=r"^grad must have the shape of x \(3,\), got \(3, 1\)$"):
        check_gradient(np.sum, lambda x: x[:, None], np.ones(3))
    with pytest.raises(ValueError, match=r"^grad must be finite, got nan at \[1\]$"):
        check_gradient(np.sum, [1.0, math.nan], np.ones(2))


@bad_input("bad-93")
def test_kink_of_relu_within_h_is_reported_instead_of_blamed(case):
    z, h = 1e-7, 1e-5
    result = check_gradient(lambda x: relu(x)[0] + x[1], lambda x: np.array([relu_grad(x)[0], 1.0]), [z, 1.0], h)
    assert result.numeric == pytest.approx(0.505)
    assert result.kinks == ((0,),)
    assert str(result).endswith("; kink within h at [[0]]: no check there")


@pytest.mark.parametrize("place", [-0.99, -0.9, -0.5, 0.0, 0.1, 0.7, 0.85, 0.95, 0.99])
def test_kink_anywhere_within_h_is_reported(place):
    x = np.array([[1.0, place * H]])
    f = lambda x: 2 * relu(x)[0, 1] + 3 * x[0, 0] ** 2  # noqa: E731
    result = check_gradient(f, np.zeros((1, 2)), x, H)
    assert result.kinks == ((0, 1),)


@pytest.mark.parametrize("place", [-20, -3, -1.3, 1.3, 2, 5, 9, 11])
def test_kink_outside_h_is_not_reported(place):
    result = check_gradient(lambda x: relu(x)[0] + x[1], lambda x: [relu_grad(x)[0], 1.0], [place * H, 1.0], H)
    assert result.kinks == ()
    assert result.relative_error < 1e-9


SMOOTH = [
    ("x⁴ at its flat minimum", lambda x: x[0] ** 4, [0.0]),
    ("x² at its minimum", lambda x: x[0] ** 2, [0.0]),
    ("x² on the slope of a narrow valley", lambda x: 1e6 * x[0] ** 2, [1e-4]),
    ("x² in a narrow valley", lambda x: 1e6 * x[0] ** 2 + x[1], [0.0, 1.0]),
    ("1 + x⁴ where only rounding is left", lambda x: 1 + x[0] ** 4, [1e-4]),
    ("a large number beside a small slope", lambda x: 1e7 + x[0], [1e-4]),
    ("cosine at its top", lambda x: np.cos(x[0]), [0.0]),
    ("exp", lambda x: np.exp(x[0]), [3.0]),
    ("a constant", lambda x: 7.0, [1.0]),
    ("sigmoid", lambda x: sigmoid(20 * x)[0], [0.1]),
]


@pytest.mark.parametrize(("f", "x"), [row[1:] for row in SMOOTH], ids=[row[0] for row in SMOOTH])
def test_smooth_curve_is_not_reported_as_a_kink(f, x):
    assert check_gradient(f, numerical_gradient(f, x), x).kinks == ()


def test_kinks_of_several_elements_are_all_reported():
    result = check_gradient(lambda x: np.sum(np.abs(x)), np.sign, np.array([0.0, 1.0, -0.0, -2.0]))
    assert result.kinks == ((0,), (2,))


def test_kink_too_small_to_spoil_the_check_is_not_reported():
    assert check_gradient(lambda x: x[0] + 1e-6 * abs(x[1]), [1.0, 0.0], [1.0, 0.0]).kinks == ()


def test_result_of_a_check_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        check_gradient(sum_of_squares, lambda x: 2 * x, [1.0]).relative_error = 0.0


# Norms and clipping -----------------------------------------------------------------------------------------------


def test_gradient_norms_are_their_formula_in_plain_loops():
    grads = [[3.0, -4.0], [0.0], [1.0, 2.0, 2.0]]
    np.testing.assert_allclose(gradient_norms(grads), [loops.norm([g]) for g in grads], rtol=1e-15)


@published("clip-01")
def test_clip_by_norm_gives_the_published_values(case):
    grads, max_norm = case["inputs"]["grads"], case["inputs"]["max_norm"]
    agrees(case, clip_by_global_norm(grads, max_norm)[0])
    agrees(case, [clip_by_norm(g, max_norm) for g in grads])


@published("clip-03")
def test_clip_by_global_norm_gives_the_published_values_and_the_norm_before(case):
    clipped, norm = clip_by_global_norm(case["inputs"]["grads"], case["inputs"]["max_norm"])
    agrees(case, [*np.concatenate(clipped), norm])


@published("clip-05")
def test_norm_after_clipping_is_the_published_one(case):
    after = []
    for max_norm in case["inputs"]["max_norm"]:
        clipped, _ = clip_by_global_norm(case["inputs"]["grads"], max_norm)
        after.append(loops.norm([g.tolist() for g in clipped]))
    agrees(case, after)


@published("clip-07")
def test_norm_is_joint_over_all_arrays(case):
    clipped, _ = clip_by_global_norm(case["inputs"]["grads"], case["inputs"]["max_norm"])
    agrees(case, np.concatenate(clipped))


@bad_input("bad-83")
def test_clipping_refuses_a_gradient_that_is_not_finite_and_names_it(case):
    for bad in (case["input"], [math.nan, 1.0], [-math.inf, 1.0]):
        for function in (lambda grads: clip_by_global_norm(grads, 1.0), gradient_norms):
            with pytest.raises(ValueError, match=rf"^grads\[1\] must be finite, got {bad[0]} at \[0\]$"):
                function([np.ones(2), np.array(bad)])
        with pytest.raises(ValueError, match=rf"^g must be finite, got {bad[0]} at \[0\]$"):
            clip_by_norm(bad, 1.0)


def test_clipping_refuses_a_norm_that_is_too_large_for_a_float():
    for grads in ([np.full(4, 1.7e308)], [np.full(4, 1.7e308), np.ones(2)]):
        with pytest.raises(ValueError, match=r"^grads must have a finite norm, got "):
            clip_by_global_norm(grads, 1.0)


@bad_input("bad-85")
def test_clipping_refuses_a_max_norm_that_is_not_positive(case):
    for bad in (case["input"], -1.0, math.nan, math.inf):
        for clip in (lambda bad: clip_by_global_norm([np.ones(2)], bad), lambda bad: clip_by_norm(np.ones(2), bad)):
            with pytest.raises(ValueError, match=rf"^max_norm must be finite and > 0, got {bad}$"):
                clip(bad)


@bad_input("bad-87")
def test_squares_that_would_overflow_do_not(case):
    clipped, norm = clip_by_global_norm([np.array(case["input"])], 1.0)
    assert norm == pytest.approx(math.sqrt(2) * 1e200)
    np.testing.assert_allclose(clipped[0], [math.sqrt(0.5)] * 2)
    clipped, norm = clip_by_global_norm([np.float32([3e30]), np.float32([4e30])], 1.0)
    assert norm == pytest.approx(5e30)
    np.testing.assert_allclose(np.concatenate(clipped), [0.6, 0.8], rtol=1e-6)


@bad_input("bad-89")
def test_gradient_of_exactly_max_norm_is_unchanged_bit_for_bit(case):
    g = np.array(case["input"])
    assert clip_by_global_norm([g], 5.0)[0][0].tobytes() == g.tobytes()
    assert clip_by_norm(g, 5.0).tobytes() == g.tobytes()


def test_squares_that_would_underflow_do_not():
    assert gradient_norms([[3e-200, 4e-200], [5e-324]]) == pytest.approx([5e-200, 5e-324], rel=1e-12, abs=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clipping_keeps_the_dtype_of_each_array(dtype):
    for max_norm in (0.1, 100):
        clipped, norm = clip_by_global_norm([np.ones(2, dtype), np.ones(1, np.float64)], max_norm)
        assert [g.dtype for g in clipped] == [dtype, np.float64]
        assert type(norm) is float
        assert clip_by_norm(np.ones(2, dtype), max_norm).dtype == dtype


def test_norm_of_many_float32_numbers_is_summed_in_float64():
    g = np.random.default_rng(0).normal(size=2**18).astype(np.float32)
    assert gradient_norms([g])[0] == pytest.approx(np.linalg.norm(g.astype(np.float64)), rel=3e-9)


def test_gradients_of_zeros_and_of_no_elements_stay():
    clipped, norm = clip_by_global_norm([np.zeros((2, 2)), np.zeros((0, 3))], 1.0)
    assert (norm, [g.shape for g in clipped]) == (0.0, [(2, 2), (0, 3)])
    assert gradient_norms([np.zeros(2)]).tolist() == [0.0]


@pytest.mark.parametrize("function", [lambda grads: clip_by_global_norm(grads, 1.0), gradient_norms])
def test_list_of_gradients_is_demanded(function):
    for grads, error, words in [
        (np.ones(2), TypeError, r"^grads must be a list of arrays, got ndarray; write \[grads\] for one array$"),
        (3.0, TypeError, r"^grads must be a list of arrays, got float"),
        ((g for g in [np.ones(2)]), TypeError, r"^grads must be a list of arrays, got generator"),
        ([], ValueError, r"^grads is empty: expected at least one array$"),
        ([np.ones(2), ["a"]], TypeError, r"^grads\[1\] must hold real numbers"),
    ]:
        with pytest.raises(error, match=words):
            function(grads)
    function((np.ones(2),))


one_gradient = arrays(np.float64, array_shapes(max_dims=2, max_side=3), elements=st.floats(-1e6, 1e6))
GRADIENTS = st.lists(one_gradient, min_size=1, max_size=3)


@given(GRADIENTS, st.floats(1e-3, 1e3))
def test_clipping_keeps_the_direction_and_norm_at_most_max_norm(grads, max_norm):
    clipped, norm = clip_by_global_norm(grads, max_norm)
    together, before = (np.concatenate([g.ravel() for g in arrays]) for arrays in (clipped, grads))
    assert norm == pytest.approx(np.linalg.norm(before), rel=1e-12)
    assert np.linalg.norm(together) <= max_norm * (1 + 1e-12)
    np.testing.assert_allclose(together * max(norm, max_norm), before * max_norm, rtol=1e-12, atol=1e-300)


@given(GRADIENTS, st.floats(1, 1e3))
def test_gradient_below_max_norm_is_returned_as_an_equal_copy(grads, factor):
    norm = clip_by_global_norm(grads, 1.0)[1]
    assume(norm > 0)
    clipped, _ = clip_by_global_norm(grads, norm * factor)
    for ours, given_array in zip(clipped, grads, strict=True):
        assert ours.tobytes() == given_array.tobytes()
        assert not np.shares_memory(ours, given_array)


# Gradients of every layer ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "f_grad"), [(sigmoid, sigmoid_grad), (np.tanh, lambda z: 1 - np.tanh(z) ** 2), (np.sin, np.cos)]
)
def test_layer_gradients_are_those_of_finite_differences(f, f_grad):
    rng = np.random.default_rng(3)
    x, sizes = rng.normal(size=(3, 4)), [4, 5, 2, 3]
    weights = [rng.normal(size=shape) for shape in pairwise(sizes)]
    grad = rng.normal(size=(3, 3))
    dz, dW = layer_gradients(x, weights, grad, f, f_grad)

    def loss(_, shifts=(0, 0, 0)):
        a = x
        for W, shift in zip(weights, shifts, strict=True):
            a = f(a @ W + shift)
        return np.sum(grad * a)

    for layer, W in enumerate(weights):
        assert check_gradient(loss, dW[layer], W).relative_error < 1e-8
        shift = np.zeros_like(dz[layer])
        shifted = lambda s, layer=layer: loss(None, [s if i == layer else 0 for i in range(3)])  # noqa: E731
        assert check_gradient(shifted, dz[layer], shift).relative_error < 1e-8


def test_layer_gradients_refuse_a_gradient_of_another_shape():
    with pytest.raises(ValueError, match=r"^grad and the last layer must have the same shape, got grad \(2,\)"):
        layer_gradients(np.ones((2, 3)), [np.ones((3, 4)), np.ones((4, 1))], np.ones(2), relu, relu_grad)


def views_that_overlap():
    """Writable views whose elements share memory: a row twice, a number four times, a window that moves by one."""
    strided = np.lib.stride_tricks.as_strided
    yield strided(np.array([1.0, -2.0, 3.0]), (2, 3), (0, 8))
    yield strided(np.array([1.5]), (4,), (0,))
    yield strided(np.array([1.0, -2.0, 3.0, 4.0]), (3, 2), (8, 8))
    yield strided(np.array([1.0, -2.0, 3.0]), (2, 2), (8, 8)).T


@pytest.mark.parametrize("x", list(views_that_overlap()), ids=lambda x: str(x.strides))
def test_elements_that_share_memory_are_moved_one_by_one_in_a_copy(x):
    before = x.copy()
    np.testing.assert_allclose(numerical_gradient(lambda x: np.sum(x**2), x), 2 * x, rtol=1e-8)
    assert check_gradient(lambda x: np.sum(x**2), lambda x: 2 * x, x).relative_error < 1e-8
    np.testing.assert_array_equal(x, before)


def test_a_gradient_that_f_computes_anew_in_the_same_memory_is_the_one_that_was_given():
    x, grad = np.array([1.0, -2.0, 3.0]), np.array([2.0, -4.0, 6.0])

    def f(x):
        grad[:] = 2 * x + 1
        return x @ x

    assert check_gradient(f, grad, x).relative_error < 1e-9
    assert check_gradient(lambda x: 0.5 * x @ x, x, x).relative_error < 1e-9


@pytest.mark.parametrize(
    ("g", "max_norm"),
    [
        (np.float32([1e30, -2e30]), 1e-30),
        (np.float32([1e38]), 1e-37),
        (np.float32([3.0, 4.0]), 1e-44),
        (np.array([1e300, 1e300]), 1e-300),
        (np.array([1e308]), 5e-324),
        (np.array([3e10, 4e10]), 1e-305),
    ],
)
def test_clipping_by_a_factor_too_small_for_a_float_keeps_norm_and_direction(g, max_norm):
    for clipped in (clip_by_norm(g, max_norm), *clip_by_global_norm([g], max_norm)[0]):
        least = float(np.finfo(g.dtype).smallest_subnormal)
        assert clipped.dtype == g.dtype
        expected = g / np.float64(math.hypot(*map(float, g))) * max_norm
        np.testing.assert_allclose(clipped.astype(np.float64), expected, rtol=1e-6, atol=least)
        assert np.any(clipped != 0)


# Curvature ------------------------------------------------------------------------------------------------------


def test_the_largest_curvature_of_a_relu_network_is_that_of_its_full_hessian():
    x, y = np.random.default_rng(0).normal(size=(12, 3)), np.arange(12) % 2
    model = MLP([3, 4, 2], seed=1)
    theta = model.theta.copy()

    def gradient(theta):
        model.theta = theta
        model.compute_loss((x, y))
        model.backward()
        return model.flat_grad.copy()

    steps = 1e-7 * np.eye(theta.size)
    hessian = np.array([(gradient(theta + step) - gradient(theta - step)) / 2e-7 for step in steps])
    values = np.linalg.eigvalsh((hessian + hessian.T) / 2)
    lam, v = largest_curvature(gradient, theta, np.ones(theta.size), rounds=200)
    assert lam == pytest.approx(values[np.argmax(np.abs(values))], rel=1e-5) and np.linalg.norm(v) == pytest.approx(1)


def test_a_flat_function_has_no_curvature_and_a_search_needs_a_direction():
    assert largest_curvature(np.zeros_like, np.ones(2), np.ones(2))[0] == 0
    for v in (np.zeros(2), np.ones(3), np.array([np.nan, 1.0])):
        with pytest.raises(ValueError, match=r"^v "):
            largest_curvature(np.zeros_like, np.ones(2), v)
