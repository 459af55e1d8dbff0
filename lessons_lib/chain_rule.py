"""The chain rule as a program: a graph of numbers that remembers how each was made.

A Node holds a value, the nodes it was made from (its parents) and, for each of them, the local derivative
∂(this node)/∂(parent). The backward pass multiplies along every path and adds where paths meet:

    ∂L/∂parent  =  Σ over the nodes made from it of  ∂L/∂node · ∂node/∂parent
"""

import math

import numpy as np

from lessons_lib._validation import as_float, number, same_shape


class Node:
    """One number in a computational graph: its value, its gradient ∂L/∂(this node), and where it came from.

    Node(3.0, name="x") is an input. The operators + - * / ** and exp, log, relu, sigmoid make new nodes;
    each carries the local derivatives of its operation. Errors: TypeError for a value that is not a number,
    ValueError where the operation or its derivative does not exist (division by 0, log of x <= 0).

    >>> x = Node(3.0, name="x")
    >>> y = x**2 + x
    >>> backward(y)
    >>> y.value, x.grad
    (12.0, 7.0)
    """

    def __init__(self, value, name="", *, operation="", parents=(), local_gradients=()):
        self.value = number("value", value)
        self.grad = 0.0
        self.name = name
        self.operation = operation
        self.parents = tuple(parents)
        self.local_gradients = tuple(local_gradients)

    def named(self, name):
        """Give this node a name for drawings, and return it."""
        self.name = name
        return self

    def __add__(self, other):
        """a + b: ∂/∂a = 1, ∂/∂b = 1."""
        other = _node(other)
        return _made("+", self.value + other.value, (self, 1.0), (other, 1.0))

    def __mul__(self, other):
        """a · b: ∂/∂a = b, ∂/∂b = a."""
        other = _node(other)
        product = self.value * other.value
        return _made("·", product, (self, other.value), (other, self.value))

    def __pow__(self, power):
        """a to a constant power: ∂/∂a = power · a^(power - 1)."""
        power = number("power", power)
        if self.value == 0 and power < 1 and power != 0:
            raise ValueError(f"0 has no derivative to the power {power:g}; expected a power >= 1")
        if self.value < 0 and power != int(power):
            raise ValueError(f"{self.value} to the power {power:g} is not real; expected a whole power")
        slope = power * _computed(math.pow, self.value, power - 1) if power else 0.0
        return _made(f"^{power:g}", _computed(math.pow, self.value, power), (self, slope))

    def exp(self):
        """e to the a: ∂/∂a = e to the a."""
        value = _computed(math.exp, self.value)
        return _made("exp", value, (self, value))

    def log(self):
        """Natural logarithm: ∂/∂a = 1/a."""
        if self.value <= 0:
            raise ValueError(f"log expects a value > 0, got {self.value}")
        return _made("log", math.log(self.value), (self, 1 / self.value))

    def relu(self):
        """max(0, a): ∂/∂a = 1 where a > 0, else 0."""
        return _made("relu", max(0.0, self.value), (self, float(self.value > 0)))

    def sigmoid(self):
        """σ(a) = 1/(1 + e^(-a)): ∂/∂a = σ(a) σ(-a)."""
        value, rest = _sigmoid(self.value), _sigmoid(-self.value)
        return _made("σ", value, (self, value * rest))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -_node(other)

    def __truediv__(self, other):
        other = _node(other)
        if other.value == 0:
            raise ValueError("division by a node whose value is 0")
        return self * other**-1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return _node(other) - self

    def __rtruediv__(self, other):
        return _node(other) / self

    def __repr__(self):
        name = f"{self.name} = " if self.name else ""
        return f"Node({name}{self.value:g}, grad={self.grad:g})"


def topological_order(output):
    """All nodes that `output` was made from, each after its parents, `output` last.

    No recursion, so a chain of 100,000 nodes is no problem. Errors: TypeError when output is not a Node.

    >>> x = Node(2.0, name="x")
    >>> [node.operation or node.name for node in topological_order((x * x).exp())]
    ['x', '·', 'exp']
    """
    if not isinstance(output, Node):
        raise TypeError(f"output must be a Node, got {type(output).__name__}")
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        node, parents_are_done = stack.pop()
        if parents_are_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return order


def backward(output):
    """Chain rule over the whole graph: fills node.grad = ∂output/∂node for every node that output was made from.

    Starts with ∂output/∂output = 1 and walks the topological order from its end. Gradients of earlier calls are
    cleared first; where a node was used several times, the contributions add. Errors: those of topological_order.

    >>> a, b = Node(2.0), Node(3.0)
    >>> backward(a * b + a)
    >>> a.grad, b.grad
    (4.0, 2.0)
    """
    order = topological_order(output)
    for node in order:
        node.grad = 0.0
    output.grad = 1.0
    for node in reversed(order):
        edges = zip(node.parents, node.local_gradients, strict=True)
        for parent, local in edges:
            parent.grad += node.grad * local


class Dual:
    """A value and its slope on the way forward: u + u̇ ε with ε² = 0. Both are numbers, or arrays of one shape.

    Dual(3.0, 1.0) is an input that moves; Dual(3.0) is a constant. `through` takes a function of each element and
    its derivative: the chain rule. One pass gives the slope along one direction of the inputs.
    Errors: TypeError for what holds no real numbers, ValueError for a slope of another shape.

    >>> x = Dual(3.0, 1.0)
    >>> y = x * x + x
    >>> float(y.value), float(y.slope)
    (12.0, 7.0)
    """

    def __init__(self, value, slope=None):
        self.value = as_float("value", value)
        slope = np.zeros_like(self.value) if slope is None else slope
        self.slope = as_float("slope", slope)
        same_shape("value", self.value, "slope", self.slope)

    def __add__(self, other):
        other = _dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other):
        other = _dual(other)
        slope = self.slope * other.value + self.value * other.slope
        return Dual(self.value * other.value, slope)

    def __matmul__(self, other):
        other = _dual(other)
        slope = self.slope @ other.value + self.value @ other.slope
        return Dual(self.value @ other.value, slope)

    def through(self, f, f_grad):
        """f of each element: the slope f′(u) · u̇."""
        return Dual(f(self.value), f_grad(self.value) * self.slope)


def _dual(value):
    return value if isinstance(value, Dual) else Dual(value)


def _node(value):
    return value if isinstance(value, Node) else Node(value)


def _made(operation, value, *sources):
    parents, local_gradients = zip(*sources, strict=True)
    return Node(value, operation=operation, parents=parents, local_gradients=local_gradients)


def _computed(f, *arguments):
    try:
        return f(*arguments)
    except OverflowError:
        raise ValueError(f"{f.__name__}{arguments} is too large for a float") from None


def _sigmoid(a):
    e = math.exp(-abs(a))
    return (1.0 if a >= 0 else e) / (1.0 + e)
