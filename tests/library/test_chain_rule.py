"""The graph of numbers: every operation against central differences, forks, order, deep chains, errors."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons_lib import Node, backward, numerical_gradient, topological_order

# name, the same expression for nodes and for floats, points where it is smooth
OPERATIONS = [
    ("a + b", lambda a, b: a + b, [(2.0, 3.0), (-1.5, 0.0)]),
    ("a - b", lambda a, b: a - b, [(2.0, 3.0), (-1.5, 0.0)]),
    ("a · b", lambda a, b: a * b, [(2.0, 3.0), (0.0, -4.0)]),
    ("a / b", lambda a, b: a / b, [(2.0, 3.0), (-1.0, -0.5), (0.0, 2.0)]),
    ("-a", lambda a, b: -a, [(2.0, 3.0)]),
    ("a + number", lambda a, b: a + 5, [(2.0, 3.0)]),
    ("number + a", lambda a, b: 5 + a, [(2.0, 3.0)]),
    ("number - a", lambda a, b: 5 - a, [(2.0, 3.0)]),
    ("a - number", lambda a, b: a - 5, [(2.0, 3.0)]),
    ("number · a", lambda a, b: 5 * a, [(2.0, 3.0)]),
    ("a · number", lambda a, b: a * 5, [(2.0, 3.0)]),
    ("number / a", lambda a, b: 5 / a, [(2.0, 3.0), (-0.5, 0.0)]),
    ("a / number", lambda a, b: a / 5, [(2.0, 3.0)]),
    ("a²", lambda a, b: a**2, [(3.0, 0.0), (-2.0, 0.0), (0.0, 0.0)]),
    ("a³", lambda a, b: a**3, [(2.0, 0.0), (-2.0, 0.0)]),
    ("a^1", lambda a, b: a**1, [(2.0, 0.0), (0.0, 0.0)]),
    ("a^1.5", lambda a, b: a**1.5, [(2.0, 0.0)]),
    ("a^0.5", lambda a, b: a**0.5, [(2.0, 0.0)]),
    ("a^-2", lambda a, b: a**-2, [(2.0, 0.0), (-2.0, 0.0)]),
    ("a^0", lambda a, b: a**0, [(2.0, 0.0), (0.0, 0.0), (-1.0, 0.0)]),
    ("a·a + a", lambda a, b: a * a + a, [(3.0, 0.0)]),
    ("(a + b)(a - b)/b", lambda a, b: (a + b) * (a - b) / b, [(2.0, 3.0), (-1.0, 0.5)]),
]

# name, node method, the function in plain Python, points
FUNCTIONS = [
    ("exp", Node.exp, math.exp, [-3.0, 0.0, 2.0]),
    ("log", Node.log, math.log, [0.1, 1.0, 5.0]),
    ("relu", Node.relu, lambda a: max(0.0, a), [-2.0, 0.5, 3.0]),
    ("sigmoid", Node.sigmoid, lambda a: 1 / (1 + math.exp(-a)), [-4.0, 0.0, 3.0]),
]


@pytest.mark.parametrize(("f", "points"), [row[1:] for row in OPERATIONS], ids=[row[0] for row in OPERATIONS])
def test_operation_gives_its_value_and_both_slopes(f, points):
    for at in points:
        a, b = (Node(value) for value in at)
        result = f(a, b)
        backward(result)
        assert result.value == pytest.approx(f(*at), rel=1e-15)
        slopes = numerical_gradient(lambda x: f(x[0], x[1]), list(at))
        assert [a.grad, b.grad] == pytest.approx(slopes, rel=1e-8, abs=1e-9), at


@pytest.mark.parametrize(("method", "f", "points"), [row[1:] for row in FUNCTIONS], ids=[row[0] for row in FUNCTIONS])
def test_function_gives_its_value_and_slope(method, f, points):
    for at in points:
        a = Node(at)
        result = method(a)
        backward(result)
        assert result.value == pytest.approx(f(at), rel=1e-14)
        slope = numerical_gradient(lambda x: f(float(x)), np.array(at))
        assert a.grad == pytest.approx(slope, rel=1e-8, abs=1e-10), at


def test_slope_of_relu_at_0_is_0():
    for zero in (0.0, -0.0):
        a = Node(zero)
        backward(a.relu())
        assert a.grad == 0.0


@pytest.mark.parametrize("a", [-1e4, 1e4, -745.0, 710.0])
def test_sigmoid_of_a_large_number_does_not_overflow(a):
    node = Node(a)
    backward(node.sigmoid())
    assert 0 <= node.grad < 1e-300
    assert node.sigmoid().value == pytest.approx(float(a > 0))


def test_slope_of_sigmoid_does_not_round_to_0_for_large_values():
    a = Node(40.0)
    backward(a.sigmoid())
    assert a.grad == pytest.approx(math.exp(-40), rel=1e-12, abs=0)


def test_node_remembers_how_it_was_made():
    a, b = Node(2.0, name="a"), Node(5.0)
    product = (a * b).named("p")
    assert (product.name, product.operation) == ("p", "·")
    assert product.parents == (a, b)
    assert product.local_gradients == (5.0, 2.0)
    assert (a.name, a.operation, a.parents, a.local_gradients) == ("a", "", (), ())
    operations = [(a + b), a**2, a**0.5, a.exp(), a.log(), a.relu(), a.sigmoid()]
    assert [node.operation for node in operations] == ["+", "^2", "^0.5", "exp", "log", "relu", "σ"]


def test_node_shows_its_name_value_and_gradient():
    x = Node(0.5, name="x")
    backward(3 * x)
    assert repr(x) == "Node(x = 0.5, grad=3)"
    assert repr(Node(2)) == "Node(2, grad=0)"


# The way back ---------------------------------------------------------------------------------------------------


def test_gradients_add_where_a_node_forks():
    x = Node(3.0)
    left, right = x**2, 5 * x
    backward(left * right)  # 5 x³
    assert x.grad == 15 * 9
    assert (left.grad, right.grad) == (15.0, 9.0)


def test_second_backward_does_not_accumulate():
    x = Node(3.0)
    y = x**2 + x
    for _ in range(3):
        backward(y)
        assert (x.grad, y.grad) == (7.0, 1.0)


def test_backward_from_another_output_starts_afresh():
    x = Node(3.0)
    inner = x * 2
    outer = inner * 5
    backward(outer)
    backward(inner)
    assert (x.grad, inner.grad) == (2.0, 1.0)


def test_nodes_outside_the_graph_keep_their_gradient():
    x, other = Node(3.0), Node(1.0)
    backward(other * 4)
    backward(x * 2)
    assert other.grad == 4.0


def test_paths_through_a_ladder_of_forks_are_all_counted():
    """Every rung doubles the number of paths: 2^60 of them, each node visited once."""
    x = Node(1.0)
    node = x
    for _ in range(60):
        node = node + node
    backward(node)
    assert x.grad == 2.0**60


def test_chain_of_100000_nodes_is_no_problem():
    x = Node(1.0)
    node = x
    for _ in range(100_000):
        node = node + 1e-5
    backward(node)
    assert x.grad == 1.0
    assert node.value == pytest.approx(2.0)


def test_parents_come_before_their_children():
    x, y = Node(2.0), Node(3.0)
    output = (x * y + x).exp() / y
    order = topological_order(output)
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is output
    assert all(place[parent] < place[node] for node in order for parent in node.parents)
    assert {x, y} <= set(order)


def test_order_is_the_same_each_time_and_goes_left_to_right():
    a, b, c = (Node(1.0, name=name) for name in "abc")
    output = (a * b) + c
    assert [node.name or node.operation for node in topological_order(output)] == ["a", "b", "·", "c", "+"]
    assert topological_order(output) == topological_order(output)


@given(st.lists(st.tuples(st.sampled_from("+*-sr"), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12))
def test_random_graph_agrees_with_central_differences(steps):
    """Node i is made from two earlier ones by the operation of step i."""

    def graph(values, node):
        made = [node(value) for value in values]
        for operation, i, j in steps:
            a, b = made[i % len(made)], made[j % len(made)]
            made.append(
                {
                    "+": lambda a=a, b=b: a * 0.5 + b * 0.25,
                    "*": lambda a=a, b=b: a * b * 0.5,
                    "-": lambda a=a, b=b: a - b,
                    "s": lambda a=a: sigmoid(a),
                    "r": lambda a=a, b=b: a / (b * b + 1.0),
                }[operation]()
            )
        return made

    def sigmoid(a):
        return a.sigmoid() if isinstance(a, Node) else 1 / (1 + math.exp(-a))

    point = [0.7, -1.3, 0.4]
    made = graph(point, Node)
    backward(made[-1])
    reached = set(topological_order(made[-1]))
    slopes = numerical_gradient(lambda x: graph(x.tolist(), float)[-1], point)
    assert [node.grad if node in reached else 0.0 for node in made[:3]] == pytest.approx(slopes, rel=1e-6, abs=1e-7)


# Errors -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Node("3"), TypeError, r"^value must be a number, got '3'$"),
        (lambda: Node(True), TypeError, r"^value must be a number, got True$"),
        (lambda: Node(math.nan), ValueError, r"^value must be finite, got nan$"),
        (lambda: Node(math.inf), ValueError, r"^value must be finite, got inf$"),
        (lambda: Node(1e200) * Node(1e200), ValueError, r"^value must be finite, got inf$"),
        (lambda: Node(1.0) + "a", TypeError, r"^value must be a number, got 'a'$"),
        (lambda: Node(1.0) * np.ones(2), TypeError, r"^value must be a number, got array"),
        (lambda: Node(1.0) ** Node(2.0), TypeError, r"^power must be a number, got Node"),
        (lambda: Node(1.0) / 0, ValueError, r"^division by a node whose value is 0$"),
        (lambda: 1 / Node(0.0), ValueError, r"^division by a node whose value is 0$"),
        (lambda: Node(0.0).log(), ValueError, r"^log expects a value > 0, got 0\.0$"),
        (lambda: Node(-1.0).log(), ValueError, r"^log expects a value > 0, got -1\.0$"),
        (lambda: Node(0.0) ** 0.5, ValueError, r"^0 has no derivative to the power 0\.5; expected a power >= 1$"),
        (lambda: Node(0.0) ** -1, ValueError, r"^0 has no derivative to the power -1; expected a power >= 1$"),
        (lambda: Node(-2.0) ** 0.5, ValueError, r"^-2\.0 to the power 0\.5 is not real; expected a whole power$"),
        (lambda: Node(1000.0).exp(), ValueError, r"^exp\(1000\.0,\) is too large for a float$"),
        (lambda: Node(10.0) ** 400, ValueError, r"^pow\(10\.0, 399\.0\) is too large for a float$"),
        (lambda: backward(3.0), TypeError, r"^output must be a Node, got float$"),
        (lambda: topological_order(None), TypeError, r"^output must be a Node, got NoneType$"),
    ],
)
def test_what_does_not_exist_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_numpy_numbers_are_taken_on_both_sides():
    x = Node(np.float32(3))
    assert type(x.value) is float
    assert (np.float64(2) * x).value == (x * np.int64(2)).value == 6.0
