"""Chapter 3: the forward pass with its cache, and the way back to every weight."""

from itertools import pairwise

import numpy as np

from exercises.tasks import Changed, Choice, Function, Number, Order, Repair, WriteTest
from lessons_lib import forward_pass, relu, relu_grad, sigmoid

IMPORTS = ("forward_pass", "relu", "relu_grad", "sigmoid")


class one_weight(Number):
    points = 1
    decimals = 3

    right = (4 * (0.5 - 0) + 2 * (0.3 - 1)) / 4
    wrong_weight_mean_over_rows = (4 * (0.5 - 0) + 2 * (0.3 - 1)) / 2
    wrong_weight_no_mean = 4 * (0.5 - 0) + 2 * (0.3 - 1)
    wrong_weight_divided_twice = (4 * (0.5 - 0) + 2 * (0.3 - 1)) / 4 / 2
    wrong_weight_reversed = (4 * (0 - 0.5) + 2 * (1 - 0.3)) / 4
    wrong_weight_row_of_a1 = (4 * (0.5 - 0) + 1 * (0.3 - 1)) / 4
    wrong_weight_indices_swapped = (1 * (0.8 - 1) + 3 * (0.4 - 0)) / 4
    wrong_weight_first_sample = 4 * (0.5 - 0) / 4
    wrong_weight_slope_again = (4 * (0.5 - 0) * 0.5 * (1 - 0.5) + 2 * (0.3 - 1) * 0.3 * (1 - 0.3)) / 4


class order_layer(Order):
    def inputs(rng, case):
        if case == 0:
            x, y = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])
            return {"x": x, "y": y, "W": np.eye(2), "b": np.zeros((1, 2))}
        m, d, k = [(3, 2, 4), (5, 3, 1), (2, 4, 3), (4, 3, 3), (6, 2, 2)][case - 1]
        shapes = {"x": (m, d), "y": (m, k), "W": (d, k), "b": (1, k)}
        return {name: rng.normal(size=shape) for name, shape in shapes.items()}

    def right(x, y, W, b):
        error = x @ W + b - y
        dz = 2 * error / error.size
        dW = x.T @ dz
        db = dz.sum(axis=0, keepdims=True)
        return dW, db

    right_bias_first = Changed(
        "    dW = x.T @ dz\n    db = dz.sum(axis=0, keepdims=True)\n",
        "    db = dz.sum(axis=0, keepdims=True)\n    dW = x.T @ dz\n",
    )
    wrong_layer_mean_over_rows = Changed("error.size", "len(error)")
    wrong_layer_transposed = Changed("x.T @ dz", "dz.T @ x")
    wrong_layer_bias_mean = Changed("dz.sum(axis=0", "dz.mean(axis=0")
    wrong_layer_bias_over_outputs = Changed("dz.sum(axis=0", "dz.sum(axis=1")


class forward_with_cache(Function):
    forbids = ("forward_pass",)
    points = 2

    def inputs(rng, case):
        if case == 0:
            return {
                "x": np.array([[1.0, 2.0]]),
                "W1": np.array([[1.0, -1.0], [1.0, 0.0]]),
                "b1": np.array([[0.0, -1.0]]),
                "W2": np.array([[1.0], [2.0]]),
                "b2": np.array([[-3.0]]),
            }
        m, d, h, k = [(3, 2, 4, 1), (4, 3, 2, 5), (2, 4, 1, 6), (5, 1, 3, 2), (6, 2, 5, 3)][case - 1]
        shapes = {"x": (m, d), "W1": (d, h), "b1": (1, h), "W2": (h, k), "b2": (1, k)}
        return {name: rng.normal(size=shape) for name, shape in shapes.items()}

    def right(x, W1, b1, W2, b2):
        z1 = x @ W1 + b1
        a1 = relu(z1)
        z2 = a1 @ W2 + b2
        a2 = sigmoid(z2)
        return a2, {"z1": z1, "a1": a1, "z2": z2, "a2": a2}

    def right_without_ready_functions(x, W1, b1, W2, b2):
        cache = {"z1": np.dot(x, W1) + b1}
        cache["a1"] = cache["z1"] * (cache["z1"] > 0)
        cache["z2"] = np.dot(cache["a1"], W2) + b2
        cache["a2"] = 1 / (1 + np.exp(-cache["z2"]))
        return cache["a2"], cache

    def right_sample_by_sample(x, W1, b1, W2, b2):
        cache = {"z1": [], "a1": [], "z2": [], "a2": []}
        for sample in x:
            z1 = sample @ W1 + b1[0]
            a1 = np.maximum(z1, 0)
            z2 = a1 @ W2 + b2[0]
            for name, values in zip(cache, (z1, a1, z2, 1 / (1 + np.exp(-z2)))):
                cache[name].append(values)
        cache = {name: np.array(rows) for name, rows in cache.items()}
        return cache["a2"], cache

    wrong_forward_no_relu = Changed("relu(z1)", "z1")
    wrong_forward_relu_in_place = Changed("relu(z1)", "np.maximum(z1, 0, out=z1)")
    wrong_forward_sigmoid_hidden = Changed("relu(z1)", "sigmoid(z1)")
    wrong_forward_past_relu = Changed("a1 @ W2", "z1 @ W2")
    wrong_forward_relu_at_output = Changed("sigmoid(z2)", "sigmoid(relu(z2))")
    wrong_forward_no_sigmoid = Changed("sigmoid(z2)", "z2")
    wrong_forward_no_biases = Changed(" + b1", "", " + b2", "")


class output_grad(Function):
    points = 2
    cases = 10

    def inputs(rng, case):
        if case == 0:
            return {"a2": np.array([[0.75, 0.5]]), "y": np.array([[1.0, 0.0]])}
        others = {3: [(3, 1), (3,)], 5: [(1, 4), (4, 1)], 6: [(4, 3), (1, 3)], 7: [(4, 1), (4, 3)], 8: [(2, 3), (3, 2)],
                  9: [(1, 3), (3,)]}  # fmt: skip
        if case in others:
            shape, other = others[case]
            return {"a2": rng.uniform(0.05, 0.95, shape), "y": rng.integers(0, 2, other).astype(float)}
        shape = {1: (4, 1), 2: (2, 5), 4: (4, 3)}[case]
        return {"a2": rng.uniform(0.05, 0.95, shape), "y": rng.integers(0, 2, shape).astype(float)}

    def right(a2, y):
        if a2.shape != y.shape:
            raise ValueError(f"a2 {a2.shape}, y {y.shape}")
        return (a2 - y) / y.size

    def right_with_loops(a2, y):
        if np.shape(a2) != np.shape(y):
            raise ValueError("different shapes")
        m, k = y.shape
        dz2 = np.zeros((m, k))
        for i in range(m):
            for c in range(k):
                dz2[i, c] = (a2[i, c] - y[i, c]) / (m * k)
        return dz2

    def right_as_a_product(a2, y):
        if a2.ndim != y.ndim or a2.shape != y.shape:
            raise ValueError("different shapes")
        da2 = ((1 - y) / (1 - a2) - y / a2) / a2.size
        return da2 * a2 * (1 - a2)

    wrong_dz2_mean_over_rows = Changed("y.size", "len(y)")
    wrong_dz2_no_mean = Changed("(a2 - y) / y.size", "a2 - y")
    wrong_dz2_reversed = Changed("a2 - y", "y - a2")
    wrong_dz2_slope_again = Changed("y.size", "y.size * a2 * (1 - a2)")
    wrong_dz2_is_da2 = Changed("(a2 - y)", "((1 - y) / (1 - a2) - y / a2)")
    wrong_dz2_shapes_unchecked = Changed("a2.shape != y.shape", "False")

    def wrong_changes_input(a2, y):
        if a2.shape != y.shape:
            raise ValueError
        a2 -= y
        a2 /= y.size
        return a2


class three_programs(Choice):
    points = 1
    figure = "from lessons_lib.figures.backprop import errors_of_three_steps\n\nerrors_of_three_steps()"

    right = 3
    wrong_programs_swapped = 1
    wrong_programs_flat_is_right = 2
    wrong_programs_falling_is_right = 4


class order_tanh(Order):
    def inputs(rng, case):
        if case == 0:
            x, W1 = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 2.0]])
            return {"x": x, "W1": W1, "W2": np.array([[1.0], [-2.0]]), "dz2": np.array([[0.5]])}
        m, d, h, k = [(3, 2, 4, 1), (5, 3, 3, 3), (2, 4, 2, 5), (4, 1, 5, 2), (6, 2, 2, 3)][case - 1]
        shapes = {"x": (m, d), "W1": (d, h), "W2": (h, k), "dz2": (m, k)}
        return {name: rng.normal(size=shape) for name, shape in shapes.items()}

    def right(x, W1, W2, dz2):
        a1 = np.tanh(x @ W1)
        dW2 = a1.T @ dz2
        da1 = dz2 @ W2.T
        dz1 = da1 * (1 - a1**2)
        dW1 = x.T @ dz1
        return dW1, dW2

    wrong_tanh_no_slope = Changed("da1 * (1 - a1**2)", "da1")
    wrong_tanh_sigmoid_slope = Changed("da1 * (1 - a1**2)", "da1 * a1 * (1 - a1)")
    wrong_tanh_slope_of_gradient = Changed("(1 - a1**2)", "(1 - da1**2)")
    wrong_tanh_before_activation = Changed("np.tanh(x @ W1)", "x @ W1")


class hidden_layer_grads(Function):
    points = 3

    def inputs(rng, case):
        if case == 0:
            return {
                "x": np.array([[1.0], [2.0]]),
                "z1": np.array([[1.0, -1.0], [0.0, 2.0]]),
                "W2": np.array([[1.0], [-2.0]]),
                "dz2": np.array([[0.5], [-0.25]]),
            }
        # in case 2 the matrix W2 is square: a forgotten transpose is no error there
        m, d, h, k = [(3, 2, 4, 1), (5, 2, 3, 3), (1, 4, 3, 5), (4, 3, 4, 2), (6, 2, 1, 3)][case - 1]
        shapes = {"x": (m, d), "z1": (m, h), "W2": (h, k), "dz2": (m, k)}
        values = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        values["z1"][rng.integers(m), rng.integers(h)] = 0.0
        return values

    def right(x, z1, W2, dz2):
        da1 = dz2 @ W2.T
        dz1 = da1 * relu_grad(z1)
        return x.T @ dz1, dz1.sum(axis=0, keepdims=True)

    def right_with_loops(x, z1, W2, dz2):
        m, d = x.shape
        h, k = W2.shape
        dW1, db1 = np.zeros((d, h)), np.zeros((1, h))
        for i in range(m):
            for j in range(h):
                if z1[i, j] > 0:
                    dz = sum(dz2[i, c] * W2[j, c] for c in range(k))
                    db1[0, j] += dz
                    for p in range(d):
                        dW1[p, j] += x[i, p] * dz
        return dW1, db1

    def right_in_place_on_a_copy(x, z1, W2, dz2):
        dz1 = np.einsum("mk,hk->mh", dz2, W2)
        dz1[z1 <= 0] = 0
        return np.einsum("md,mh->dh", x, dz1), np.ones((1, len(x))) @ dz1

    wrong_hidden_no_mask = Changed("da1 * relu_grad(z1)", "da1")
    wrong_hidden_mask_at_zero = Changed("relu_grad(z1)", "(z1 >= 0)")
    wrong_hidden_mask_of_gradient = Changed("relu_grad(z1)", "(da1 > 0)")
    wrong_hidden_times_a1 = Changed("relu_grad(z1)", "relu(z1)")
    wrong_hidden_no_transpose = Changed("W2.T", "W2")
    wrong_hidden_db1_of_activations = Changed("dz1.sum", "da1.sum")
    wrong_hidden_db1_mean = Changed("dz1.sum", "dz1.mean")
    wrong_hidden_db1_flat = Changed(", keepdims=True", "")
    wrong_hidden_db1_over_neurons = Changed("axis=0", "axis=1")
    wrong_hidden_db1_one_number = Changed("axis=0, ", "")
    wrong_hidden_dW1_transposed = Changed("x.T @ dz1", "dz1.T @ x")
    wrong_hidden_divided_again = Changed("x.T @ dz1", "x.T @ dz1 / len(x)", "keepdims=True)", "keepdims=True) / len(x)")


class multiplications(Number):
    points = 1
    decimals = 0

    right = (5 * (3 * 4 + 4 * 2), 5 * (3 * 4 + 2 * 4 * 2))
    wrong_multiplications_with_dx = (5 * (3 * 4 + 4 * 2), 2 * 5 * (3 * 4 + 4 * 2))
    wrong_multiplications_without_da1 = (5 * (3 * 4 + 4 * 2), 5 * (3 * 4 + 4 * 2))
    wrong_multiplications_other_layer = (5 * (3 * 4 + 4 * 2), 5 * (2 * 3 * 4 + 4 * 2))
    wrong_multiplications_one_sample = (3 * 4 + 4 * 2, 3 * 4 + 2 * 4 * 2)
    wrong_multiplications_both_ways = (5 * (3 * 4 + 4 * 2), 5 * (3 * 4 + 4 * 2) + 5 * (3 * 4 + 2 * 4 * 2))


class silent_tests(WriteTest):
    called = "silent_share"
    arguments = {"z": ("float", ("m", "h"), -100, 100)}
    example = "z=[[1.0, -1.0], [2.0, 3.0]]"

    def shown(z):
        silent = (z <= 0).all(axis=0)
        return silent.mean()

    faulty_silent_count = Changed("silent.mean()", "silent.sum()")
    faulty_silent_any = Changed(".all(", ".any(")
    faulty_silent_by_example = Changed("axis=0", "axis=1")
    faulty_silent_first_example = Changed("(z <= 0).all(axis=0)", "z[0] <= 0")
    faulty_silent_strict = Changed("z <= 0", "z < 0")
    faulty_silent_only_zero = Changed("z <= 0", "z == 0")

    right = [{"z": [[-2.0, -5.0, -1.0], [0.0, -1.0, 3.0]]}]
    right_one_more = [([[-1.0, -1.0], [0.0, 1.0], [0.0, 2.0]],)]
    wrong_silent_count = [{"z": [[1.0, 2.0], [3.0, 4.0]]}]
    wrong_silent_any = [{"z": [[-1.0, -2.0]]}]
    wrong_silent_by_example = [{"z": [[-1.0, -1.0], [1.0, -1.0]]}]
    wrong_silent_first_example = [{"z": [[-1.0, 3.0, 2.0], [-1.0, -2.0, 5.0]]}]
    wrong_silent_strict = [{"z": [[-1.0, -1.0, -1.0], [-2.0, -5.0, 1.0]]}]
    wrong_silent_only_zero = [{"z": [[0.0, 5.0, -1.0], [0.0, 1.0, 3.0]]}]


class train_step(Repair):
    points = 2
    changes = ("params",)

    def inputs(rng, case):
        if case == 0:
            params = {
                "W1": np.array([[1.0, -1.0], [0.0, -1.0]]),
                "b1": np.array([[0.0, 1.0]]),
                "W2": np.array([[0.5], [-1.0]]),
                "b2": np.array([[-1.0]]),
            }
            return {"params": params, "x": np.array([[2.0, 1.0]]), "y": np.array([[0.0]]), "lr": 1.0}
        m, d, h, k = [(3, 2, 4, 1), (4, 3, 5, 2), (2, 4, 1, 5), (5, 1, 6, 3), (6, 2, 5, 4)][case - 1]
        shapes = {"W1": (d, h), "b1": (1, h), "W2": (h, k), "b2": (1, k)}
        params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        if case == 2:
            params = {name: np.asfortranarray(value) for name, value in params.items()}
        y = rng.integers(0, 2, (m, k)).astype(float)
        return {"params": params, "x": rng.normal(size=(m, d)), "y": y, "lr": [0.1, 0.3, 0.5, 1.0, 2.0][case - 1]}

    def broken_train_step_early(params, x, y, lr):
        y_pred, cache = forward_pass(x, **params)
        W2_before = params["W2"]
        dz2 = (y_pred - y) / y.size
        params["W2"] -= lr * cache["a1"].T @ dz2
        params["b2"] -= lr * dz2.sum(axis=0, keepdims=True)
        dz1 = dz2 @ W2_before.T * relu_grad(cache["z1"])
        params["W1"] -= lr * x.T @ dz1
        params["b1"] -= lr * dz1.sum(axis=0, keepdims=True)

    def right_with_a_copy(params, x, y, lr):
        y_pred, cache = forward_pass(x, **params)
        W2_before = params["W2"].copy()
        dz2 = (y_pred - y) / y.size
        params["W2"] -= lr * cache["a1"].T @ dz2
        params["b2"] -= lr * dz2.sum(axis=0, keepdims=True)
        dz1 = dz2 @ W2_before.T * relu_grad(cache["z1"])
        params["W1"] -= lr * x.T @ dz1
        params["b1"] -= lr * dz1.sum(axis=0, keepdims=True)

    def right_gradients_first(params, x, y, lr):
        y_pred, cache = forward_pass(x, **params)
        dz2 = (y_pred - y) / y.size
        dz1 = dz2 @ params["W2"].T * relu_grad(cache["z1"])
        gradients = {
            "W1": x.T @ dz1,
            "b1": dz1.sum(axis=0, keepdims=True),
            "W2": cache["a1"].T @ dz2,
            "b2": dz2.sum(axis=0, keepdims=True),
        }
        for name in params:
            params[name] -= lr * gradients[name]

    def right_new_arrays(params, x, y, lr):
        y_pred, cache = forward_pass(x, **params)
        W2_before = params["W2"]
        dz2 = (y_pred - y) / y.size
        params["W2"] = params["W2"] - lr * cache["a1"].T @ dz2
        params["b2"] = params["b2"] - lr * dz2.sum(axis=0, keepdims=True)
        dz1 = dz2 @ W2_before.T * relu_grad(cache["z1"])
        params["W1"] = params["W1"] - lr * x.T @ dz1
        params["b1"] = params["b1"] - lr * dz1.sum(axis=0, keepdims=True)

    wrong_train_step_copied_late = Changed(
        '    W2_before = params["W2"].copy()\n', "", "@ dz2\n", '@ dz2\n    W2_before = params["W2"].copy()\n'
    )
    wrong_train_step_on_a_copy = Changed(
        "    y_pred",
        "    params = {name: value.copy() for name, value in params.items()}\n    y_pred",
        of="right_gradients_first",
    )
    wrong_train_step_loses_W2 = Changed('params["W2"] -=', 'W2 = params["W2"] -')
    wrong_train_step_second_forward = Changed(
        "    dz1 =",
        "    y_pred, cache = forward_pass(x, **params)\n    dz2 = (y_pred - y) / y.size\n    dz1 =",
        of="broken_train_step_early",
    )
    wrong_train_step_uphill = Changed("params[name] -= lr", "params[name] += lr", of="right_gradients_first")
    wrong_train_step_mean_over_rows = Changed("y.size", "len(y)", of="broken_train_step_early")


class deep_grads(Function):
    points = 3

    def inputs(rng, case):
        if case == 0:
            weights = [np.array([[1.0, -1.0]]), np.array([[2.0], [1.0]])]
            activations = [np.array([[1.0], [-2.0]]), np.array([[1.0, 0.0], [0.0, 2.0]])]
            return {"dz": np.array([[0.5], [-0.25]]), "weights": weights, "activations": activations}
        sizes = [(2, 4, 3), (4, 2), (3, 5, 4, 2), (2, 3, 6, 4, 5, 2, 4), (3, 3, 3, 3)][case - 1]
        m = [5, 1, 6, 7, 3][case - 1]
        weights = [rng.normal(size=shape) for shape in pairwise(sizes)]
        activations = [rng.normal(size=(m, sizes[0]))]
        for W in weights[:-1]:
            activations.append(np.maximum(activations[-1] @ W, 0))
        return {"dz": rng.normal(size=(m, sizes[-1])), "weights": weights, "activations": activations}

    def right(dz, weights, activations):
        gradients = []
        for layer in reversed(range(len(weights))):
            a = activations[layer]
            gradients.append(a.T @ dz)
            if layer > 0:
                dz = dz @ weights[layer].T * relu_grad(a)
        return gradients[::-1]

    def right_with_insert(dz, weights, activations):
        gradients = []
        for W, a in zip(weights[::-1], activations[::-1]):
            gradients.insert(0, a.T @ dz)
            dz = (dz @ W.T) * (a > 0)
        return gradients

    def right_recursive(dz, weights, activations):
        *before, W = weights
        *inputs, a = activations
        last = [np.dot(a.T, dz)]
        if not before:
            return last
        da = np.dot(dz, W.T)
        da[a == 0] = 0
        return deep_grads(da, before, inputs) + last

    wrong_deep_from_the_last = Changed("gradients[::-1]", "gradients")
    wrong_deep_no_mask = Changed(" * relu_grad(a)", "")
    wrong_deep_times_a = Changed("relu_grad(a)", "a")
    wrong_deep_sigmoid_slope = Changed("relu_grad(a)", "a * (1 - a)")
    wrong_deep_dz_not_carried = Changed("dz = dz @ weights[layer].T * relu_grad(a)", "pass")
    wrong_deep_first_layer_missing = Changed("range(len(weights))", "range(1, len(weights))")
    wrong_deep_divided_in_every_layer = Changed("a.T @ dz", "a.T @ dz / len(a)")
    wrong_deep_empties_lists = Changed(
        "for W, a in zip(weights[::-1], activations[::-1]):",
        "while weights:\n        W, a = weights.pop(), activations.pop()",
        of="right_with_insert",
    )
