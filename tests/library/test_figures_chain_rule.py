"""The figures of chapter 1 show the numbers that the chain rule gives, and refuse what they cannot draw."""

from functools import partial

import pytest
from figure_checks import words

from lessons_lib import Node, backward
from lessons_lib.figures.chain_rule import fork, graph, matrix_shapes, number_lines


def example():
    x = Node(1.0, name="x")
    a = (2 * x).named("a")
    g = (a + 1).named("g")
    y = (g**3).named("y")
    backward(y)
    return y


FIGURES = {
    "number_lines": number_lines,
    "fork": fork,
    "matrix_shapes": matrix_shapes,
    "graph": lambda: graph(example()),
}
EXTREMES = [*(partial(number_lines, x) for x in (-1.5, 0.0, 1.0)), *(partial(fork, x) for x in (-1.0, 3.5))]


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (1.5, ["x = 1,5", "g = 1,25", "y = 0,781", "dg/dx = 3", "dy/dg = 1,25", "dy/dx = 1,25 · 3 = 3,75"]),
        (-0.5, ["dg/dx = −1", "dy/dg = −0,75", "dy/dx = −0,75 · (−1) = 0,75"]),
        (0.0, ["dg/dx = 0", "dy/dx = −1 · 0 = 0"]),
        (1.0, ["dy/dg = 0", "dy/dx = 0 · 2 = 0"]),
    ],
)
def test_number_lines_show_both_factors_and_their_product(x, said):
    assert set(said) <= set(words(number_lines(x)))


@pytest.mark.parametrize(("x", "what"), [(1.5, "туди ж"), (0.5, "розвернулася"), (-1.0, "в точку"), (0.0, "в точку")])
def test_number_lines_say_what_happens_to_the_arrow(x, what):
    assert what in number_lines(x).alt


def test_graph_shows_value_gradient_and_factor_of_the_worked_example():
    found = words(graph(example()))
    assert [word for word in found if word.startswith("×")] == ["×2", "×1", "×27"]
    assert {"x", "a = 2 · x", "g = a + 1", "y = g³"} <= set(found)
    assert found.count("27") == 3  # value of y, gradients of a and g
    assert "x: значення 1, градієнт 54" in graph(example()).alt


def test_graph_draws_both_uses_of_a_node_that_was_used_twice():
    a = Node(3.0, name="a")
    b = (a + a).named("b")
    backward(b)
    assert words(graph(b)).count("×1") == 2


def test_graph_draws_an_edge_that_passes_a_column():
    x = Node(3.0, name="x")
    y = (x**2 + x).named("y")
    backward(y)
    assert {"×6", "×1", "7"} <= set(words(graph(y)))


@pytest.mark.parametrize(
    ("made", "title"),
    [
        (lambda x: (x * 3).sigmoid(), "σ(3 · x)"),
        (lambda x: x.exp() + 1, "exp(x) + 1"),
        (lambda x: x - 2, "x − 2"),
        (lambda x: x**-1, "x⁻¹"),
        (lambda x: x**0.5, "x^0.5"),
        (lambda x: x * -2, "(−2) · x"),
        (lambda x: (x * 3 + 1) * x, "… · x"),
    ],
)
def test_graph_names_what_has_no_name_by_its_operation(made, title):
    node = made(Node(0.5, name="x"))
    backward(node)
    assert title in words(graph(node))


def test_graph_refuses_what_is_not_a_graph_or_too_large():
    with pytest.raises(TypeError, match="output must be a Node"):
        graph(3.0)
    node = Node(1.0, name="x")
    for _ in range(6):
        node = node.exp() * 0.1
    with pytest.raises(ValueError, match="columns"):
        graph(node)
    with pytest.raises(ValueError, match="no input has a name"):
        graph(Node(2.0) * Node(3.0))
    node = Node(0.0, name="x")
    for _ in range(5000):  # more paths than atoms in the world: the refusal must not walk them
        node = node + node
    with pytest.raises(ValueError, match="5001 columns"):
        graph(node)


@pytest.mark.parametrize(
    ("x", "said"),
    [(1.0, "∂L/∂x = −4 + 1 = −3"), (2.0, "∂L/∂x = −4 + 4 = 0"), (0.0, "∂L/∂x = 0 + 0 = 0"), (3.0, "∂L/∂x = 0 + 9 = 9")],
)
def test_fork_adds_what_the_two_paths_bring(x, said):
    assert said in words(fork(x))


def test_matrix_shapes_fit_side_by_side():
    found = words(matrix_shapes(m=4))
    assert {"a1ᵀ 3×4", "dz2 4×1", "dW2 3×1", "W2ᵀ 1×3", "da1 4×3", "xᵀ 2×4", "dz1 4×3", "dW1 2×3"} <= set(found)
