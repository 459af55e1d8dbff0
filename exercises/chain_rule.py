"""Chapter 1: chains, forks, a graph walked backwards, the first matrix of weights."""

import numpy as np

from exercises.tasks import Changed, Choice, Function, Number, Order, Repair, WriteTest
from lessons_lib import relu, relu_grad, sigmoid, sigmoid_grad
from lessons_lib.chain_rule import _sigmoid

IMPORTS = ("relu", "relu_grad", "sigmoid")


class chain_by_hand(Number):
    points = 1
    decimals = 0

    right = 3 * 2**2 * 6
    wrong_chain_outer_at_x = 3 * 3**2 * 6
    wrong_chain_no_inner = 3 * 2**2
    wrong_chain_added = 3 * 2**2 + 6
    wrong_chain_outer_at_slope = 3 * 6**2
    wrong_chain_exponent_lost = 2**2 * 6
    wrong_chain_exponent_kept = 3 * 2**3 * 6
    wrong_chain_inner_half = 3 * 2**2 * 3
    wrong_chain_square_lost = 3 * 2 * 6
    wrong_chain_outer_left_out = 2 * 6


class neuron_slope(Function):
    points = 1

    def inputs(rng, case):
        if case == 0:
            return {"x": np.array([0.0, 1.0]), "w": 2.0, "b": 0.0}
        n = [0, 3, 1, 4, 5, 2][case]
        w = [0.0, -1.0, 1.0, 1.0, -1.0, 1.0][case] * rng.uniform(1.3, 2.5)
        b = [0.0, 1.0, -1.0, 1.0, -1.0, 1.0][case] * rng.uniform(0.3, 1.0)
        return {"x": rng.normal(size=n), "w": float(w), "b": float(b)}

    def right(x, w, b):
        s = sigmoid(w * x + b)
        return s * (1 - s) * w

    def right_with_a_loop(x, w, b):
        slopes = []
        for value in x:
            s = sigmoid(w * value + b)
            slopes.append(w * s * (1 - s))
        return np.array(slopes)

    def right_by_links(x, w, b):
        s = np.exp(-(w * x + b))
        t = 1 + s
        return (-1 / t**2) * 1 * (-s) * w

    wrong_chain_outer_at_x = Changed("w * x + b", "x")
    wrong_chain_no_inner = Changed("(1 - s) * w", "(1 - s)")
    wrong_neuron_product_of_z = Changed("sigmoid(w * x + b)", "w * x + b")
    wrong_neuron_sigmoid_twice = Changed("sigmoid(w * x + b)", "sigmoid(sigmoid(w * x + b))")
    wrong_neuron_by_weight = Changed("(1 - s) * w", "(1 - s) * x")
    wrong_neuron_value_for_slope = Changed("s * (1 - s) * w", "s * w")


class order_dual(Order):
    def inputs(rng, case):
        return {"x": 2.0 if case == 0 else float(rng.uniform(0.5, 2))}

    def right(x):
        u, du = x**2, 2 * x
        v, dv = np.sin(u), np.cos(u) * du
        y, dy = x * v, v + x * dv
        return y, dy

    wrong_dual_link_lost = Changed("np.cos(u) * du", "np.cos(u)")
    wrong_dual_outer_at_slope = Changed("np.cos(u) * du", "np.cos(du) * du")
    wrong_dual_constant_factor = Changed("v + x * dv", "x * dv")
    wrong_dual_product_of_slopes = Changed("v + x * dv", "1 * dv")


class central_slope(Function):
    points = 2

    def inputs(rng, case):
        if case == 0:
            return {"f": relu, "x": 0.0, "h": 0.5}
        f = [relu, sigmoid, sigmoid_grad, relu, _sigmoid, sigmoid_grad][case]  # _sigmoid takes no arrays
        x = [0.0, 1.0, 1.0, -0.1, -1.5, -1.0][case] + rng.uniform(0, 0.2)
        return {"f": f, "x": float(x), "h": [0, 0.3, 0.5, 2, 1e-4, 0.4][case] * float(rng.uniform(1, 1.3))}

    def right(f, x, h):
        return (f(x + h) - f(x - h)) / (2 * h)

    def right_in_steps(f, x, h):
        left, right = x - h, x + h
        rise = f(right) - f(left)
        return rise / 2 / h

    def right_mean_of_two_sides(f, x, h):
        ahead = (f(x + h) - f(x)) / h
        behind = (f(x) - f(x - h)) / h
        return 0.5 * (ahead + behind)

    wrong_slope_divided_by_h = Changed("(2 * h)", "h")
    wrong_slope_forward_only = Changed("f(x - h)", "f(x)", "(2 * h)", "h")
    wrong_slope_backward_only = Changed("f(x + h)", "f(x)", "(2 * h)", "h")
    wrong_slope_no_brackets = Changed("(2 * h)", "2 * h")
    wrong_slope_reversed = Changed("f(x + h) - f(x - h)", "f(x - h) - f(x + h)")
    wrong_slope_one_step_over_two = Changed("f(x - h)", "f(x)")

    def wrong_slope_half_a_step(f, x, h):
        return (f(x + h / 2) - f(x - h / 2)) / h

    def wrong_slope_own_step(f, x, h):
        h = 1e-5
        return (f(x + h) - f(x - h)) / (2 * h)


class iterated_slope(Function):
    points = 2
    cases = 8

    def inputs(rng, case):
        if case == 0:
            return {"x": 1.0, "c": 1.0, "n": 2}
        n = [2, 0, 3, -1, 6, 1, -2, -7][case]
        x, c = rng.uniform(0.7, 1.2) * (-1 if case == 2 else 1), rng.uniform(0.1, 0.4) * (-1 if case == 4 else 1)
        return {"x": float(x), "c": float(c), "n": n}

    def right(x, c, n):
        if n < 0:
            raise ValueError("n < 0")
        slope = 1.0
        for _ in range(n):
            slope *= 2 * x
            x = x**2 + c
        return slope

    def right_with_a_list(x, c, n):
        if n < 0:
            raise ValueError(f"n = {n}")
        points = [x]
        while len(points) <= n:
            points.append(points[-1] ** 2 + c)
        return np.prod([2 * point for point in points[:-1]])

    def right_recursive(x, c, n):
        if n < 0:
            raise ValueError("n має бути не менше ніж 0")
        if n == 0:
            return 1.0
        return 2 * x * iterated_slope(x * x + c, c, n - 1)

    wrong_iterated_moved_first = Changed("slope *= 2 * x", "slope *= 2 * (x**2 + c)")

    def wrong_iterated_same_point(x, c, n):
        if n < 0:
            raise ValueError
        return (2 * x) ** n

    wrong_iterated_added = Changed("1.0", "0.0", "slope *= 2 * x", "slope += 2 * x")
    wrong_iterated_one_short = Changed("range(n)", "range(n - 1)")
    wrong_iterated_factor_lost = Changed("slope *= 2 * x", "slope *= x")
    wrong_iterated_last_link_only = Changed("slope *= 2 * x", "slope = 2 * x")
    wrong_iterated_not_refused = Changed("if n < 0", "if False")


class order_long_chain(Order):
    def inputs(rng, case):
        if case == 0:
            return {"x": 0.0, "weights": np.array([2.0, 4.0])}
        n = [0, 3, 1, 5, 4, 8][case]
        return {"x": float(rng.normal()), "weights": rng.choice([-1, 1], size=n) * rng.uniform(0.5, 3, size=n)}

    def right(x, weights):
        a = [x]
        for w in weights:
            a.append(sigmoid(w * a[-1]))
        grad = 1.0
        for w, s in zip(weights[::-1], a[::-1]):
            grad *= w * s * (1 - s)
        return grad

    wrong_long_chain_summed = Changed("grad *= w * s * (1 - s)", "grad += w * s * (1 - s)")
    wrong_long_chain_no_weight = Changed("grad *= w * s * (1 - s)", "grad *= s * (1 - s)")
    wrong_long_chain_slope_at_input = Changed("zip(weights[::-1], a[::-1])", "zip(weights, a)")
    wrong_long_chain_starts_at_zero = Changed("grad = 1.0", "grad = 0.0")


class fork_slopes(Repair):
    points = 2

    def inputs(rng, case):
        if case == 0:
            return {"xs": np.array([1.0, 2.0])}
        return {"xs": rng.uniform(-1.5, 4.5, size=[0, 1, 3, 4, 5, 3][case])}

    def broken_fork_not_zeroed(xs):
        slopes = np.zeros(len(xs))
        grad = 0.0
        for i, x in enumerate(xs):
            u, v = x**2, 5 - x
            grad += v * 2 * x  # дорога через u
            grad += u * -1  # дорога через v
            slopes[i] = grad
        return slopes

    def right(xs):
        slopes = np.zeros(len(xs))
        for i, x in enumerate(xs):
            u, v = x**2, 5 - x
            grad = 0.0
            grad += v * 2 * x  # дорога через u
            grad += u * -1  # дорога через v
            slopes[i] = grad
        return slopes

    def right_zeroed_after(xs):
        slopes = np.zeros(len(xs))
        grad = 0.0
        for i, x in enumerate(xs):
            u, v = x**2, 5 - x
            grad += v * 2 * x
            grad += u * -1
            slopes[i] = grad
            grad = 0.0
        return slopes

    def right_first_assigned(xs):
        slopes = np.zeros(len(xs))
        for i, x in enumerate(xs):
            u, v = x**2, 5 - x
            grad = v * 2 * x
            grad += u * -1
            slopes[i] = grad
        return slopes

    def right_without_a_loop(xs):
        return (5 - xs) * 2 * xs - xs**2

    wrong_fork_last_path_only = Changed("grad += u * -1", "grad = u * -1")
    wrong_fork_paths_multiplied = Changed(
        "grad = 0.0", "grad = 1.0", "grad += v", "grad *= v", "grad += u", "grad *= u"
    )
    wrong_fork_previous_subtracted = Changed(
        "slopes[i] = grad", "slopes[i] = grad - slopes[i - 1]", of="broken_fork_not_zeroed"
    )


class order_back(Choice):
    points = 1
    figure = (
        "from lessons_lib.chain_rule import Node, backward\n"
        "from lessons_lib.figures import chain_rule as figures\n\n"
        'x = Node(2.0, name="x")\n'
        'u = (x**2).named("u")\n'
        'v = (u * x).named("v")\n'
        'L = (u + v).named("L")\n'
        "backward(L)\n\n"
        "figures.graph(L)"
    )

    right = 3
    wrong_order_u_too_early = 1
    wrong_order_depth_first = 2
    wrong_order_forward = 4


class relu_sum_tests(WriteTest):
    called = "relu_sum_grad"
    arguments = {
        "x": ("float", ("m", "n"), -100, 100),
        "w": ("float", ("n",), -100, 100),
        "b": ("float", (), -100, 100),
    }
    example = "x=[[1.0, 2.0]], w=[0.5, -1.0], b=0.0"
    most = 2

    def shown(x, w, b):
        z = x @ w + b
        return x.T @ (z > 0)

    faulty_relu_sum_no_mask = Changed("(z > 0)", "np.ones(len(z))")
    faulty_relu_sum_value = Changed("(z > 0)", "np.maximum(z, 0)")
    faulty_relu_sum_mean = Changed("(z > 0)", "(z > 0) / len(x)")
    faulty_relu_sum_first_row = Changed("x.T @ (z > 0)", "x[0] * (z[0] > 0)")
    faulty_relu_sum_no_bias = Changed(" + b", "")
    faulty_relu_sum_at_zero = Changed("z > 0", "z >= 0")

    right = [{"x": [[1.0, 2.0], [3.0, 1.0], [-1.0, 0.0], [0.0, 1.0]], "w": [2.0, -1.0], "b": 1.0}]
    right_two = [([[1.0], [3.0]], [1.0], -1.0), ([[-2.0]], [1.0], 3.0)]
    wrong_relu_sum_no_mask = [{"x": [[3.0], [2.0]], "w": [1.0], "b": 0.0}]
    wrong_relu_sum_value = [{"x": [[1.0], [-2.0]], "w": [1.0], "b": 0.0}]
    wrong_relu_sum_mean = [([[3.0]], [1.0], 0.0), ([[-2.0]], [1.0], 0.0)]
    wrong_relu_sum_first_row = [{"x": [[3.0], [-2.0]], "w": [1.0], "b": 0.0}]
    wrong_relu_sum_no_bias = [{"x": [[3.0], [2.0], [-2.0]], "w": [1.0], "b": 1.0}]
    wrong_relu_sum_at_zero = [{"x": [[3.0], [-2.0], [-0.5]], "w": [1.0], "b": 1.0}]


class graph_grads(Function):
    points = 3
    cases = 8

    def inputs(rng, case):
        if case == 0:
            return {"graph": [[], [(0, 2.0)], [(0, 1.0)], [(1, -2.0), (2, 1.0)]]}
        if case == 6:
            return {"graph": [[]]}
        graph = [[], []]
        for i in range(2, [0, 4, 5, 6, 7, 8, 0, 6][case]):
            parents = [i - 1, *map(int, rng.integers(0, i, size=int(rng.integers(1, 3))))]
            slopes = rng.choice([-1, 1], size=len(parents)) * rng.uniform(0.5, 2, size=len(parents))
            graph.append([(j, round(float(d), 2)) for j, d in zip(parents, slopes)])
        if case == 3:
            graph.insert(0, [])
            graph = [[(j + 1, d) for j, d in pairs] for pairs in graph]
        if case == 4:  # the same parent twice
            graph[-2].append((graph[-2][0][0], 0.75))
        if case == 7:  # a node with parents from which no way leads to the output
            graph.insert(4, [(3, 1.5), (1, -0.5)])
            graph[5:] = [[(j + (j >= 4), d) for j, d in pairs] for pairs in graph[5:]]
        return {"graph": graph}

    def right(graph):
        grad = np.zeros(len(graph))
        grad[-1] = 1.0
        for i in reversed(range(len(graph))):
            for j, d in graph[i]:
                grad[j] += grad[i] * d
        return grad

    def right_from_the_children(graph):
        n = len(graph)
        grad = [0.0] * n
        grad[n - 1] = 1.0
        for j in range(n - 2, -1, -1):
            for i in range(j + 1, n):
                grad[j] += sum(grad[i] * d for parent, d in graph[i] if parent == j)
        return np.array(grad)

    def right_over_all_paths(graph):
        grad = np.zeros(len(graph))

        def go_back(i, product):
            grad[i] += product
            for j, d in graph[i]:
                go_back(j, product * d)

        go_back(len(graph) - 1, 1.0)
        return grad

    def right_with_a_matrix(graph):
        n = len(graph)
        slopes = np.zeros((n, n))
        for i, pairs in enumerate(graph):
            for j, d in pairs:
                slopes[i, j] += d
        return np.linalg.solve(np.eye(n) - slopes.T, np.eye(n)[-1])

    wrong_graph_assigned = Changed("grad[j] += ", "grad[j] = ")
    wrong_graph_forward_order = Changed("reversed(range(len(graph)))", "range(len(graph))")

    def wrong_graph_handed_on_twice(graph):
        grad = np.zeros(len(graph))
        grad[-1] = 1.0

        def go_back(i):
            for j, d in graph[i]:
                grad[j] += grad[i] * d
                go_back(j)

        go_back(len(graph) - 1)
        return grad

    def wrong_graph_depth_first(graph):
        grad = np.zeros(len(graph))
        grad[-1] = 1.0
        seen = set()

        def go_back(i):
            if i not in seen:
                seen.add(i)
                for j, d in graph[i]:
                    grad[j] += grad[i] * d
                    go_back(j)

        go_back(len(graph) - 1)
        return grad

    wrong_graph_no_start = Changed("grad[-1] = 1.0", "pass")
    wrong_graph_ones_everywhere = Changed("np.zeros", "np.ones")
    wrong_graph_local_only = Changed("grad[i] * d", "d")
    wrong_graph_link_added = Changed("grad[i] * d", "grad[i] + d")
    wrong_graph_never_walked = Changed("reversed(range(len(graph)))", "range(len(graph) - 1, 0)")
    wrong_graph_whole_numbers = Changed("np.zeros(len(graph))", "np.zeros(len(graph), dtype=int)")
    wrong_graph_parent_once = Changed("for j, d in graph[i]:", "for j, d in dict(graph[i]).items():")
    wrong_graph_returns_early = Changed("    return grad", "        return grad")
    wrong_graph_to_the_child = Changed("grad[j] += grad[i] * d", "grad[i] += grad[j] * d")


class first_layer_grad(Function):
    points = 3

    def inputs(rng, case):
        if case == 0:
            return {
                "x": np.array([[1.0, 2.0], [3.0, -1.0]]),
                "W1": np.array([[1.0, -1.0], [0.0, 1.0]]),
                "W2": np.array([[1.0, 2.0], [3.0, -1.0]]),
                "dz2": np.array([[1.0, 0.0], [-1.0, 1.0]]),
            }
        m, n, p, k = [(2, 2, 2, 2), (5, 1, 3, 1), (1, 3, 5, 2), (3, 3, 3, 3), (6, 4, 1, 2), (4, 3, 4, 5)][case]
        shapes = {"x": (m, n), "W1": (n, p), "W2": (p, k), "dz2": (m, k)}
        return {name: rng.normal(size=shape) for name, shape in shapes.items()}

    def right(x, W1, W2, dz2):
        z1 = x @ W1
        dh = dz2 @ W2.T
        dz1 = dh * relu_grad(z1)
        return x.T @ dz1

    def right_in_place(x, W1, W2, dz2):
        h = np.maximum(x @ W1, 0)
        grad = np.dot(dz2, W2.T)
        grad[h == 0] = 0
        return np.dot(x.T, grad)

    def right_with_loops(x, W1, W2, dz2):
        dW1 = np.zeros(W1.shape)
        for row, grad in zip(x, dz2):
            z1 = row @ W1
            for j in range(len(z1)):
                if z1[j] > 0:
                    dW1[:, j] += row * (grad @ W2[j])
        return dW1

    def right_with_einsum(x, W1, W2, dz2):
        return np.einsum("in,ip,ik,pk->np", x, (x @ W1 > 0).astype(float), dz2, W2)

    wrong_layer_relu_forgotten = Changed("dh * relu_grad(z1)", "dh")
    wrong_layer_relu_value = Changed("relu_grad(z1)", "relu(z1)")
    wrong_layer_relu_of_gradient = Changed("dh * relu_grad(z1)", "relu(dh)")
    wrong_layer_weights_not_transposed = Changed("W2.T", "W2")
    wrong_layer_input_not_transposed = Changed("x.T", "x")
    wrong_layer_gradient_transposed = Changed("x.T @ dz1", "dz1.T @ x")
    wrong_layer_elementwise = Changed("x.T @ dz1", "x.T * dz1")
    wrong_layer_mean_again = Changed("x.T @ dz1", "x.T @ dz1 / len(x)")
