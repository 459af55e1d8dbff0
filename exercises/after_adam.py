"""Chapter 8: what came after Adam."""

import numpy as np

from exercises.tasks import Changed, Choice, Function, Number, Order, Repair, Tune, WriteTest
from lessons_lib import Adam, newton_schulz, relu_grad
from lessons_lib.after_adam import CONVERGING, FAST, matrix_power

IMPORTS = ("Adam",)


class lion_by_hand(Number):
    points = 1
    decimals = 3

    def right():
        theta, m, path = 1.0, 8.0, []
        for g in (-6.0, -2.0, -5.0):
            theta -= 0.2 * (np.sign(0.5 * m + 0.5 * g) + 0.5 * theta)
            m = 0.75 * m + 0.25 * g
            path.append(theta)
        return *path, m

    wrong_lion_memory_first = Changed("0.5 * m + 0.5 * g", "0.5 * (0.75 * m + 0.25 * g) + 0.5 * g")
    wrong_lion_betas_swapped = Changed(
        "0.5 * m + 0.5 * g", "0.75 * m + 0.25 * g", "m = 0.75 * m + 0.25 * g", "m = 0.5 * m + 0.5 * g"
    )
    wrong_lion_one_beta = Changed("0.75 * m + 0.25 * g", "0.5 * m + 0.5 * g")
    wrong_lion_sign_of_gradient = Changed("0.5 * m + 0.5 * g", "g")
    wrong_lion_sign_of_memory = Changed("0.5 * m + 0.5 * g", "0.75 * m + 0.25 * g")
    wrong_lion_no_sign = Changed("np.sign", "")
    wrong_lion_no_decay = Changed(" + 0.5 * theta", "")
    wrong_lion_decay_without_rate = Changed("+ 0.5 * theta)", "+ 0.5 / 0.2 * theta)")
    wrong_lion_uphill = Changed("(np.sign", "(-np.sign")
    wrong_lion_decay_after_step = Changed(" + 0.5 * theta)", ")\n        theta -= 0.2 * 0.5 * theta")


class order_recipe(Order):
    def inputs(rng, case):
        numbers = {"lr": 0.1, "T_warmup": 2, "decay": 0.5, "max_norm": 1.0}
        if case == 0:
            return {"W": np.eye(2), "grads": np.array([[[3.0, 0], [0, 4.0]], [[0.1, 0], [0, 0.1]]]), **numbers}
        shape, steps = [(), (2, 3), (3, 2), (2, 2), (4, 1), (1, 3)][case], [0, 4, 5, 3, 6, 5][case]
        sizes = 10.0 ** rng.uniform(-1, 1, size=(steps, 1, 1))
        sizes[0], sizes[1] = 0.2, 8.0  # clipped and not, whatever the seed
        numbers |= {"lr": rng.uniform(0.05, 0.2), "T_warmup": 3 + case, "decay": rng.uniform(0.2, 0.6)}
        noise = rng.normal(size=(steps, *shape))
        grads = sizes * noise / np.linalg.norm(noise, axis=(1, 2), keepdims=True)
        return {"W": rng.normal(size=shape), "grads": grads, **numbers}

    def right(W, grads, lr, T_warmup, decay, max_norm):
        W, adam = W.copy(), Adam(lr, beta2=0.95)
        for t, G in enumerate(grads, start=1):
            adam.lr = lr * min(1, t / T_warmup)
            G = G * min(1, max_norm / np.linalg.norm(G))
            W -= adam.lr * decay * W
            adam.update([W], [G])
        return W

    wrong_recipe_no_warmup = Changed("lr * min(1, t / T_warmup)", "lr")
    wrong_recipe_stretched = Changed("min(1, max_norm / np.linalg.norm(G))", "max_norm / np.linalg.norm(G)")
    wrong_recipe_decay_in_gradient = Changed("W -= adam.lr * decay * W", "G = G + decay * W")
    wrong_recipe_decay_without_rate = Changed("W -= adam.lr * decay * W", "W -= decay * W")
    wrong_recipe_clipped_late = Changed(
        "        G = G * min(1, max_norm / np.linalg.norm(G))\n",
        "",
        "        adam.update([W], [G])\n",
        "        adam.update([W], [G])\n        G = G * min(1, max_norm / np.linalg.norm(G))\n",
    )


class lion_update(Function):
    points = 2
    cases = 7
    changes = ("theta", "m")

    def inputs(rng, case):
        numbers = {"lr": rng.uniform(0.05, 0.3), "beta1": rng.uniform(0.4, 0.6), "beta2": rng.uniform(0.7, 0.95)}
        if case == 0:
            theta, g, m = np.array([[1.0, 2.0, 3.0, -1.0], [2.0, -1.0, 0.0, -4.0], [0.0, 3.0, 0.0, 4.0]])
            return {"theta": theta, "g": g, "m": m, "lr": 0.1, "beta1": 0.5, "beta2": 0.75, "weight_decay": 0.0}
        shape = [(), (3, 2), (1,), (2, 5), (3, 1), (1, 4), (2, 3, 4)][case]
        theta, g, m = rng.choice([-1, 1], size=(3, *shape)) * rng.uniform(0.5, 2, size=(3, *shape))
        if case == 1:  # a sign is a sign, however small the number
            g, m = 1e-15 * g, 1e-15 * m
        if case == 2:  # nothing but the decay moves the weights
            g, m = np.zeros(shape), np.zeros(shape)
        if case == 3:
            g[:, 1], m[:, 3] = 0, 0
            theta, m = np.asfortranarray(theta), np.asfortranarray(m)
        if case == 4:
            numbers["beta1"] = 0.0
        if case == 6:
            numbers["beta2"] = 0.3
        return {"theta": theta, "g": g, "m": m, **numbers, "weight_decay": 0.0 if case == 3 else rng.uniform(0.2, 1)}

    def right(theta, g, m, lr, beta1, beta2, weight_decay):
        c = beta1 * m + (1 - beta1) * g
        theta -= lr * (np.sign(c) + weight_decay * theta)
        m[...] = beta2 * m + (1 - beta2) * g

    def right_in_small_steps(theta, g, m, lr, beta1, beta2, weight_decay):
        c = beta1 * m + (1 - beta1) * g
        theta *= 1 - lr * weight_decay
        theta[c > 0] -= lr
        theta[c < 0] += lr
        m *= beta2
        m += (1 - beta2) * g

    wrong_lion_new_arrays = Changed("theta -=", "theta = theta -", "m[...] =", "m =")
    wrong_lion_memory_not_kept = Changed("m[...] =", "m =")
    wrong_lion_memory_first = Changed("= beta1 * m", "= beta1 * (beta2 * m + (1 - beta2) * g)")
    wrong_lion_betas_swapped = Changed("c = beta1", "beta1, beta2 = beta2, beta1\n    c = beta1")
    wrong_lion_one_beta = Changed("beta2 * m + (1 - beta2) * g", "c")
    wrong_lion_sign_of_gradient = Changed("np.sign(c)", "np.sign(g)")
    wrong_lion_sign_of_memory = Changed("np.sign(c)", "np.sign(beta2 * m + (1 - beta2) * g)")
    wrong_lion_no_sign = Changed("np.sign(c)", "c")
    wrong_lion_zero_moves = Changed("np.sign(c)", "np.where(c > 0, 1, -1)")
    wrong_lion_zero_as_positive = Changed("np.sign(c)", "np.where(c >= 0, 1, -1)")
    wrong_lion_no_decay = Changed(" + weight_decay * theta", "")
    wrong_lion_decay_without_rate = Changed("+ weight_decay", "+ weight_decay / lr")
    wrong_lion_decay_in_gradient = Changed("(np.sign(c) + weight_decay * theta)", "np.sign(c + weight_decay * theta)")
    wrong_lion_decay_after_step = Changed(" + weight_decay * theta)", ")\n    theta -= lr * weight_decay * theta")
    wrong_lion_uphill = Changed("np.sign", "-np.sign")


class lion_steps(Repair):
    points = 2

    def inputs(rng, case):
        if case == 0:
            grads = np.array([[4.0, 2.0], [-3.0, 1.0]])
            return {"theta": np.ones(2), "grads": grads, "lr": 0.1, "beta1": 0.75, "beta2": 0.5}
        n, steps = [0, 4, 1, 5, 3, 8][case], [0, 1, 9, 20, 30, 30][case]
        grads = rng.normal(size=(steps, n)) * rng.uniform(0.2, 3, size=(steps, n))
        if case % 2:
            grads[:, case // 2] = 0
        if case == 4:
            grads *= 1e-15
        lr, beta1, beta2 = rng.uniform([1.5, 0.6, 0.2], [3.0, 0.8, 0.35]).tolist()
        return {"theta": rng.normal(size=n), "grads": grads, "lr": lr, "beta1": beta1, "beta2": beta2}

    def broken_lion_memory_first(theta, grads, lr, beta1, beta2):
        theta = theta.copy()
        m = np.zeros_like(theta)
        for g in grads:
            m = beta2 * m + (1 - beta2) * g
            theta -= lr * np.sign(beta1 * m + (1 - beta1) * g)
        return theta

    def right(theta, grads, lr, beta1, beta2):
        theta = theta.copy()
        m = np.zeros_like(theta)
        for g in grads:
            theta -= lr * np.sign(beta1 * m + (1 - beta1) * g)
            m = beta2 * m + (1 - beta2) * g
        return theta

    def right_with_the_old_memory(theta, grads, lr, beta1, beta2):
        m = np.zeros(theta.shape)
        for g in grads:
            old, m = m, beta2 * m + (1 - beta2) * g
            theta = theta - lr * np.sign(beta1 * old + (1 - beta1) * g)
        return theta

    wrong_lion_betas_swapped = Changed("m = np.zeros", "beta1, beta2 = beta2, beta1\n    m = np.zeros")
    wrong_lion_one_beta = Changed(" m = beta2 * m + (1 - beta2) * g", " m = beta1 * m + (1 - beta1) * g")
    wrong_lion_sign_of_gradient = Changed("beta1 * m + (1 - beta1) * g", "g")
    wrong_lion_sign_of_memory = Changed("beta1 * m + (1 - beta1) * g", "m", of="broken_lion_memory_first")
    wrong_changes_input = Changed("theta = theta.copy()", "theta = np.asarray(theta)")


class schedule_free_step(Function):
    points = 2
    cases = 7

    def inputs(rng, case):
        if case == 0:
            z, x, g = np.array([1.0, 2.0]), np.array([3.0, -2.0]), np.array([2.0, -4.0])
            return {"z": z, "x": x, "g": g, "t": 2, "lr": 0.5, "beta": 0.75}
        shape = [(), (1,), (2, 3), (4, 1), (3, 5), (2, 3, 2), (1, 3)][case]
        z, x, g = rng.choice([-1, 1], size=(3, *shape)) * rng.uniform(0.5, 2, size=(3, *shape))
        t, beta = [0, 1, 3, 7, 20, 1000, 4][case], {4: 0.0, 6: 0.999}.get(case, rng.uniform(0.6, 0.9))
        return {"z": z, "x": z.copy() if t == 1 else x, "g": g, "t": t, "lr": rng.uniform(0.1, 0.6), "beta": beta}

    def right(z, x, g, t, lr, beta):
        z = z - lr * g
        x = (1 - 1 / t) * x + z / t
        return (1 - beta) * z + beta * x, z, x

    def right_on_copies(z, x, g, t, lr, beta):
        z, x = z.copy(), x.copy()
        z -= lr * g
        x += (z - x) / t
        return z + beta * (x - z), z, x

    wrong_free_counts_one_more = Changed("1 / t", "1 / (t + 1)", "z / t", "z / (t + 1)")
    wrong_free_counts_from_zero = Changed("1 / t", "1 / (t - 1)", "z / t", "z / (t - 1)")
    wrong_free_shares_of_old_and_new = Changed("(1 - 1 / t) * x + z / t", "x / t + (1 - 1 / t) * z")
    wrong_free_moving_average = Changed("(1 - 1 / t) * x + z / t", "beta * x + (1 - beta) * z")
    wrong_free_half_and_half = Changed("(1 - 1 / t) * x + z / t", "(x + z) / 2")
    wrong_free_betas_swapped = Changed("(1 - beta) * z + beta * x", "beta * z + (1 - beta) * x")
    wrong_free_steps_from_the_mean = Changed("z = z - lr * g", "z = x - lr * g")
    wrong_free_uphill = Changed("z - lr", "z + lr")
    wrong_free_averages_old_z = Changed("+ z / t", "+ (z + lr * g) / t")
    wrong_free_theta_with_old_mean = Changed("x = (1", "mean, x = x, (1", "+ beta * x", "+ beta * mean")
    wrong_free_order = Changed("(1 - beta) * z + beta * x, z, x", "z, x, (1 - beta) * z + beta * x")
    wrong_changes_input = Changed("z = z - lr * g", "z -= lr * g")


class shampoo_choice(Choice):
    points = 1

    right = 3
    wrong_shampoo_not_accumulated = 1
    wrong_shampoo_left_only = 2
    wrong_shampoo_half_power = 4
    wrong_shampoo_row_and_column_swapped = 5


class order_shampoo(Order):
    def inputs(rng, case):
        if case == 0:
            grads = np.array([[[0.0, 1.0], [4.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]]])
            return {"W": np.zeros((2, 2)), "grads": grads, "lr": 1.0, "power": matrix_power}
        n, steps = [0, 2, 3, 2, 4, 3][case], [0, 3, 2, 4, 3, 5][case]
        U, V = (np.linalg.qr(rng.normal(size=(steps, n, n)))[0] for _ in range(2))
        grads = U * rng.uniform(0.5, 3, size=(steps, 1, n)) @ V  # no singular value near 0
        return {"W": rng.normal(size=(n, n)), "grads": grads, "lr": rng.uniform(0.1, 1), "power": matrix_power}

    def right(W, grads, lr, power):
        L = R = np.zeros(W.shape)
        for G in grads:
            L = L + G @ G.T
            R = R + G.T @ G
            step = power(L, -1 / 4) @ G @ power(R, -1 / 4)
            W = W - lr * step
        return W

    right_R_first = Changed(
        "        L = L + G @ G.T\n        R = R + G.T @ G\n", "        R = R + G.T @ G\n        L = L + G @ G.T\n"
    )
    wrong_order_shampoo_last_only = Changed("L = L + G @ G.T", "L = G @ G.T")
    wrong_order_shampoo_sides = Changed("L = L + G @ G.T", "L = L + G.T @ G")
    wrong_order_shampoo_halves = Changed(
        "power(L, -1 / 4) @ G @ power(R, -1 / 4)", "power(L, -1 / 2) @ G @ power(R, -1 / 2)"
    )
    wrong_order_shampoo_left = Changed("power(L, -1 / 4) @ G @ power(R, -1 / 4)", "power(L, -1 / 2) @ G")


class orthogonal(Function):
    points = 3
    cases = 8

    def inputs(rng, case):
        if case == 0:
            return {"G": np.array([[0.0, 12.0], [-5.0, 0.0]]), "steps": 1, "coefficients": (1.5, -0.5, 0.25)}
        shape = [(), (4, 2), (2, 3), (2, 5), (1, 4), (3, 3), (3, 2), (3, 1)][case]
        G = 10.0 ** rng.uniform(0.5, 1.5) * rng.normal(size=shape) * (1e-20 if case == 6 else 1)
        if case == 2:
            G = np.zeros(shape)
        if case == 3:  # any number that is added to the norm shows
            G = 1e-10 * G
        coefficients = CONVERGING if case in (2, 5) else FAST  # those leave a row or a column as it is
        return {"G": G, "steps": [0, 2, 2, 3, 2, 5, 0, 2][case], "coefficients": coefficients}

    def right(G, steps, coefficients):
        a, b, c = coefficients
        norm = np.sqrt(np.sum(G**2))
        X = G / norm if norm > 0 else G.copy()
        for _ in range(steps):
            S = X @ X.T
            X = a * X + b * S @ X + c * S @ S @ X
        return X

    def right_by_singular_values(G, steps, coefficients):
        U, sigma, Vt = np.linalg.svd(G, full_matrices=False)
        sigma = sigma / (np.sqrt(sum(sigma**2)) or 1)
        for _ in range(steps):
            sigma = sum(k * sigma**power for k, power in zip(coefficients, (1, 3, 5)))
        return np.einsum("ik,k,kj->ij", U, sigma, Vt)

    wrong_schulz_not_divided = Changed("G / norm if norm > 0 else G.copy()", "G.copy()")
    wrong_schulz_sum_of_squares = Changed("np.sqrt(np.sum(G**2))", "np.sum(G**2)")
    wrong_schulz_spectral_norm = Changed("np.sqrt(np.sum(G**2))", "np.linalg.norm(G, 2)")
    wrong_schulz_largest_element = Changed("np.sqrt(np.sum(G**2))", "np.abs(G).max()")
    wrong_schulz_tiny_added = Changed("G / norm if norm > 0 else G.copy()", "G / (norm + 1e-7)")
    wrong_schulz_zero_by_zero = Changed(" if norm > 0 else G.copy()", "")
    wrong_schulz_divided_each_step = Changed("S = X", "X = X / (np.linalg.norm(X) or 1)\n        S = X")
    wrong_schulz_by_element = Changed("b * S @ X + c * S @ S @ X", "b * X**3 + c * X**5")
    wrong_schulz_third_power_only = Changed(" + c * S @ S @ X", "")
    wrong_schulz_third_for_fifth = Changed("c * S @ S @ X", "c * S @ X")
    wrong_schulz_wrong_side = Changed("X @ X.T", "X.T @ X")
    wrong_schulz_coefficients_reversed = Changed("a, b, c =", "c, b, a =")
    wrong_schulz_one_step_more = Changed("range(steps)", "range(steps + 1)")
    wrong_changes_input = Changed("X = G / norm if norm > 0 else G.copy()", "X = G\n    X /= norm or 1")


class orthogonal_tests(WriteTest):
    called = "off_orthogonal"
    arguments = {"X": ("float", ("n", "k"), -10, 10)}
    example = "X=[[1.0, 0.0], [0.0, 1.0]]"
    most = 2

    def shown(X):
        S = X @ X.T if len(X) <= len(X.T) else X.T @ X
        return np.abs(S - np.eye(len(S))).max()

    faulty_off_mean = Changed(").max()", ").mean()")
    faulty_off_signed = Changed("np.abs(S - np.eye(len(S)))", "(S - np.eye(len(S)))")
    faulty_off_angles_only = Changed("S - np.eye(len(S))", "S - np.diag(np.diag(S))")
    faulty_off_lengths_only = Changed("S - np.eye(len(S))", "np.diag(S) - 1")
    faulty_off_rows = Changed("X @ X.T if len(X) <= len(X.T) else X.T @ X", "X @ X.T")
    faulty_off_columns = Changed("X @ X.T if len(X) <= len(X.T) else X.T @ X", "X.T @ X")

    right = [{"X": [[0.5], [0.0]]}, {"X": [[1.0, 0.0, 0.0], [-0.9, 0.9, 0.0]]}]
    right_as_tuples = [([[0.5], [0.5], [0.5]],), ([[1.0, 0.0, 0.0], [-0.8, 0.8, 0.0]],)]
    wrong_off_mean = [{"X": [[2.0]]}]
    wrong_off_signed = [{"X": [[2.0, 0.0], [0.0, 1.0]]}]
    wrong_off_angles_only = [{"X": [[1.0, 0.0, 0.0], [-0.8, 0.6, 0.0]]}]
    wrong_off_lengths_only = [{"X": [[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]]}]
    wrong_off_rows = [{"X": [[0.5, 0.0, 0.0], [0.0, 1.0, 0.0]]}, {"X": [[1.0, 0.0, 0.0], [-0.9, 0.9, 0.0]]}]
    wrong_off_columns = [{"X": [[0.5], [0.0]]}, {"X": [[1.0, -0.9], [0.0, 0.9], [0.0, 0.0]]}]


class muon_steps(Function):
    points = 3
    cases = 7
    allows = ("Adam.__init__", "_Optimizer.update")

    def inputs(rng, case):
        if case == 0:
            W, grads = np.ones((2, 2)), np.array([[[0.0, 4.0], [-3.0, 0.0]]])
            return {"W": W, "grads": grads, "lr": 0.1, "momentum": 0.5, "orthogonal": newton_schulz}
        d, k, steps = [(), (4, 2, 3), (1, 3, 4), (2, 5, 2), (3, 1, 3), (3, 3, 4), (1, 1, 3)][case]
        sizes = 10.0 ** rng.uniform(-1, 1, size=(steps, 1, 1))
        W, grads = rng.normal(size=(d, k)), sizes * rng.normal(size=(steps, d, k))
        if case == 2:  # ε of Adam shows where a gradient is tiny
            grads[:, 0, 1:] *= 0, 1e-7
        momentum = 0.0 if case == 3 else rng.uniform(0.5, 0.9)
        orthogonal = relu_grad if case == 5 else newton_schulz  # neither sees a factor of the matrix
        return {"W": W, "grads": grads, "lr": rng.uniform(0.05, 0.3), "momentum": momentum, "orthogonal": orthogonal}

    def right(W, grads, lr, momentum, orthogonal):
        W, m, adam = W.copy(), np.zeros(W.shape), Adam(lr)
        for G in grads:
            if len(W) == 1:
                adam.update([W], [G])
            else:
                m = momentum * m + G
                W -= lr * 0.2 * np.sqrt(max(W.shape)) * orthogonal(m)
        return W

    def right_with_its_own_adam(W, grads, lr, momentum, orthogonal):
        W, m, v = np.array(W), np.zeros_like(W), np.zeros_like(W)
        for t, G in enumerate(grads, start=1):
            if W.shape[0] > 1:
                m = momentum * m + (1 - momentum) * G  # O does not see a factor of m
                W -= lr * np.sqrt(0.04 * max(W.shape)) * orthogonal(m)
            else:
                m, v = 0.9 * m + 0.1 * G, 0.999 * v + 0.001 * G * G
                W -= lr * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        return W

    wrong_muon_row_orthogonalised = Changed("len(W) == 1", "False")
    wrong_muon_column_as_row = Changed("len(W) == 1", "min(W.shape) == 1")
    wrong_muon_column_for_row = Changed("len(W)", "W.shape[1]")
    wrong_muon_row_by_momentum = Changed("adam.update([W], [G])", "m = momentum * m + G\n            W -= lr * m")
    wrong_muon_new_adam_each_step = Changed("adam.update", "Adam(lr).update")
    wrong_muon_one_gradient = Changed("orthogonal(m)", "orthogonal(G)")
    wrong_muon_not_orthogonalised = Changed("orthogonal(m)", "m")
    wrong_muon_never_forgets = Changed("momentum * m + G", "m + G")
    wrong_muon_orthogonalised_first = Changed("m + G", "m + orthogonal(G)", "orthogonal(m)", "m")
    wrong_muon_looks_ahead = Changed("orthogonal(m)", "orthogonal(G + momentum * m)")
    wrong_muon_no_scale = Changed(" * 0.2 * np.sqrt(max(W.shape))", "")
    wrong_muon_no_root = Changed("np.sqrt(max(W.shape))", "max(W.shape)")
    wrong_muon_smaller_side = Changed("max(W.shape)", "min(W.shape)")
    wrong_muon_scale_of_another_paper = Changed(
        "0.2 * np.sqrt(max(W.shape))", "np.sqrt(max(1, W.shape[1] / W.shape[0]))"
    )
    wrong_muon_uphill = Changed("W -= lr", "W += lr")
    wrong_changes_input = Changed("W.copy()", "W")


class lion_settles(Tune):
    points = 2
    trial = "lion_on_digits"
    goal = 0.02
    start = {"lr_max": 0.002, "T_decay": 1}
    limits = {"lr_max": ("float", 0.0001, 0.3), "T_decay": ("int", 1, 120)}

    right = {"lr_max": 0.02, "T_decay": 60}
    right_later = {"lr_max": 0.017, "T_decay": 40}
    wrong_lion_run_too_slow = {"lr_max": 0.003, "T_decay": 60}
    wrong_lion_run_too_fast = {"lr_max": 0.1, "T_decay": 60}
    wrong_lion_run_never_settles = {"lr_max": 0.02, "T_decay": 1}
