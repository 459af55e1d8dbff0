"""Chapter 4: optimizers."""

import numpy as np

from exercises.tasks import Changed, Choice, Function, Number, Order, Repair, Tune, WriteTest
from lessons_lib import Adam

IMPORTS = ("Adam",)


class momentum_by_hand(Number):
    points = 1
    decimals = 3

    def right():
        theta, v, path = 1.0, 0.0, []
        for _ in range(3):
            v = 0.8 * v - 0.1 * 4 * theta
            theta += v
            path.append(theta)
        return tuple(path)

    wrong_momentum_forgotten = Changed("0.8 * v - 0.1", "-0.1")
    wrong_momentum_gradient_of_another_loss = Changed("4 * theta", "2 * theta")
    wrong_momentum_stale_gradient = Changed("4 * theta", "4")
    wrong_momentum_averaged = Changed("- 0.1", "- (1 - 0.8) * 0.1")

    def wrong_momentum_old_velocity():
        theta, v, path = 1.0, 0.0, []
        for _ in range(3):
            g = 4 * theta
            theta += v
            v = 0.8 * v - 0.1 * g
            path.append(theta)
        return tuple(path)

    wrong_momentum_uphill = Changed("- 0.1", "+ 0.1")


class momentum_update(Function):
    points = 2
    cases = 7
    changes = ("theta", "v")

    def inputs(rng, case):
        if case == 0:
            theta, v, g = np.array([1.0, 2.0]), np.array([0.5, -1.0]), np.array([2.0, -4.0])
            return {"theta": theta, "v": v, "g": g, "lr": 0.1, "beta": 0.5}
        shape = [(), (3, 2), (1,), (2, 5), (3, 1), (2, 3, 4), (1, 3)][case]
        theta, v, g = rng.normal(size=(3, *shape))
        if case == 3:
            theta, v = np.asfortranarray(theta), np.asfortranarray(v)
        beta = {4: 0.0, 6: 0.999}.get(case, rng.uniform(0.55, 0.95))
        return {"theta": theta, "v": v, "g": g, "lr": rng.uniform(0.05, 0.5), "beta": beta}

    def right(theta, v, g, lr, beta):
        v[...] = beta * v - lr * g
        theta += v

    def right_in_small_steps(theta, v, g, lr, beta):
        v *= beta
        v -= lr * g
        np.add(theta, v, out=theta)

    def right_with_a_loop(theta, v, g, lr, beta):
        for place in np.ndindex(theta.shape):
            v[place] = beta * v[place] - lr * g[place]
            theta[place] = theta[place] + v[place]

    wrong_optimizer_new_arrays = Changed("v[...] =", "v =", "theta += v", "theta = theta + v")
    wrong_momentum_velocity_not_kept = Changed("v[...] =", "v =")
    wrong_momentum_weights_not_moved = Changed("theta += v", "theta = theta + v")

    def wrong_momentum_old_velocity(theta, v, g, lr, beta):
        theta += v
        v[...] = beta * v - lr * g

    wrong_momentum_uphill = Changed("- lr * g", "+ lr * g")
    wrong_momentum_velocity_subtracted = Changed("theta += v", "theta -= v")
    wrong_momentum_averaged = Changed("- lr * g", "- (1 - beta) * lr * g")
    wrong_momentum_rate_outside = Changed("- lr * g", "+ g", "theta += v", "theta -= lr * v")
    wrong_momentum_looks_ahead = Changed("theta += v", "theta += beta * v - lr * g")


class order_adagrad(Order):
    def inputs(rng, case):
        if case == 0:
            return {"theta": np.ones(2), "grads": np.array([[3.0, 0.5], [4.0, 0.5]]), "lr": 0.1, "epsilon": 0.5}
        n, steps = [0, 3, 1, 4, 2, 5][case], [0, 4, 6, 3, 8, 5][case]
        grads = rng.normal(size=(steps, n))
        return {
            "theta": rng.normal(size=n),
            "grads": grads,
            "lr": rng.uniform(0.1, 0.5),
            "epsilon": rng.uniform(0.1, 0.3),
        }

    def right(theta, grads, lr, epsilon):
        s = np.zeros(theta.shape)
        for g in grads:
            s = s + g**2
            theta = theta - lr * g / (np.sqrt(s) + epsilon)
        return theta

    wrong_adagrad_forgets = Changed("s = s + g**2", "s = g**2")
    wrong_adagrad_no_square = Changed("s = s + g**2", "s = s + np.abs(g)")
    wrong_adagrad_no_root = Changed("(np.sqrt(s) + epsilon)", "(s + epsilon)")
    wrong_adagrad_eps_inside = Changed("(np.sqrt(s) + epsilon)", "np.sqrt(s + epsilon)")
    wrong_adagrad_step_first = Changed(
        "        s = s + g**2\n        theta = theta - lr * g / (np.sqrt(s) + epsilon)\n",
        "        theta = theta - lr * g / (np.sqrt(s) + epsilon)\n        s = s + g**2\n",
    )


class largest_rate(Function):
    points = 2
    cases = 12

    def inputs(rng, case):
        curvatures = rng.permutation([0.3, 1.0, 4.0]) * rng.uniform(0.8, 1.2, size=3)
        beta = rng.uniform(0.3, 0.9)
        if case == 0:
            return {"curvatures": np.array([1.0, 4.0]), "beta": 0.5}
        if case == 1:
            return {"curvatures": curvatures, "beta": 0.0}
        if case == 2:
            return {"curvatures": curvatures[:1], "beta": 0.999}
        if case == 3:
            return {"curvatures": curvatures, "beta": 1.0}
        if case == 4:
            return {"curvatures": np.array([2.0, 0.0, *curvatures]), "beta": beta}
        if case == 5:
            return {"curvatures": curvatures, "beta": -rng.uniform(0.1, 0.5)}
        if case in (6, 11):
            return {"curvatures": curvatures, "beta": 1.0 + beta if case == 6 else -1e-13}
        if case in (7, 8):
            return {"curvatures": np.insert(curvatures, 0 if case == 7 else 3, -beta), "beta": beta}
        if case == 9:
            return {"curvatures": 1e-12 * curvatures, "beta": beta}
        return {"curvatures": np.insert(curvatures, 1 if case == 10 else 3, 10.0 + beta), "beta": beta}

    def right(curvatures, beta):
        if not 0 <= beta < 1:
            raise ValueError(f"beta must be in [0, 1), got {beta}")
        if np.any(curvatures <= 0):
            raise ValueError("every curvature must be positive")
        return (2 + 2 * beta) / np.max(curvatures)

    def right_of_each_axis(curvatures, beta):
        if beta < 0 or beta >= 1 or min(curvatures) <= 0:
            raise ValueError
        return min((2 + 2 * beta) / c for c in curvatures)

    def right_with_a_loop(curvatures, beta):
        steepest = 0.0
        for c in curvatures:
            if not c > 0:
                raise ValueError("curvature")
            if c > steepest:
                steepest = c
        if not (beta >= 0 and beta < 1):
            raise ValueError("beta")
        return 2 * (1 + beta) / steepest

    wrong_largest_rate_without_momentum = Changed("(2 + 2 * beta)", "2")
    wrong_largest_rate_flattest_axis = Changed("np.max", "np.min")
    wrong_largest_rate_condition_number = Changed("np.max(curvatures)", "(np.max(curvatures) / np.min(curvatures))")
    wrong_largest_rate_of_each_axis = Changed("np.max(curvatures)", "curvatures")
    wrong_largest_rate_takes_one = Changed("beta < 1", "beta <= 1")
    wrong_largest_rate_refuses_zero = Changed("0 <= beta", "0 < beta")
    wrong_largest_rate_takes_flat = Changed("curvatures <= 0", "curvatures < 0")

    def wrong_largest_rate_takes_all(curvatures, beta):
        return (2 + 2 * beta) / np.max(curvatures)

    wrong_largest_rate_none = Changed("raise ValueError", "return None", of="right_of_each_axis")


class read_the_path(Choice):
    points = 1
    figure = "from lessons_lib.figures.optimizers import bowl_path\n\nbowl_path(30, 0.97)"

    right = 3
    wrong_path_more_momentum = 1
    wrong_path_larger_rate = 2
    wrong_path_no_momentum = 4


class bowl_settings(Tune):
    points = 2
    trial = "momentum_on_a_bowl"
    goal = 0.001
    start = {"learning_rate": 0.001, "momentum": 0.0}
    limits = {"learning_rate": ("float", 0.0001, 1.0), "momentum": ("float", 0.0, 0.99)}

    right = {"learning_rate": 0.033, "momentum": 0.67}
    right_smaller_rate = {"learning_rate": 0.02, "momentum": 0.75}
    right_by_trial = {"learning_rate": 0.015, "momentum": 0.8}
    wrong_bowl_rate_too_large = {"learning_rate": 0.1, "momentum": 0.8}
    wrong_bowl_rate_too_small = {"learning_rate": 0.001, "momentum": 0.8}
    wrong_bowl_momentum_too_small = {"learning_rate": 0.0198, "momentum": 0.0}
    wrong_bowl_momentum_too_large = {"learning_rate": 0.02, "momentum": 0.95}


class order_corrected(Order):
    def inputs(rng, case):
        if case == 0:
            return {"grads": np.array([4.0, 4.0, 4.0]), "beta": 0.5}
        return {"grads": rng.normal(size=[0, 3, 6, 2, 9, 5][case]), "beta": float(rng.uniform(0.55, 0.95))}

    def right(grads, beta):
        m, means = 0.0, []
        for t, g in enumerate(grads, start=1):
            m = beta * m + (1 - beta) * g
            m_hat = m / (1 - beta**t)
            means.append(m_hat)
        return np.array(means)

    wrong_corrected_none = Changed("means.append(m_hat)", "means.append(m)")
    wrong_corrected_kept = Changed("m_hat = m / (1 - beta**t)", "m = m_hat = m / (1 - beta**t)")
    wrong_corrected_always_first = Changed("m / (1 - beta**t)", "m / (1 - beta)")
    wrong_corrected_from_zero = Changed("enumerate(grads, start=1)", "enumerate(grads)")
    wrong_corrected_too_early = Changed(
        "        m = beta * m + (1 - beta) * g\n        m_hat = m / (1 - beta**t)\n",
        "        m_hat = m / (1 - beta**t)\n        m = beta * m + (1 - beta) * g\n",
    )


class rmsprop_step(Function):
    points = 2
    cases = 8

    def inputs(rng, case):
        if case == 0:
            theta, g, s = np.array([1.0, 2.0]), np.array([2.0, -4.0]), np.array([4.0, 0.0])
            return {"theta": theta, "g": g, "s": s, "lr": 0.1, "beta": 0.75, "epsilon": 0.5}
        shape = [(), (1,), (2, 3), (4, 1), (3, 5), (2, 2, 3), (4,), (1, 3)][case]
        theta, g = rng.normal(size=(2, *shape))
        s = rng.uniform(0.2, 2, size=shape)
        lr, beta, epsilon = rng.uniform(0.05, 0.5), rng.uniform(0.6, 0.95), rng.uniform(0.01, 0.3)
        if case == 6:
            g, s, epsilon = 1e-4 * g, 1e-8 * s, 1e-4
        if case == 7:
            beta = 0.999
        if case == 5:
            g[0] = s[0] = 0
        return {"theta": theta, "g": g, "s": s, "lr": lr, "beta": beta, "epsilon": epsilon}

    def right(theta, g, s, lr, beta, epsilon):
        s = beta * s + (1 - beta) * g**2
        return theta - lr * g / (np.sqrt(s) + epsilon), s

    def right_on_copies(theta, g, s, lr, beta, epsilon):
        theta, s = theta.copy(), s.copy()
        s *= beta
        s += (1 - beta) * g * g
        theta -= lr / (s**0.5 + epsilon) * g
        return theta, s

    def right_with_a_loop(theta, g, s, lr, beta, epsilon):
        new_theta, new_s = np.empty_like(theta), np.empty_like(s)
        for i in np.ndindex(theta.shape):
            new_s[i] = s[i] + (1 - beta) * (g[i] ** 2 - s[i])
            new_theta[i] = theta[i] - lr * g[i] / (np.sqrt(new_s[i]) + epsilon)
        return new_theta, new_s

    wrong_optimizer_eps_inside = Changed("(np.sqrt(s) + epsilon)", "np.sqrt(s + epsilon)")
    wrong_optimizer_uphill = Changed("theta - lr", "theta + lr")
    wrong_rmsprop_never_forgets = Changed("beta * s + (1 - beta) * g**2", "s + g**2")
    wrong_rmsprop_new_in_full = Changed("(1 - beta) * ", "")
    wrong_rmsprop_shares_swapped = Changed("beta * s + (1 - beta) * g**2", "(1 - beta) * s + beta * g**2")
    wrong_optimizer_no_square = Changed("g**2", "g")
    wrong_optimizer_no_root = Changed("np.sqrt(s)", "s")

    def wrong_rmsprop_old_memory(theta, g, s, lr, beta, epsilon):
        theta = theta - lr * g / (np.sqrt(s) + epsilon)
        return theta, beta * s + (1 - beta) * g**2

    wrong_optimizer_memory_overwritten = Changed("s = beta * s + ", "s *= beta\n    s += ")


class adam_step(Function):
    points = 3
    cases = 8

    def inputs(rng, case):
        if case == 0:
            theta, g, m = np.array([1.0, 2.0]), np.array([2.0, -2.0]), np.zeros(2)
            lr, beta1, beta2, epsilon, t = 0.1, 0.5, 0.75, 0.5, 1
            return _adam_inputs(theta, g, m, m.copy(), t, lr, beta1, beta2, epsilon)
        shape = [(), (1,), (2, 3), (4, 1), (3, 2), (2, 3, 2), (4,), (1, 3)][case]
        theta, g, m = rng.normal(size=(3, *shape))
        v = rng.uniform(0.5, 2, size=shape)
        t = [0, 2, 3, 5, 8, 12, 4, 2000][case]
        beta1, beta2, epsilon = rng.uniform(0.6, 0.8), rng.uniform(0.85, 0.95), rng.uniform(0.02, 0.3)
        if case == 6:
            g, m, v, epsilon = 1e-4 * g, 1e-4 * m, 1e-8 * v, 1e-4
        if case == 7:
            beta1, beta2 = 0.9, 0.999
        if case == 5:
            g[0] = m[0] = v[0] = 0
        return _adam_inputs(theta, g, m, v, t, rng.uniform(0.05, 0.5), beta1, beta2, epsilon)

    def right(theta, g, m, v, t, lr, beta1, beta2, epsilon):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        return theta - lr * m_hat / (np.sqrt(v_hat) + epsilon), m, v

    def right_on_copies(theta, g, m, v, t, lr, beta1, beta2, epsilon):
        theta, m, v = theta.copy(), m.copy(), v.copy()
        m += (1 - beta1) * (g - m)
        v += (1 - beta2) * (g * g - v)
        root = np.sqrt(v) / np.sqrt(1 - beta2**t)
        theta -= lr / (1 - beta1**t) * m / (root + epsilon)
        return theta, m, v

    def right_with_a_loop(theta, g, m, v, t, lr, beta1, beta2, epsilon):
        theta, m, v = np.array(theta), np.array(m), np.array(v)
        for i in np.ndindex(theta.shape):
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2
            m_hat, v_hat = m[i] / (1 - beta1**t), v[i] / (1 - beta2**t)
            theta[i] -= lr * m_hat / (v_hat**0.5 + epsilon)
        return theta, m, v

    wrong_adam_no_correction = Changed("m / (1 - beta1**t)", "m", "v / (1 - beta2**t)", "v")
    wrong_adam_only_m_corrected = Changed("v / (1 - beta2**t)", "v")
    wrong_adam_only_v_corrected = Changed("m / (1 - beta1**t)", "m")
    wrong_optimizer_uphill = Changed("theta - lr", "theta + lr")
    wrong_adam_counts_one_more = Changed("beta1**t", "beta1 ** (t + 1)", "beta2**t", "beta2 ** (t + 1)")
    wrong_adam_counts_from_zero = Changed("beta1**t", "beta1 ** (t - 1)", "beta2**t", "beta2 ** (t - 1)")
    wrong_adam_always_first_step = Changed("beta1**t", "beta1", "beta2**t", "beta2")
    wrong_adam_keeps_corrected = Changed("epsilon), m, v", "epsilon), m_hat, v_hat")
    wrong_optimizer_eps_inside = Changed("(np.sqrt(v_hat) + epsilon)", "np.sqrt(v_hat + epsilon)")

    def wrong_adam_eps_before_correction(theta, g, m, v, t, lr, beta1, beta2, epsilon):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        rate = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        return theta - rate * m / (np.sqrt(v) + epsilon), m, v

    wrong_optimizer_no_square = Changed("g**2", "g")
    wrong_optimizer_no_root = Changed("np.sqrt(v_hat)", "v_hat")

    def wrong_adam_betas_swapped(theta, g, m, v, t, lr, beta1, beta2, epsilon):
        m = beta2 * m + (1 - beta2) * g
        v = beta1 * v + (1 - beta1) * g**2
        m_hat = m / (1 - beta2**t)
        v_hat = v / (1 - beta1**t)
        return theta - lr * m_hat / (np.sqrt(v_hat) + epsilon), m, v

    wrong_adam_gradient_in_step = Changed("lr * m_hat", "lr * g")


class steps_tests(WriteTest):
    called = "steps_until_close"
    arguments = {"distance": ("float", ("n",), 0.001, 1000), "share": ("float", (), 0.01, 0.9)}
    example = "distance=[8.0, 4.0, 1.0], share=0.25"

    def shown(distance, share):
        far = np.flatnonzero(distance > share * distance[0])
        return int(far[-1]) + 1

    faulty_steps_of_squares = Changed("distance >", "distance**2 >", "distance[0]", "distance[0] ** 2")
    faulty_steps_fixed = Changed("share * distance[0]", "share")
    faulty_steps_first_time = Changed(
        "np.flatnonzero(distance > share * distance[0])\n    return int(far[-1]) + 1",
        "distance > share * distance[0]\n    return int(np.argmin(far))",
    )
    faulty_steps_counted = Changed("int(far[-1]) + 1", "len(far)")
    faulty_steps_of_largest = Changed("distance[0]", "distance.max()")
    faulty_steps_boundary = Changed("distance >", "distance >=")

    right = [{"distance": [4.0, 1.0, 8.0, 2.5, 2.0], "share": 0.5}]
    right_longer = [([10.0, 3.0, 40.0, 6.0, 5.0, 5.0], 0.5)]
    wrong_steps_of_squares = [([4.0, 1.0], 0.5)]
    wrong_steps_fixed = [{"distance": [1.0, 0.5, 0.2], "share": 0.25}]
    wrong_steps_first_time = [{"distance": [8.0, 4.0, 1.0], "share": 0.25}]
    wrong_steps_counted = [{"distance": [0.5, 0.6, 0.3], "share": 0.5}]
    wrong_steps_of_largest = [{"distance": [8.0, 1.0, 4.0, 1.0], "share": 0.25}]
    wrong_steps_boundary = [{"distance": [4.0, 1.0, 8.0, 2.5, 1.0], "share": 0.5}]


class adamw(Repair):
    points = 2
    allows = ("Adam.__init__", "_Optimizer.update")

    def inputs(rng, case):
        if case == 0:
            grads = np.array([[0.1, 10.0], [-0.1, -10.0]])
            return {"theta": np.ones(2), "grads": grads, "lr": 0.1, "weight_decay": 0.5}
        n, steps = [0, 3, 1, 4, 3, 5][case], [0, 4, 120, 1, 6, 7][case]
        grads = rng.normal(size=(steps, n)) * 10.0 ** rng.uniform(-1, 1, size=n)
        if case == 3:
            grads[:, 1] = 0
        theta = rng.choice([-1, 1], size=n) * rng.uniform(0.5, 2, size=n)
        return {"theta": theta, "grads": grads, "lr": rng.uniform(0.05, 0.2), "weight_decay": rng.uniform(0.2, 0.6)}

    def broken_adamw_decay_in_gradient(theta, grads, lr, weight_decay):
        theta = theta.copy()
        optimizer = Adam(lr)
        for g in grads:
            g = g + weight_decay * theta
            optimizer.update([theta], [g])
        return theta

    def right(theta, grads, lr, weight_decay):
        theta = theta.copy()
        optimizer = Adam(lr)
        for g in grads:
            theta -= lr * weight_decay * theta
            optimizer.update([theta], [g])
        return theta

    def right_with_a_factor(theta, grads, lr, weight_decay):
        optimizer = Adam(learning_rate=lr)
        for g in grads:
            theta = (1 - lr * weight_decay) * theta
            optimizer.update([theta], [g])
        return theta

    def right_in_another_order(theta, grads, lr, weight_decay):
        theta = theta.copy()
        optimizer = Adam(lr)
        for g in grads:
            decay = lr * weight_decay * theta
            optimizer.update([theta], [g])
            theta -= decay
        return theta

    wrong_adamw_no_decay = Changed("theta -= lr * weight_decay * theta", "pass")
    wrong_adamw_decay_without_rate = Changed("lr * weight_decay", "weight_decay")
    wrong_adamw_rate_in_gradient = Changed(
        "weight_decay * theta", "lr * weight_decay * theta", of="broken_adamw_decay_in_gradient"
    )
    wrong_adamw_decay_twice = Changed("theta -= lr", "g = g + weight_decay * theta\n        theta -= lr")
    wrong_adamw_decay_after_step = Changed(
        "theta -= decay", "theta -= lr * weight_decay * theta", of="right_in_another_order"
    )
    wrong_adamw_weights_grow = Changed("theta -=", "theta +=")
    wrong_adamw_new_optimizer_each_step = Changed("optimizer.update", "Adam(lr).update")


def _adam_inputs(theta, g, m, v, t, lr, beta1, beta2, epsilon):
    return {"theta": theta, "g": g, "m": m, "v": v, "t": t, "lr": lr, "beta1": beta1, "beta2": beta2,
            "epsilon": epsilon}  # fmt: skip
