"""The labelled formulas of chapter 1, each computed once more without the function that the chapter shows for it."""

import cmath
import math

import numpy as np
import pytest
from reference_loops import jacobian, row_slopes, slope

from lessons_lib.activations import sigmoid_grad
from lessons_lib.backprop import backward_pass, forward_pass
from lessons_lib.chain_rule import Dual, Node, backward
from lessons_lib.figures.backprop import EXAMPLE

POINTS = [-1.5, -0.3, 0.2, 1.0, 2.7]


def gradient_of(expression, x):
    node = Node(x)
    backward(expression(node))
    return node.grad


@pytest.mark.parametrize("x", POINTS)
def test_eq_chain_rule(x):
    product = slope(math.exp, x**2 - 1) * slope(lambda x: x**2 - 1, x)
    assert product == pytest.approx(slope(lambda x: math.exp(x**2 - 1), x), rel=1e-6)
    assert gradient_of(lambda x: (x**2 - 1).exp(), x) == pytest.approx(product, rel=1e-6)


def test_eq_chain_rule_takes_the_outer_slope_at_g():
    assert gradient_of(lambda x: (3 * x + 2) ** 2, 1.0) == 30.0  # 2·5·3; at x itself it would be 2·1·3


@pytest.mark.parametrize("x", POINTS)
def test_eq_long_chain(x):
    h, g = 2 * x + 1, (2 * x + 1) ** 2
    product = slope(lambda g: 1 / (g + 1), g) * slope(lambda h: h**2, h) * slope(lambda x: 2 * x + 1, x)
    assert product == pytest.approx(slope(lambda x: 1 / ((2 * x + 1) ** 2 + 1), x), rel=1e-6, abs=1e-9)
    assert gradient_of(lambda x: 1 / ((2 * x + 1) ** 2 + 1), x) == pytest.approx(product, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("x", [*POINTS, 1.0])
def test_eq_cube_by_hand(x):
    expanded = 24 * x**2 + 24 * x + 6  # of 8x³ + 12x² + 6x + 1, term by term
    assert 6 * (2 * x + 1) ** 2 == pytest.approx(expanded)
    assert gradient_of(lambda x: (2 * x + 1) ** 3, x) == pytest.approx(expanded)
    assert gradient_of(lambda x: (2 * x + 1) ** 3, 1.0) == 54.0


@pytest.mark.parametrize("x", POINTS)
def test_eq_fork(x):
    def loss(u, v, w):
        return u * v + math.exp(v) * w

    def routes(x):
        return x**2, x - 3, 2 * x + 1

    at = routes(x)
    total = 0.0
    for i in range(3):
        along_u = slope(lambda value, i=i: loss(*(value if j == i else at[j] for j in range(3))), at[i])
        total += along_u * slope(lambda x, i=i: routes(x)[i], x)
    assert total == pytest.approx(slope(lambda x: loss(*routes(x)), x), rel=1e-6)
    assert gradient_of(lambda x: x**2 * (x - 3) + (x - 3).exp() * (2 * x + 1), x) == pytest.approx(total, rel=1e-6)


def test_eq_fork_worked_on_the_page():
    assert gradient_of(lambda x: x**2 * (x - 3), 1.0) == 3 * 1.0**2 - 6 * 1.0 == -3.0
    assert gradient_of(lambda x: x**2 * (x - 3), 2.0) == 0.0


@pytest.mark.parametrize("z", POINTS)
def test_eq_sigmoid_slope(z):
    def sigma(z):
        return 1 / (1 + math.exp(-z))

    s = math.exp(-z)
    t = 1 + s
    links = (-(t**-2)) * 1 * (-s)
    assert links == pytest.approx(sigma(z) * (1 - sigma(z)), rel=1e-12)
    assert slope(sigma, z) == pytest.approx(links, rel=1e-8)
    assert float(sigmoid_grad(z)) == pytest.approx(links, rel=1e-12)
    assert float(sigmoid_grad(0.0)) == 0.25 >= links


def small_network():
    rng = np.random.default_rng(3)
    shapes = {"x": (4, 2), "W1": (2, 3), "b1": (1, 3), "W2": (3, 1), "b2": (1, 1)}
    arrays = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return arrays, np.array([[1.0], [0.0], [1.0], [1.0]])


def test_eq_layered():
    arrays, y_true = small_network()
    x, b1, W2, b2 = (arrays[name].tolist() for name in ("x", "b1", "W2", "b2"))
    m = len(x)

    def a1_of(w):
        rows = [w[:3], w[3:]]
        return [max(0.0, sum(x[i][k] * rows[k][j] for k in range(2)) + b1[0][j]) for i in range(m) for j in range(3)]

    def z2_of(a1):
        return [sum(a1[3 * i + j] * W2[j][0] for j in range(3)) + b2[0][0] for i in range(m)]

    def y_of(z2):
        return [1 / (1 + math.exp(-z)) for z in z2]

    def loss_of(y):
        pairs = zip(y, y_true[:, 0].tolist(), strict=True)
        return [-sum(math.log(p) if t else math.log(1 - p) for p, t in pairs) / m]

    w = arrays["W1"].ravel().tolist()
    a1, z2, y = a1_of(w), z2_of(a1_of(w)), y_of(z2_of(a1_of(w)))
    factors = [jacobian(loss_of, y), jacobian(y_of, z2), jacobian(z2_of, a1), jacobian(a1_of, w)]
    assert [(len(f), len(f[0])) for f in factors] == [(1, m), (m, m), (m, 3 * m), (3 * m, 6)]
    chained = np.linalg.multi_dot(factors)[0]
    direct = jacobian(lambda w: loss_of(y_of(z2_of(a1_of(w)))), w)[0]
    assert chained == pytest.approx(direct, rel=1e-6, abs=1e-9)

    _, cache = forward_pass(**arrays)
    assert backward_pass(arrays["x"], y_true, cache, arrays["W2"])["dW1"].ravel() == pytest.approx(
        chained, rel=1e-6, abs=1e-9
    )


def layer():
    """z = a W + b of unlike sizes with a loss Σ c z², written with loops; and dz = 2 c z."""
    rng = np.random.default_rng(5)
    a, W, b, c = (rng.normal(size=shape).tolist() for shape in ((4, 2), (2, 3), (3,), (4, 3)))

    def z_of(a, W, b):
        return [[sum(a[i][k] * W[k][j] for k in range(2)) + b[j] for j in range(3)] for i in range(4)]

    def loss(a, W, b):
        z = z_of(a, W, b)
        return sum(c[i][j] * z[i][j] ** 2 for i in range(4) for j in range(3))

    dz = [[2 * c[i][j] * value for j, value in enumerate(row)] for i, row in enumerate(z_of(a, W, b))]
    return a, W, b, dz, loss


def test_eq_grad_weights():
    a, W, b, dz, loss = layer()
    np.testing.assert_allclose(np.array(a).T @ np.array(dz), row_slopes(lambda W: loss(a, W, b), W), rtol=1e-6)


def test_eq_grad_input():
    a, W, b, dz, loss = layer()
    np.testing.assert_allclose(np.array(dz) @ np.array(W).T, row_slopes(lambda a: loss(a, W, b), a), rtol=1e-6)


def test_eq_grad_bias():
    a, W, b, dz, loss = layer()
    sums = [sum(row[j] for row in dz) for j in range(3)]
    assert sums == pytest.approx(row_slopes(lambda row: loss(a, W, row[0]), [b])[0], rel=1e-6)


def test_eq_grad_elementwise():
    z = [[-1.0, 0.5], [2.0, -0.1]]
    weights = [[1.0, -2.0], [0.5, 3.0]]

    def loss(z):
        return sum(weights[i][j] * max(0.0, z[i][j]) ** 2 for i in range(2) for j in range(2))

    expected = [[2 * weights[i][j] * max(0.0, z[i][j]) * (z[i][j] > 0) for j in range(2)] for i in range(2)]
    np.testing.assert_allclose(expected, row_slopes(loss, z), atol=1e-8)

    arrays, y_true = small_network()
    _, cache = forward_pass(**arrays)
    dz2 = (cache["a2"] - y_true) / 4
    dz1 = [[dz2[i, 0] * arrays["W2"][j, 0] * (cache["z1"][i, j] > 0) for j in range(3)] for i in range(4)]
    found = backward_pass(arrays["x"], y_true, cache, arrays["W2"])["db1"][0]
    assert found == pytest.approx([sum(row[j] for row in dz1) for j in range(3)])


@pytest.mark.parametrize("t", POINTS)
def test_eq_dual(t):
    u, v = (t**2 - 1, 2 * t), (math.exp(t), math.exp(t))  # value, slope
    product = Dual(*u) * Dual(*v)
    assert float(product.value) == pytest.approx(u[0] * v[0], rel=1e-14)
    assert float(product.slope) == pytest.approx(slope(lambda t: (t**2 - 1) * math.exp(t), t), rel=1e-7)
    through = Dual(*u).through(np.cos, lambda u: -np.sin(u))
    assert float(through.value) == pytest.approx(math.cos(u[0]), rel=1e-14)
    assert float(through.slope) == pytest.approx(slope(lambda t: math.cos(t**2 - 1), t), rel=1e-7)
    assert float((Dual(*u) + Dual(*v) + 3.0).slope) == u[1] + v[1]


def test_one_forward_pass_gives_the_slope_along_any_direction():
    arrays, _ = small_network()
    toward = np.random.default_rng(4).normal(size=(2, 3))

    def z2(W1):
        return np.maximum(arrays["x"] @ W1 + arrays["b1"], 0) @ arrays["W2"]

    z1 = Dual(arrays["x"]) @ Dual(arrays["W1"], toward) + arrays["b1"]
    pushed = z1.through(lambda z: np.maximum(z, 0), lambda z: 1.0 * (z > 0)) @ arrays["W2"]
    np.testing.assert_allclose(pushed.value, z2(arrays["W1"]), rtol=1e-14)
    for i in range(4):
        assert pushed.slope[i, 0] == pytest.approx(slope(lambda h, i=i: z2(arrays["W1"] + h * toward)[i, 0], 0.0))


def test_a_dual_number_refuses_what_it_cannot_carry():
    with pytest.raises(ValueError, match=r"got value \(3,\) and slope \(3, 1\)"):
        Dual(np.ones(3), np.ones((3, 1)))
    with pytest.raises(TypeError, match="value must hold real numbers"):
        Dual(1.0, 1.0) * "2"


def test_eq_complex_step():
    assert cmath.exp(1 + 1e-20j).imag / 1e-20 == pytest.approx(math.e, rel=1e-15)
    errors = [abs(cmath.exp(1 + 1j * h).imag / h - math.e) for h in (1e-1, 1e-2, 1e-3)]
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.01)  # the rest is of the order h²
    assert errors[1] / errors[2] == pytest.approx(100, rel=0.01)


def test_example_of_the_page_is_what_was_worked_by_hand():
    x, y_true, W1, b1, W2, b2 = (np.array(EXAMPLE[name]) for name in ("x", "y_true", "W1", "b1", "W2", "b2"))
    a2, cache = forward_pass(x, W1, b1, W2, b2)
    assert (cache["z1"].tolist(), cache["a1"].tolist()) == ([[2.0, -2.0, 1.0]], [[2.0, 0.0, 1.0]])
    assert (cache["z2"].tolist(), a2.tolist()) == ([[0.0]], [[0.5]])
    gradients = backward_pass(x, y_true, cache, W2)
    assert gradients["dW2"].tolist() == [[-1.0], [0.0], [-0.5]]
    assert gradients["dW1"].tolist() == [[-0.25, 0.0, 0.5], [-0.5, 0.0, 1.0]]
