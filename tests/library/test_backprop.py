"""The two-layer network against PyTorch, its input and output; formulas: test_formulas_backprop.py."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle_cases import bad_input

from lessons_lib import backward_pass, compute_loss, forward_pass
from tools.shared import ROOT

GOLDEN = json.loads((ROOT / "tests" / "golden" / "losses_backprop.json").read_text(encoding="utf-8"))["network"]
WEIGHTS = ["W1", "b1", "W2", "b2"]


def network(m=6, inputs=4, hidden=5, outputs=3, seed=0, dtype=np.float64):
    """A batch and weights: x, y_true and a dict of W1, b1, W2, b2."""
    rng = np.random.default_rng(seed)
    shapes = {"W1": (inputs, hidden), "b1": (1, hidden), "W2": (hidden, outputs), "b2": (1, outputs)}
    weights = {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
    x = rng.normal(size=(m, inputs)).astype(dtype)
    return x, rng.integers(0, 2, size=(m, outputs)).astype(dtype), weights


def gradients_of(x, y_true, weights):
    _, cache = forward_pass(x, **weights)
    return backward_pass(x, y_true, cache, weights["W2"])


@pytest.mark.parametrize("flat", [(), ("b1",), ("b2",), ("b1", "b2")])
def test_biases_of_one_dimension_give_the_same_and_gradients_of_their_own_shape(flat):
    x, y_true, weights = network()
    a2, expected = forward_pass(x, **weights)[0], gradients_of(x, y_true, weights)
    weights |= {name: weights[name][0] for name in flat}
    theirs, cache = forward_pass(x, **weights)
    found = backward_pass(x, y_true, cache, weights["W2"])
    np.testing.assert_array_equal(theirs, a2)
    assert sorted(cache) == ["a1", "a2", *(["flat"] if flat else []), "z1", "z2"]
    assert list(found) == list(expected)
    for name in WEIGHTS:
        np.testing.assert_array_equal(found[f"d{name}"].ravel(), expected[f"d{name}"].ravel())
        assert found[f"d{name}"].shape == weights[name].shape
        weights[name] -= 0.1 * found[f"d{name}"]
    # A cache put together by hand is of the sheet's kind.
    found = backward_pass(x, y_true, {name: cache[name] for name in ("z1", "a1", "a2")}, weights["W2"])
    assert (found["db1"].shape, found["db2"].shape) == ((1, 5), (1, 3))


def test_network_gives_the_numbers_of_pytorch():
    inputs = dict(GOLDEN["inputs"])
    y_true = inputs.pop("y_true")
    a2, cache = forward_pass(**inputs)
    np.testing.assert_allclose(a2, GOLDEN["a2"], rtol=1e-13)
    assert float(compute_loss(a2, y_true)) == pytest.approx(GOLDEN["loss"], rel=1e-13)
    grads = backward_pass(inputs["x"], y_true, cache, inputs["W2"])
    assert (sorted(cache), list(grads)) == (["a1", "a2", "z1", "z2"], ["dW2", "db2", "dW1", "db1"])
    assert a2 is cache["a2"]
    for name, expected in GOLDEN["grads"].items():
        np.testing.assert_allclose(grads[name], expected, rtol=1e-12, atol=1e-16, err_msg=name)


def test_large_inputs_give_no_warning():
    x, y_true, weights = network()
    grads = gradients_of(1e4 * x, y_true, weights)
    assert all(np.isfinite(g).all() for g in grads.values())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(dtype):
    x, y_true, weights = network(dtype=dtype)
    a2, cache = forward_pass(x, **weights)
    grads = backward_pass(x, y_true.astype(int), cache, weights["W2"])
    assert {value.dtype for value in [a2, *cache.values(), *grads.values()]} == {np.dtype(dtype)}


def test_lists_and_integers_are_accepted():
    a2, cache = forward_pass([[1, 2]], [[1, 0], [0, 1]], [[0, 0]], [[1], [-1]], [[1]])
    assert a2.tolist() == [[0.5]]
    assert backward_pass([[1, 2]], [[True]], cache, [[1], [-1]])["dW1"].tolist() == [[-0.5, 0.5], [-1.0, 1.0]]


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
def test_gradient_has_the_shape_of_its_weight_and_inputs_are_unchanged(m, inputs, hidden, outputs, seed):
    x, y_true, weights = network(m, inputs, hidden, outputs, seed)
    before = [value.copy() for value in (x, y_true, *weights.values())]
    a2, cache = forward_pass(x, **weights)
    grads = backward_pass(x, y_true, cache, weights["W2"])
    assert a2.shape == y_true.shape
    for name in WEIGHTS:
        assert grads[f"d{name}"].shape == weights[name].shape
    for value, old in zip((x, y_true, *weights.values()), before, strict=True):
        assert value.tobytes() == old.tobytes()
        assert not any(np.shares_memory(value, result) for result in [*cache.values(), *grads.values()])


# Bad input --------------------------------------------------------------------------------------------------------


BAD_X = {
    "bad-37": (np.zeros((5, 3)), r"^x has 3 features, but W1 expects 4$"),
    "bad-39": (np.zeros(4), r"^x must have 2 dimensions, got shape \(4,\); write x\[None, :\]"),
    "bad-41": (np.full((1, 4), np.nan), r"^x must be finite, got nan at \[0, 0\]$"),
}


@bad_input(*BAD_X)
def test_forward_pass_refuses_a_bad_x(case):
    x, words = BAD_X[case["id"]]
    with pytest.raises(ValueError, match=words):
        forward_pass(x, **network()[2])


@bad_input("bad-43")
def test_backward_pass_refuses_the_cache_of_another_batch(case):
    x, y_true, weights = network(m=32)
    _, cache = forward_pass(x, **weights)
    with pytest.raises(ValueError, match=r"got the cached a2 \(32, 3\) and y_true \(16, 3\)$"):
        backward_pass(x[:16], y_true[:16], cache, weights["W2"])
    with pytest.raises(ValueError, match=r"^x has 16 samples, but the cache has 32$"):
        backward_pass(x[:16], y_true, cache, weights["W2"])


BAD_NETWORKS = [
    ("x", np.zeros((0, 4)), r"^x has no samples: got shape \(0, 4\)$"),
    ("W1", np.zeros((4, 6)), r"^W1 gives 6 hidden values, but W2 expects 5$"),
    ("W1", np.zeros(4), r"^W1 must have 2 dimensions, got shape \(4,\)"),
    ("b1", np.zeros(4), r"^b1 must have shape \(1, 5\) or \(5,\), got \(4,\)$"),
    ("b1", 0.0, r"^b1 must have shape \(1, 5\) or \(5,\), got \(\)$"),
    ("b1", np.zeros((5, 1)), r"^b1 must have shape \(1, 5\) or \(5,\), got \(5, 1\)$"),
    ("b1", np.zeros((6, 5)), r"^b1 must have shape \(1, 5\) or \(5,\), got \(6, 5\)$"),
    ("b1", np.zeros((1, 1)), r"^b1 must have shape \(1, 5\) or \(5,\), got \(1, 1\)$"),
    ("W2", np.zeros((6, 3)), r"^W1 gives 5 hidden values, but W2 expects 6$"),
    ("b2", np.zeros((1, 4)), r"^b2 must have shape \(1, 3\) or \(3,\), got \(1, 4\)$"),
]


@pytest.mark.parametrize(("name", "value", "words"), BAD_NETWORKS)
def test_forward_pass_refuses_shapes_that_do_not_fit(name, value, words):
    x, _, weights = network()
    with pytest.raises(ValueError, match=words):
        forward_pass(**{"x": x, **weights, name: value})


def test_backward_pass_refuses_what_does_not_fit_its_cache():
    x, y_true, weights = network()
    _, cache = forward_pass(x, **weights)
    W2 = weights["W2"]
    for arguments, error, words in [
        ((x, y_true[:, :1], cache, W2), ValueError, r"got the cached a2 \(6, 3\) and y_true \(6, 1\)$"),
        ((x, y_true + 1, cache, W2), ValueError, r"^y_true must lie in \[0, 1\], got 2\.0 at "),
        ((x[0], y_true, cache, W2), ValueError, r"^x must have 2 dimensions"),
        ((x, y_true, cache, W2.T), ValueError, r"got W2 \(3, 5\) and what the cache expects \(5, 3\)$"),
        ((x, y_true, cache, W2[0]), ValueError, r"^W2 must have 2 dimensions"),
        ((x, y_true, {"a2": cache["a2"]}, W2), ValueError, r"from forward_pass, but it lacks \['a1', 'z1'\]$"),
        ((x, y_true, None, W2), TypeError, r"^cache must be the dict that forward_pass returned, got NoneType$"),
        (("x", y_true, cache, W2), TypeError, r"^x must hold real numbers"),
    ]:
        with pytest.raises(error, match=words):
            backward_pass(*arguments)


def test_compute_loss_refuses_a_column_beside_a_row():
    with pytest.raises(ValueError, match=r"got y_pred \(3,\) and y_true \(3, 1\)$"):
        compute_loss(np.full(3, 0.5), np.ones((3, 1)))
