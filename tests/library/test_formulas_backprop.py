"""The labelled formulas of chapter 3, each computed once more by plain loops, finite differences or by counting."""

import math
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import reference_loops as loops
from test_backprop import WEIGHTS, network

from lessons_lib import MLP, Node, backward, backward_pass, check_gradient, compute_loss, forward_pass, relu_grad
from lessons_lib.figures.backprop import BATCH

# Sizes that all differ; every unit is on for some samples and off for others.
network = partial(network, m=5, inputs=2, hidden=4, outputs=3)


@pytest.fixture(scope="module")
def passed():
    """Everything of one pass, ours and by loops; dz2, da1 and dz1 are the formulas of the page, from the loops."""
    x, y, p = network()
    _, cache = forward_pass(x, **p)
    z1, a1, z2, p_hat = loops.forward_pass(x.tolist(), *(p[name].tolist() for name in WEIGHTS)).values()
    assert min(map(min, z1)) < 0 < max(map(max, z1))
    cells = range(4)
    dz2 = [[(q - t) / y.size for q, t in zip(qs, ts, strict=True)] for qs, ts in zip(p_hat, y.tolist(), strict=True)]
    da1 = [[sum(row[c] * p["W2"][j, c] for c in range(3)) for j in cells] for row in dz2]
    dz1 = [[da1[i][j] if z1[i][j] > 0 else 0.0 for j in cells] for i in range(len(x))]
    return {
        "x": x, "y": y, "p": p, "cache": cache, "ours": backward_pass(x, y, cache, p["W2"]),
        "z1": z1, "a1": a1, "z2": z2, "a2": p_hat, "dz2": dz2, "da1": da1, "dz1": dz1,
    }  # fmt: skip


def loss_with(passed, name, value):
    arrays = {key: array.tolist() for key, array in passed["p"].items()} | {name: value}
    return loops.binary_cross_entropy(
        loops.forward_pass(passed["x"].tolist(), *(arrays[key] for key in WEIGHTS))["a2"], passed["y"].tolist()
    )


def assert_gradient(passed, name, formula):
    """The formula of the page, the library and central differences of loops agree."""
    numeric = loops.row_slopes(lambda value: loss_with(passed, name, value), passed["p"][name].tolist())
    np.testing.assert_allclose(formula, numeric, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(passed["ours"]["d" + name], formula, rtol=1e-11, atol=1e-15)
    assert passed["ours"]["d" + name].shape == passed["p"][name].shape


def test_eq_forward_1(passed):
    np.testing.assert_allclose(passed["cache"]["z1"], passed["z1"], rtol=1e-12)
    assert passed["cache"]["z1"].shape == (5, 4)


def test_eq_forward_relu(passed):
    np.testing.assert_allclose(passed["cache"]["a1"], passed["a1"], rtol=1e-12)
    assert (passed["cache"]["a1"] == 0).any() and (passed["cache"]["a1"] > 0).any()


def test_eq_forward_2(passed):
    np.testing.assert_allclose(passed["cache"]["z2"], passed["z2"], rtol=1e-12)
    assert passed["cache"]["z2"].shape == (5, 3)


def test_eq_forward_sigmoid(passed):
    np.testing.assert_allclose(passed["cache"]["a2"], passed["a2"], rtol=1e-12)
    y_pred, _ = forward_pass(**{name: value for name, value in BATCH.items() if name != "y_true"})
    np.testing.assert_allclose(y_pred, 3 / 4, rtol=1e-15)  # σ(ln 3)


def test_eq_backprop_loss(passed):
    ours = compute_loss(passed["cache"]["a2"], passed["y"])
    assert ours == pytest.approx(loops.binary_cross_entropy(passed["a2"], passed["y"].tolist()), rel=1e-13)


def test_eq_backprop_dz2(passed):
    y = passed["y"].tolist()
    numeric = loops.row_slopes(lambda z2: loops.binary_cross_entropy_from_logits(z2, y), passed["z2"])
    np.testing.assert_allclose(passed["dz2"], numeric, rtol=1e-6)
    m, k = passed["y"].shape
    np.testing.assert_allclose((passed["cache"]["a2"] - passed["y"]) / (m * k), passed["dz2"], rtol=1e-12)


def test_eq_backprop_dw2(passed):
    a1, dz2 = passed["a1"], passed["dz2"]
    assert_gradient(passed, "W2", [[sum(a1[i][j] * dz2[i][c] for i in range(5)) for c in range(3)] for j in range(4)])


def test_eq_backprop_db2(passed):
    assert_gradient(passed, "b2", [[sum(row[c] for row in passed["dz2"]) for c in range(3)]])


def after_first_layer(passed, relu):
    """The loss as a function of what goes into the second layer, through relu or not."""
    W2, b2, y = passed["p"]["W2"].tolist(), passed["p"]["b2"].tolist(), passed["y"].tolist()

    def loss(rows):
        a1 = [loops.relu(row) for row in rows] if relu else rows
        return loops.binary_cross_entropy_from_logits(loops.layer(a1, W2, b2), y)

    return loss


def test_eq_backprop_da1(passed):
    numeric = loops.row_slopes(after_first_layer(passed, relu=False), passed["a1"])
    np.testing.assert_allclose(passed["da1"], numeric, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(np.array(passed["dz2"]) @ passed["p"]["W2"].T, passed["da1"], rtol=1e-12)


def test_eq_backprop_dz1(passed):
    numeric = loops.row_slopes(after_first_layer(passed, relu=True), passed["z1"])
    np.testing.assert_allclose(passed["dz1"], numeric, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(np.array(passed["da1"]) * relu_grad(passed["cache"]["z1"]), passed["dz1"], rtol=1e-12)


def test_eq_backprop_dw1(passed):
    x, dz1 = passed["x"], passed["dz1"]
    assert_gradient(passed, "W1", [[sum(x[i, n] * dz1[i][j] for i in range(5)) for j in range(4)] for n in range(2)])


def test_eq_backprop_db1(passed):
    assert_gradient(passed, "b1", [[sum(row[j] for row in passed["dz1"]) for j in range(4)]])


@pytest.mark.parametrize(("m", "hidden", "outputs"), [(5, 4, 3), (800, 16, 1), (1, 3, 1)])
def test_eq_backprop_cache(m, hidden, outputs):
    x, y, p = network(m=m, hidden=hidden, outputs=outputs)
    _, cache = forward_pass(x, **p)
    assert sum(value.size for value in cache.values()) == 2 * m * (hidden + outputs)
    thin = {"z1": cache["a1"], "a1": cache["a1"], "a2": cache["a2"]}  # half of it is enough
    full, less = backward_pass(x, y, cache, p["W2"]), backward_pass(x, y, thin, p["W2"])
    assert all(np.array_equal(full[name], less[name]) for name in full)


class Tally(float):
    """A number that counts how often it was multiplied."""

    count = 0

    def __mul__(self, other):
        Tally.count += 1
        return float(self) * float(other)


def products(a, b):
    Tally.count = 0
    rows = [[Tally(v) for v in row] for row in np.asarray(a).tolist()]
    columns = list(zip(*np.asarray(b).tolist(), strict=True))
    result = [[sum(u * v for u, v in zip(row, column, strict=True)) for column in columns] for row in rows]
    return np.array(result), Tally.count


@pytest.mark.parametrize(("m", "sizes"), [(2, [2, 3, 1]), (4, [3, 5, 2]), (3, [4, 4, 4, 4, 2])])
def test_eq_backprop_cost(m, sizes):
    rng = np.random.default_rng(0)
    a, inputs, there = rng.normal(size=(m, sizes[0])), [], 0
    weights = [rng.normal(size=pair) for pair in pairwise(sizes)]
    for W in weights:
        inputs.append(a)
        a, count = products(a, W)
        there += count
    dz, back = a, 0
    for layer in reversed(range(len(weights))):
        _, count = products(inputs[layer].T, dz)
        back += count
        if layer > 0:
            dz, count = products(dz, weights[layer].T)
            back += count
    assert there == m * sum(s * t for s, t in pairwise(sizes))
    assert back == 2 * there - m * sizes[0] * sizes[1] < 2 * there


def sheet_gradients(x, y, p):
    """The backward pass as the sheet has it: every sum over the batch divided by m."""
    a2, cache = forward_pass(x, **p)
    m, dz2 = len(x), a2 - y
    dz1 = dz2 @ p["W2"].T * (cache["z1"] > 0)
    return {"dW2": cache["a1"].T @ dz2 / m, "db2": dz2.sum(0, keepdims=True) / m,
            "dW1": x.T @ dz1 / m, "db1": dz1.sum(0, keepdims=True) / m}  # fmt: skip


@pytest.mark.parametrize("outputs", [1, 2, 3, 10])
def test_eq_backprop_sheet_factor(outputs):
    x, y, p = network(m=4, outputs=outputs)
    sheet, ours = sheet_gradients(x, y, p), backward_pass(x, y, forward_pass(x, **p)[1], p["W2"])
    for name in WEIGHTS:
        np.testing.assert_allclose(sheet["d" + name], outputs * ours["d" + name], rtol=1e-12, atol=1e-15)
        result = check_gradient(lambda v, name=name: compute_loss(forward_pass(x, **p | {name: v})[0], y),
                                sheet["d" + name], p[name])  # fmt: skip
        assert result.relative_error == pytest.approx(1 - 1 / outputs, abs=1e-7)
        assert result.analytic == pytest.approx(outputs * result.numeric, rel=1e-6, abs=1e-9)


def early_step(x, y, p, lr):
    """The faulty step of the chapter: W2 is replaced before the first layer has used it."""
    a2, cache = forward_pass(x, **p)
    dz2 = (a2 - y) / y.size
    W2 = p["W2"] - lr * cache["a1"].T @ dz2
    da1 = dz2 @ W2.T
    return W2, da1, p["W1"] - lr * x.T @ (da1 * (cache["z1"] > 0))


@pytest.mark.parametrize("lr", [1.0, 0.1, 0.01])
def test_eq_backprop_early(passed, lr):
    x, y, p = passed["x"], passed["y"], passed["p"]
    _, da1, W1 = early_step(x, y, p, lr)
    dz2, dW2 = np.array(passed["dz2"]), passed["ours"]["dW2"]
    extra = [[sum(dz2[i, c] * dW2[j, c] for c in range(3)) for j in range(4)] for i in range(5)]
    np.testing.assert_allclose(da1, np.array(passed["da1"]) - lr * np.array(extra), rtol=1e-12)
    wrong = np.linalg.norm((p["W1"] - W1) / lr - passed["ours"]["dW1"])
    _, _, W1_at_one = early_step(x, y, p, 1.0)
    assert wrong == pytest.approx(lr * np.linalg.norm(p["W1"] - W1_at_one - passed["ours"]["dW1"]), rel=1e-9)
    assert wrong > 1e-4 * lr


# ---- the numbers that are worked by hand on the page -----------------------------------------------------------------


def test_the_batch_of_the_page_is_what_was_worked_by_hand():
    x, y, W1, b1, W2, b2 = (np.array(BATCH[name]) for name in ("x", "y_true", "W1", "b1", "W2", "b2"))
    a2, cache = forward_pass(x, W1, b1, W2, b2)
    assert cache["z1"].tolist() == [[2, -2, 1], [1, 1, -2]]
    assert cache["a1"].tolist() == [[2, 0, 1], [1, 1, 0]]
    np.testing.assert_allclose(cache["z2"], math.log(3))
    assert float(compute_loss(a2, y)) == pytest.approx(-math.log(3 / 16) / 2) == pytest.approx(0.837, abs=5e-4)
    grads = backward_pass(x, y, cache, W2)
    np.testing.assert_allclose(grads["dW2"], [[0.125], [0.375], [-0.125]])
    np.testing.assert_allclose(grads["db2"], [[0.25]])
    np.testing.assert_allclose(grads["dW1"], [[0.125, -0.375, 0.5], [-0.5, 0.375, 0.25]])
    np.testing.assert_allclose(grads["db1"], [[0.25, -0.375, 0.25]])


def test_the_scalar_graph_of_chapter_1_gives_the_gradients_of_the_batch():
    x, y, W1, b1, W2, b2 = (BATCH[name] for name in ("x", "y_true", "W1", "b1", "W2", "b2"))
    nodes = [[[Node(v) for v in row] for row in matrix] for matrix in (W1, b1, W2, b2)]
    V1, c1, V2, c2 = nodes
    total = Node(0.0)
    for row, (target,) in zip(x, y, strict=True):
        hidden = [(row[0] * V1[0][j] + row[1] * V1[1][j] + c1[0][j]).relu() for j in range(3)]
        p = sum((hidden[j] * V2[j][0] for j in range(3)), c2[0][0]).sigmoid()
        total = total - (p.log() if target else (1 - p).log())
    backward(total / 2)
    _, cache = forward_pass(x, W1, b1, W2, b2)
    grads = backward_pass(x, y, cache, W2)
    for name, matrix in zip(WEIGHTS, nodes, strict=True):
        np.testing.assert_allclose([[node.grad for node in row] for row in matrix], grads["d" + name], rtol=1e-12)


def test_a_network_of_zeros_never_wakes():
    x, y, p = network(m=6, outputs=1)
    p |= {"W1": np.zeros((2, 4)), "b1": np.zeros((1, 4))}
    _, cache = forward_pass(x, **p)
    grads = backward_pass(x, y, cache, p["W2"])
    assert not grads["dW1"].any() and not grads["db1"].any() and not grads["dW2"].any() and grads["db2"].any()


def descended(p, x, y, steps):
    for _ in range(steps):
        gradients = backward_pass(x, y, forward_pass(x, **p)[1], p["W2"])
        p = {name: p[name] - gradients["d" + name] for name in WEIGHTS}
    return p


def test_equal_units_stay_equal_and_compute_what_one_of_them_does():
    x, y, _ = network(m=20, outputs=2)
    one = {"W1": np.array([[0.5], [-0.3]]), "b1": np.full((1, 1), 0.2), "W2": np.array([[0.4, 0.1]]),
           "b2": np.zeros((1, 2))}  # fmt: skip
    four = {"W1": np.repeat(one["W1"], 4, 1), "b1": np.repeat(one["b1"], 4, 1), "W2": np.repeat(one["W2"], 4, 0),
            "b2": one["b2"]}  # fmt: skip
    four = descended(four, x, y, steps=50)
    for name, axis in (("W1", 1), ("b1", 1), ("W2", 0)):
        assert np.ptp(four[name], axis=axis).max() < 1e-12
    single = {"W1": four["W1"][:, :1], "b1": four["b1"][:, :1], "W2": 4 * four["W2"][:1], "b2": four["b2"]}
    np.testing.assert_allclose(forward_pass(x, **four)[0], forward_pass(x, **single)[0], rtol=1e-9)
    assert not np.allclose(four["W1"], 0.5)


def test_units_that_differ_wake_although_the_second_layer_is_zero():
    x, y, p = network(m=20)
    p = descended(p | {"W2": np.zeros((4, 3))}, x, y, steps=5)
    assert np.linalg.matrix_rank(p["W1"]) == 2 and len(np.unique(p["W2"].round(6), axis=0)) == 4


def test_quiz_numbers():
    a1, dz2 = np.array([[3.0, 0.0], [1.0, 2.0]]), (np.array([[0.8], [0.4]]) - [[1], [0]]) / 2
    assert (a1.T @ dz2)[0, 0] == pytest.approx(-0.1)
    assert 12 * 0.01 == pytest.approx(0.12)
    assert MLP([64] * 10 + [10]).theta.size * 2 == 76180
