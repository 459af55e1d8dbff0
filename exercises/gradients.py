"""Chapter 6: the gradient check, initial weights, clipping, accumulation."""

import numpy as np

from exercises.tasks import Changed, Choice, Function, Number, Order, Repair, Tune, WriteTest
from lessons_lib.losses import binary_cross_entropy_from_logits, cross_entropy_from_logits, mse

IMPORTS = ()


class difference_by_hand(Number):
    points = 1
    decimals = 3

    right = (3**3 - 1**3) / 2, (13 - 12) / 13
    wrong_gradients_one_sided = (3**3 - 2**3) / 1, (19 - 12) / 19
    wrong_slope_backward_only = (2**3 - 1**3) / 1, (12 - 7) / 12
    wrong_gradients_norms_added = (3**3 - 1**3) / 2, (13 - 12) / (12 + 13)
    wrong_gradients_over_h = (3**3 - 1**3) / 1, (26 - 12) / 26
    wrong_gradients_over_formula = (3**3 - 1**3) / 2, (13 - 12) / 12
    wrong_gradients_absolute_error = (3**3 - 1**3) / 2, 13 - 12


class numeric_grad(Function):
    points = 2
    cases = 8

    def inputs(rng, case):
        h = [0.5, 0.25, 0.1, 1e-2, 1e-3, 1e-4, 0.2, 0.3][case]
        if case == 0:
            return {"loss": mse, "z": np.array([1.0, 2.0]), "y": np.array([1.0, 4.0]), "h": h}
        if case == 1:
            z = rng.permutation([-3, -1, 2, 4])
            return {"loss": mse, "z": z, "y": rng.normal(size=4), "h": h}
        if case > 5:
            z, y = rng.normal(size=(2, 2, 1, 3) if case == 6 else (2, 1, 4))
            return {"loss": mse, "z": z, "y": y, "h": h}
        if case % 2:
            shape = (2, 1) if case == 3 else (1,)
            y = rng.integers(0, 2, size=shape).astype(float)
            return {"loss": binary_cross_entropy_from_logits, "z": rng.normal(size=shape), "y": y, "h": h}
        m, classes = (3, 2) if case == 2 else (2, 4)
        y = rng.integers(0, classes, size=m)
        return {"loss": cross_entropy_from_logits, "z": rng.normal(size=(m, classes)), "y": y, "h": h}

    def right(loss, z, y, h):
        x = z.astype(float)
        grad = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            kept = x[i]
            x[i] = kept + h
            ahead = loss(x, y)
            x[i] = kept - h
            grad[i] = (ahead - loss(x, y)) / (2 * h)
            x[i] = kept
        return grad

    def right_with_unit_vectors(loss, z, y, h):
        slopes = []
        for row in np.eye(z.size):
            e = h * row.reshape(z.shape)
            slopes.append((loss(z + e, y) - loss(z - e, y)) / (2 * h))
        return np.array(slopes).reshape(z.shape)

    def right_two_copies(loss, z, y, h):
        grad = np.empty(z.size)
        for i in range(z.size):
            ahead, behind = np.array(z, dtype=float), np.array(z, dtype=float)
            ahead.flat[i] += h
            behind.flat[i] -= h
            grad[i] = (loss(ahead, y) - loss(behind, y)) / h / 2
        return grad.reshape(z.shape)

    wrong_gradients_one_sided = Changed("x[i] = kept - h", "x[i] = kept", "(2 * h)", "h")
    wrong_slope_backward_only = Changed("x[i] = kept + h", "x[i] = kept", "(2 * h)", "h")
    wrong_gradients_over_h = Changed("(2 * h)", "h")
    wrong_slope_no_brackets = Changed("(2 * h)", "2 * h")
    wrong_slope_own_step = Changed("x = z.astype(float)", "x, h = z.astype(float), 1e-5")

    def wrong_gradients_not_put_back(loss, z, y, h):
        x = z.astype(float)
        grad = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            x[i] += h
            ahead = loss(x, y)
            x[i] -= 2 * h
            grad[i] = (ahead - loss(x, y)) / (2 * h)
        return grad

    def wrong_gradients_all_moved(loss, z, y, h):
        return (loss(z + h, y) - loss(z - h, y)) / (2 * h)

    wrong_gradients_whole_steps = Changed("z.astype(float)", "z.copy()")
    wrong_gradients_whole_answer = Changed("np.zeros(x.shape)", "np.zeros_like(z)")

    def wrong_gradients_walked_back(loss, z, y, h):
        x = np.asarray(z, dtype=float)
        grad = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            x[i] += h
            ahead = loss(x, y)
            x[i] -= 2 * h
            grad[i] = (ahead - loss(x, y)) / (2 * h)
            x[i] += h
        return grad


class order_direction(Order):
    def inputs(rng, case):
        if case == 0:
            z, y, v = np.array([1.0, 2.0]), np.array([1.0, 4.0]), np.array([3.0, 4.0])
            return {"loss": mse, "z": z, "y": y, "grad": np.array([0.0, -2.0]), "v": v, "h": 0.5}
        shape = [(), (3,), (2, 3), (5,), (4, 1), (3, 2)][case]
        z, grad, v = rng.normal(size=(3, *shape))
        y = rng.integers(0, 2, size=shape).astype(float)
        h = float(rng.uniform(0.1, 0.4))
        return {"loss": binary_cross_entropy_from_logits, "z": z, "y": y, "grad": grad, "v": 3 * v, "h": h}

    def right(loss, z, y, grad, v, h):
        v = v / np.linalg.norm(v)
        ahead = loss(z + h * v, y)
        behind = loss(z - h * v, y)
        numeric = (ahead - behind) / (2 * h)
        return abs(numeric - np.sum(grad * v))

    right_behind_first = Changed(
        "    ahead = loss(z + h * v, y)\n    behind = loss(z - h * v, y)\n",
        "    behind = loss(z - h * v, y)\n    ahead = loss(z + h * v, y)\n",
    )
    wrong_direction_over_h = Changed("(ahead - behind) / (2 * h)", "(ahead - behind) / h")
    wrong_direction_from_the_middle = Changed("behind = loss(z - h * v, y)", "behind = loss(z, y)")
    wrong_direction_all_derivatives = Changed("np.sum(grad * v)", "np.sum(grad)")
    wrong_direction_length_late = Changed(
        "    v = v / np.linalg.norm(v)\n",
        "",
        "    return abs",
        "    v = v / np.linalg.norm(v)\n    return abs",
    )


class relative_error(Function):
    points = 2
    cases = 10

    def inputs(rng, case):
        shape = [(2,), (2, 3), (5,), (3, 1), (1,), (2, 1, 3), (3,), (1, 2), (4,), (3, 2)][case]
        if case == 0:
            return {"a": np.array([3.0, 4.0]), "g": np.array([4.0, 3.0])}
        if case == 1:
            return {"a": np.zeros(shape), "g": np.zeros(shape)}
        g, noise = rng.normal(size=(2, *shape))
        if case == 2:  # a lost 1/m
            return {"a": rng.integers(3, 17) * g, "g": g}
        if case == 3:  # short gradients, almost equal
            return {"a": 1e-6 * g, "g": 1e-6 * (1.1 * g + 1e-2 * noise)}
        if case == 4:
            return {"a": -g, "g": g + 0.1 * noise}
        if case in (6, 7):  # one of the two is zero
            return {"a": np.zeros(shape), "g": g} if case == 6 else {"a": g, "g": np.zeros(shape)}
        if case == 8:  # hardly a gradient at all
            return {"a": 1e-100 * g, "g": 1e-100 * (g + 0.5 * noise)}
        if case == 9:  # a good gradient
            return {"a": g, "g": g * (1 + 1e-8 * noise)}
        return {"a": g + 0.5 * noise, "g": g}

    def right(a, g):
        longer = max(np.linalg.norm(a), np.linalg.norm(g))
        return np.linalg.norm(a - g) / longer if longer > 0 else 0.0

    def right_with_a_loop(a, g):
        sums = [0.0, 0.0, 0.0]
        for p, q in zip(a.ravel(), g.ravel()):
            for i, number in enumerate((p - q, p, q)):
                sums[i] += number**2
        if max(sums) == 0:
            return 0
        return np.sqrt(sums[0] / max(sums[1], sums[2]))

    def right_with_squares(a, g):
        largest = np.maximum(np.sum(a**2), np.sum(g**2))
        if not largest:
            return 0.0
        return np.sqrt(np.sum((a - g) ** 2)) / np.sqrt(largest)

    wrong_gradients_over_formula = Changed("max(np.linalg.norm(a), np.linalg.norm(g))", "np.linalg.norm(a)")
    wrong_gradients_over_numeric = Changed("max(np.linalg.norm(a), np.linalg.norm(g))", "np.linalg.norm(g)")
    wrong_gradients_norms_added = Changed(
        "max(np.linalg.norm(a), np.linalg.norm(g))", "np.linalg.norm(a) + np.linalg.norm(g)"
    )
    wrong_gradients_absolute_error = Changed(" / longer if longer > 0 else 0.0", "")
    wrong_schulz_spectral_norm = Changed(
        "norm(a), np", "norm(a, 2), np", "norm(g))", "norm(g, 2))", "norm(a - g)", "norm(a - g, 2)"
    )
    wrong_gradients_lengths_only = Changed("np.linalg.norm(a - g)", "abs(np.linalg.norm(a) - np.linalg.norm(g))")

    def wrong_gradients_by_element(a, g):
        larger = np.maximum(np.abs(a), np.abs(g))
        if larger.max() == 0:
            return 0.0
        return np.max(np.abs(a - g) / larger)

    wrong_gradients_tiny_added = Changed("longer if longer > 0 else 0.0", "(longer + 1e-8)")
    wrong_gradients_both_zero = Changed(" if longer > 0 else 0.0", "")

    def wrong_gradients_no_root(a, g):
        largest = max(np.sum(a**2), np.sum(g**2))
        return np.sum((a - g) ** 2) / largest if largest > 0 else 0.0


class flat_curve(Choice):
    points = 1
    figure = "from lessons_lib.figures.gradients import relu_chain\n\nrelu_chain(0.7)"

    right = 4
    wrong_gradients_whole_ratio = 1
    wrong_gradients_ratio_shared = 2
    wrong_gradients_variance_factor = 3


class initial_weights(Function):
    points = 2

    def inputs(rng, case):
        if case == 0:
            noise = np.array([[1.0, -1.0, 2.0, 0.0, 1.0, -2.0], [0.0, 2.0, -1.0, 1.0, -2.0, 1.0]])
            return {"noise": noise, "activation": "tanh"}
        shape = [None, (8, 2), (3, 5), (1, 7), (6, 1), (5, 2)][case]
        return {"noise": rng.normal(size=shape), "activation": "relu" if case % 2 else "tanh"}

    def right(noise, activation):
        n_in, n_out = noise.shape
        variance = 2 / n_in if activation == "relu" else 2 / (n_in + n_out)
        return np.sqrt(variance) * noise

    def right_in_place_on_a_copy(noise, activation):
        W = noise.copy()
        W *= np.sqrt(2)
        W /= np.sqrt(len(W) if activation == "relu" else sum(W.shape))
        return W

    def right_with_loops(noise, activation):
        n_in, n_out = noise.shape
        spread = {"relu": (2 / n_in) ** 0.5, "tanh": (2 / (n_in + n_out)) ** 0.5}[activation]
        return np.array([[spread * number for number in row] for row in noise])

    wrong_gradients_variance_as_spread = Changed("np.sqrt(variance)", "variance")

    def wrong_gradients_root_of_two(noise, activation):
        n_in, n_out = noise.shape
        return noise * np.sqrt(2) / (n_in if activation == "relu" else n_in + n_out)

    wrong_gradients_fan_out = Changed("2 / n_in if", "2 / n_out if")
    wrong_gradients_no_factor_two = Changed("2 / n_in if", "1 / n_in if")
    wrong_gradients_scales_swapped = Changed('"relu"', '"tanh"')
    wrong_gradients_inputs_only = Changed("2 / (n_in + n_out)", "1 / n_in")
    wrong_gradients_only_he = Changed("2 / (n_in + n_out)", "2 / n_in")


class order_clipped_step(Order):
    def inputs(rng, case):
        if case == 0:
            grads = np.array([[6.0, 8.0], [0.0, 0.0]])
            return {"theta": np.ones(2), "grads": grads, "lr": 0.5, "max_norm": 1.0}
        n, parts = [0, 3, 2, 4, 1, 5][case], [0, 2, 3, 4, 5, 3][case]
        grads = rng.normal(size=(parts, n))
        length = np.linalg.norm(grads.mean(axis=0)) * [0, 0.5, 2.0, 0.3, 1.5, 0.7][case]
        return {
            "theta": rng.normal(size=n),
            "grads": grads,
            "lr": float(rng.uniform(0.1, 0.9)),
            "max_norm": float(length),
        }

    def right(theta, grads, lr, max_norm):
        total = np.zeros(theta.shape)
        for g in grads:
            total = total + g / len(grads)
        norm = np.linalg.norm(total)
        if norm > max_norm:
            total = total * max_norm / norm
        return theta - lr * total

    wrong_clipped_last_part = Changed("total = total + g / len(grads)", "total = g / len(grads)")
    wrong_clipped_sum_of_parts = Changed("total = total + g / len(grads)", "total = total + g")
    wrong_clipped_stretched = Changed("if norm > max_norm:", "if norm < max_norm:")
    wrong_clipped_norm_of_last = Changed("norm = np.linalg.norm(total)", "norm = np.linalg.norm(g)")
    wrong_clipped_to_one = Changed("total = total * max_norm / norm", "total = total / norm")


class clip_all(Function):
    points = 3
    cases = 11

    def inputs(rng, case):
        if case == 0:
            return {"grads": [np.array([4.0, 2.0]), np.array([[4.0], [8.0]])], "max_norm": 2.5}
        shapes = [None, [(3,), (2, 2)], [(2, 3), (1, 3)], [(4, 3), (3,), (3, 2), (2,)], [(2,), (3, 2)], [(3, 1), (2,)],
                  [(2,), (2, 2), (3,)], [(2, 3), (3,)], [(3, 2), (2,)], [(4,)], [(1,)]]  # fmt: skip
        grads = [(1e-11 if case in (8, 10) else 1) * rng.normal(size=shape) for shape in shapes[case]]
        length = np.sqrt(sum(np.sum(g**2) for g in grads))
        if case in (1, 10):  # shorter than the limit
            return {"grads": grads, "max_norm": float((rng.uniform(1.5, 3) if case == 1 else 1.004) * length)}
        if case == 2:
            return {"grads": [np.zeros_like(g) for g in grads], "max_norm": float(rng.uniform(0.5, 2))}
        if case == 3:
            grads[1] *= 5
        if case in (3, 8):
            return {"grads": grads, "max_norm": float((rng.uniform(0.3, 0.6) if case == 3 else 0.996) * length)}
        array, place, odd = {4: (1, 0, np.nan), 5: (1, 0, np.inf), 6: (2, -1, -np.inf), 7: (0, 4, np.nan),
                             9: (0, 1, -np.inf)}[case]  # fmt: skip
        grads[array].flat[place] = odd
        return {"grads": grads, "max_norm": float(rng.uniform(0.5, 2))}

    def right(grads, max_norm):
        norm = np.sqrt(sum(np.sum(g**2) for g in grads))
        if not np.isfinite(norm):
            raise ValueError("nan or inf among the gradients")
        if norm <= max_norm:
            return [g.copy() for g in grads], norm
        return [g * (max_norm / norm) for g in grads], norm

    def right_flat(grads, max_norm):
        norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads]))
        if np.isnan(norm) or np.isinf(norm):
            raise ValueError(norm)
        factor = min(1.0, max_norm / norm) if norm > 0 else 1.0
        return [factor * g for g in grads], norm

    def right_with_loops(grads, max_norm):
        total = 0.0
        for g in grads:
            if not np.all(np.isfinite(g)):
                raise ValueError("not finite")
            for number in g.ravel():
                total += number**2
        norm, clipped = total**0.5, []
        for g in grads:
            g = g.copy()
            if norm > max_norm:
                g *= max_norm / norm
            clipped.append(g)
        return clipped, norm

    def wrong_gradients_per_tensor(grads, max_norm):
        norms = [np.linalg.norm(g) for g in grads]
        norm = np.linalg.norm(norms)
        if not np.isfinite(norm):
            raise ValueError("nan or inf among the gradients")
        return [g * (max_norm / n) if n > max_norm else g for g, n in zip(grads, norms)], norm

    wrong_gradients_by_value = Changed("g * (max_norm / norm)", "np.clip(g, -max_norm, max_norm)")
    wrong_gradients_inflated = Changed("norm <= max_norm", "norm == 0")

    def wrong_gradients_norm_after(grads, max_norm):
        norm = np.sqrt(sum(np.sum(g**2) for g in grads))
        if not np.isfinite(norm):
            raise ValueError("nan or inf among the gradients")
        clipped = [g * (max_norm / norm) if norm > max_norm else g for g in grads]
        return clipped, np.sqrt(sum(np.sum(g**2) for g in clipped))

    def wrong_gradients_pair_swapped(grads, max_norm):
        norm = np.sqrt(sum(np.sum(g**2) for g in grads))
        if not np.isfinite(norm):
            raise ValueError("nan or inf among the gradients")
        return norm, [g * (max_norm / norm) if norm > max_norm else g for g in grads]

    wrong_gradients_no_root = Changed("np.sqrt(sum(np.sum(g**2) for g in grads))", "sum(np.sum(g**2) for g in grads)")
    wrong_gradients_norms_summed = Changed(
        "np.sqrt(sum(np.sum(g**2) for g in grads))", "sum(np.linalg.norm(g) for g in grads)"
    )

    def wrong_changes_input(grads, max_norm):
        norm = np.sqrt(sum(np.sum(g**2) for g in grads))
        if not np.isfinite(norm):
            raise ValueError("nan or inf among the gradients")
        if norm > max_norm:
            for g in grads:
                g *= max_norm / norm
        return grads, norm

    wrong_gradients_nan_passes = Changed("not np.isfinite(norm)", "False", "norm <= max_norm", "not norm > max_norm")


class norm_tests(WriteTest):
    called = "safe_norm"
    arguments = {"g": ("float", ("n",), -1e300, 1e300)}
    example = "g=[3.0, 4.0]"
    most = 2

    def shown(g):
        largest = np.abs(g).max()
        if largest == 0:
            return 0.0
        return largest * np.sqrt(np.sum((g / largest) ** 2))

    faulty_norm_mean = Changed("np.sum(", "np.mean(")
    faulty_norm_sum_of_sizes = Changed("np.sqrt(np.sum((g / largest) ** 2))", "np.sum(np.abs(g / largest))")
    faulty_norm_first = Changed("np.abs(g).max()", "np.abs(g[0])")
    faulty_norm_signed = Changed("np.abs(g).max()", "g.max()")
    faulty_norm_zero_by_zero = Changed("largest == 0", "largest < 0")
    faulty_norm_overflows = Changed("largest * np.sqrt(np.sum((g / largest) ** 2))", "np.sqrt(np.sum(g**2))")
    faulty_norm_tiny_is_zero = Changed("largest == 0", "largest < 1e-8")

    right = [{"g": [0.0, -3e-200, -4e-200]}, {"g": [0.0]}]
    right_as_tuples = [([0.0, 0.0],), ([0.0, -1e-170, -2e-170],)]
    wrong_norm_mean = [{"g": [3.0]}, {"g": [0.0]}]
    wrong_norm_sum_of_sizes = [{"g": [0.0, 5.0]}, {"g": [0.0, 0.0]}]
    wrong_norm_first = [{"g": [3.0, 4.0]}, {"g": [1e200, 1e200]}]
    wrong_norm_signed = [{"g": [0.0, 3.0, 4.0]}, {"g": [0.0, 0.0]}]
    wrong_norm_zero_by_zero = [{"g": [0.0, -3.0, -4.0]}, {"g": [1e200, 1e200]}]
    wrong_norm_overflows = [{"g": [0.0, -3.0, -4.0]}, {"g": [0.0, 0.0]}]
    wrong_norm_tiny_is_zero = [{"g": [0.0, -3e200, -4e200]}, {"g": [0.0, 0.0]}]


class descent_by_parts(Repair):
    points = 2
    cases = 7

    def inputs(rng, case):
        if case == 0:
            x, y = np.array([[1.0], [2.0]]), np.array([1.0, 2.0])
            return {"x": x, "y": y, "w": np.zeros(1), "lr": 0.1, "steps": 2, "sizes": [1, 1]}
        steps = [None, 1, 2, 3, 4, 0, 5][case]
        sizes = [None, [2, 3], [4, 1, 1], [1], [3, 1, 2, 1], [1, 5], [5, 2, 1]][case]
        m, n = sum(sizes), [None, 2, 3, 2, 4, 3, 3][case]
        x, y, w = rng.normal(size=(m, n)), rng.normal(size=m), rng.normal(size=n)
        return {"x": x, "y": y, "w": w, "lr": float(rng.uniform(0.05, 0.2)), "steps": steps, "sizes": sizes}

    def broken_gradients_not_zeroed(x, y, w, lr, steps, sizes):
        w = w.copy()
        grad = np.zeros_like(w)
        for _ in range(steps):
            start = 0
            for size in sizes:
                part = slice(start, start + size)
                error = x[part] @ w - y[part]
                grad += 2 / len(x) * x[part].T @ error
                start += size
            w -= lr * grad
        return w

    def right(x, y, w, lr, steps, sizes):
        w = w.copy()
        for _ in range(steps):
            grad = np.zeros_like(w)
            start = 0
            for size in sizes:
                part = slice(start, start + size)
                error = x[part] @ w - y[part]
                grad += 2 / len(x) * x[part].T @ error
                start += size
            w -= lr * grad
        return w

    def right_zeroed_after_the_step(x, y, w, lr, steps, sizes):
        w = w.copy()
        grad = np.zeros_like(w)
        for _ in range(steps):
            start = 0
            for size in sizes:
                part = slice(start, start + size)
                error = x[part] @ w - y[part]
                grad += 2 / len(x) * x[part].T @ error
                start += size
            w -= lr * grad
            grad[:] = 0
        return w

    def right_whole_batches(x, y, w, lr, steps, sizes):
        for _ in range(steps):
            w = w - lr * 2 / len(x) * x.T @ (x @ w - y)
        return w

    wrong_gradients_zeroed_each_part = Changed("part =", "grad = np.zeros_like(w)\n            part =")
    wrong_gradients_step_each_part = Changed(
        "part =", "grad = np.zeros_like(w)\n            part =", "w -= lr * grad", "    w -= lr * grad"
    )
    wrong_gradients_mean_of_means = Changed("2 / len(x)", "2 / size", "@ error", "@ error / len(sizes)")
    wrong_gradients_no_two = Changed("2 / len(x)", "1 / len(x)")
    wrong_gradients_over_parts = Changed("@ error", "@ error / len(sizes)")
    wrong_gradients_start_kept = Changed("        start = 0\n", "", "w = w.copy()", "w, start = w.copy(), 0")
    wrong_gradients_sum_of_means = Changed("2 / len(x)", "2 / size")


class deep_training(Tune):
    points = 2
    trial = "deep_and_clipped"
    goal = 0.7
    start = {"init_scale": 2.5, "max_norm": 1000.0}
    limits = {"init_scale": ("float", 0.05, 5.0), "max_norm": ("float", 0.001, 10000.0)}

    right = {"init_scale": 1.0, "max_norm": 1.0}
    right_larger_weights = {"init_scale": 1.2, "max_norm": 0.7}
    wrong_gradients_run_exploded = {"init_scale": 3.0, "max_norm": 1.0}
    wrong_gradients_run_vanished = {"init_scale": 0.3, "max_norm": 1.0}
    wrong_gradients_run_short_steps = {"init_scale": 1.0, "max_norm": 0.01}
    wrong_gradients_run_free = {"init_scale": 1.4, "max_norm": 1000.0}
