"""Chapter 5: schedules of the learning rate and the search for a good one."""

import numpy as np

from exercises.tasks import Changed, Choice, Function, Number, Order, Repair, Tune, WriteTest

IMPORTS = ()


class drops_by_hand(Number):
    points = 1
    decimals = 3

    right = 0.8, 0.8 * 0.5, 0.8 * 0.5**2
    wrong_drops_ceil = 0.8 * 0.5, 0.8 * 0.5, 0.8 * 0.5**3
    wrong_drops_round = 0.8 * 0.5, 0.8 * 0.5, 0.8 * 0.5**2
    wrong_drops_fraction = 0.8 * 0.5**0.9, 0.8 * 0.5, 0.8 * 0.5**2.3
    wrong_drops_late = 0.8, 0.8, 0.8 * 0.5**2
    wrong_drops_every_step = 0.8 * 0.5**9, 0.8 * 0.5**10, 0.8 * 0.5**23
    wrong_drops_grow = 0.8, 0.8 * 2, 0.8 * 2**2


class order_plateau(Order):
    def inputs(rng, case):
        if case == 0:
            losses = np.array([4.0, 5.0, 3.0, 3.0, 6.0, 2.0])
            return {"losses": losses, "lr": 1.0, "patience": 2, "factor": 0.5}
        n, patience = [(), (12, 2), (9, 3), (20, 2), (15, 1), (1, 2)][case]
        losses = np.cumsum(rng.choice([-1, 1], size=n) * rng.uniform(0.1, 1, size=n)) + 9
        if case < 4:  # two rises without a new lowest, whatever the seed
            losses[-5:] = losses.min() + np.array([-0.5, 0.4, 0.2, 0.3, 0.1])
        return {"losses": losses, "lr": rng.uniform(0.1, 2), "patience": patience, "factor": rng.uniform(0.2, 0.7)}

    def right(losses, lr, patience, factor):
        best, bad, rates = np.inf, 0, []
        for loss in losses:
            bad = 0 if loss < best else bad + 1
            best = min(loss, best)
            if bad == patience:
                lr, bad = factor * lr, 0
            rates.append(lr)
        return np.array(rates)

    wrong_plateau_best_is_last = Changed("best = min(loss, best)", "best = loss")
    wrong_plateau_not_counted = Changed("else bad + 1", "else 1")
    wrong_plateau_not_reset = Changed("lr, bad = factor * lr, 0", "lr = factor * lr")
    wrong_plateau_best_first = Changed(
        "        bad = 0 if loss < best else bad + 1\n        best = min(loss, best)\n",
        "        best = min(loss, best)\n        bad = 0 if loss < best else bad + 1\n",
    )


class cosine(Function):
    points = 2
    cases = 8

    def inputs(rng, case):
        if case == 0:
            return {"t": np.array([0, 2, 4, 5]), "lr_max": 1.0, "lr_min": 0.2, "T_max": 4}
        T_max, n = [0, 7, 12, 5, 30, 3, 1, 10][case], [0, 6, 9, 5, 8, 4, 4, 2][case]
        t = rng.permutation(np.r_[1, T_max + 1 + rng.integers(max(T_max - 1, 1)), rng.integers(2 * T_max, size=n - 2)])
        lr_max, lr_min = rng.uniform(0.2, 1.5), rng.uniform(0.05, 0.3)
        if case == 7:
            t, lr_min = 2 + rng.integers(7, size=1), 0.0
        return {"t": t, "lr_max": lr_max, "lr_min": lr_max * lr_min, "T_max": T_max}

    def right(t, lr_max, lr_min, T_max):
        t = np.minimum(t, T_max)
        return lr_min + (lr_max - lr_min) / 2 * (1 + np.cos(np.pi * t / T_max))

    def right_two_branches(t, lr_max, lr_min, T_max):
        falling = lr_min + 0.5 * (lr_max - lr_min) * (1 + np.cos(np.pi * t / T_max))
        return np.where(t < T_max, falling, lr_min)

    def right_with_a_loop(t, lr_max, lr_min, T_max):
        rates = []
        for step in t:
            share = min(step / T_max, 1)
            rates.append(lr_min + (lr_max - lr_min) * np.cos(np.pi / 2 * share) ** 2)
        return np.array(rates)

    def right_on_a_copy(t, lr_max, lr_min, T_max):
        clock = t.copy()
        clock[clock > T_max] = T_max
        return (lr_max + lr_min) / 2 + (lr_max - lr_min) / 2 * np.cos(np.pi * clock / T_max)

    wrong_cosine_not_held = Changed("np.minimum(t, T_max)", "t")
    wrong_cosine_no_half = Changed(" / 2", "")
    wrong_cosine_no_lr_min = Changed("lr_min + (lr_max - lr_min)", "lr_max")
    wrong_cosine_whole_height = Changed("(lr_max - lr_min)", "lr_max")
    wrong_cosine_two_pi = Changed("np.pi", "2 * np.pi")
    wrong_cosine_T_minus_one = Changed("t / T_max", "t / max(T_max - 1, 1)")
    wrong_cosine_rises = Changed("1 + np.cos", "1 - np.cos")
    wrong_cosine_ends_at_zero = Changed("t < T_max, falling, lr_min", "t <= T_max, falling, 0", of="right_two_branches")
    wrong_cosine_changes_t = Changed("t = np.minimum(t, T_max)", "t[t > T_max] = T_max")


class training_rates(Function):
    points = 2
    cases = 9

    def inputs(rng, case):
        if case == 0:
            return {"steps": 6, "lr_max": 1.0, "lr_min": 0.2, "T_warmup": 2}
        steps, T_warmup = [(0, 0), (11, 3), (9, 6), (17, 5), (8, 8), (5, 7), (7, 6), (2, 1), (12, 7)][case]
        lr_max = rng.uniform(0.2, 1.5)
        if case == 8:  # np.arange(0, lr_max, lr_max / 7) has eight numbers
            lr_max = 0.31 * 2.0 ** rng.integers(3)
        return {"steps": steps, "lr_max": lr_max, "lr_min": lr_max * rng.uniform(0.05, 0.3), "T_warmup": T_warmup}

    def right(steps, lr_max, lr_min, T_warmup):
        if T_warmup >= steps:
            raise ValueError("the warmup leaves no step for the cosine")
        t = np.arange(steps)
        falling = lr_min + (lr_max - lr_min) / 2 * (1 + np.cos(np.pi * (t - T_warmup) / (steps - T_warmup)))
        return np.where(t < T_warmup, t / T_warmup * lr_max, falling)

    def right_with_a_loop(steps, lr_max, lr_min, T_warmup):
        if T_warmup >= steps:
            raise ValueError("the warmup leaves no step for the cosine")
        rates = []
        for t in range(steps):
            if t < T_warmup:
                rates.append(t / T_warmup * lr_max)
            else:
                u = t - T_warmup
                rates.append(lr_min + (lr_max - lr_min) / 2 * (1 + np.cos(np.pi * u / (steps - T_warmup))))
        return np.array(rates)

    def right_two_parts(steps, lr_max, lr_min, T_warmup):
        T_max = steps - T_warmup
        if T_max <= 0:
            raise ValueError("the warmup leaves no step for the cosine")
        rising = np.linspace(0, lr_max, T_warmup, endpoint=False)
        falling = lr_min + (lr_max - lr_min) / 2 * (1 + np.cos(np.linspace(0, np.pi, T_max, endpoint=False)))
        return np.concatenate([rising, falling])

    wrong_warmup_clock_of_training = Changed("(t - T_warmup)", "t")
    wrong_warmup_T_max_of_training = Changed("(steps - T_warmup)", "steps")
    wrong_warmup_from_one = Changed("t / T_warmup", "(t + 1) / T_warmup")
    wrong_warmup_steps_from_one = Changed("np.arange(steps)", "np.arange(1, steps + 1)")
    wrong_warmup_from_lr_min = Changed("t / T_warmup * lr_max", "lr_min + t / T_warmup * (lr_max - lr_min)")
    wrong_warmup_reaches_early = Changed(", T_warmup, endpoint=False", ", T_warmup", of="right_two_parts")
    wrong_cosine_no_lr_min = Changed("lr_min + (lr_max - lr_min)", "lr_max")
    wrong_warmup_uncapped = Changed(
        "(t - T_warmup)",
        "np.maximum(t - T_warmup, 0)",
        "np.where(t < T_warmup, t / T_warmup * lr_max, falling)",
        "t / T_warmup * falling",
    )
    wrong_warmup_last_step_at_lr_min = Changed("(steps - T_warmup)", "(steps - T_warmup - 1)")
    wrong_warmup_refuses_late = Changed("T_warmup >= steps", "T_warmup > steps", of="right_with_a_loop")
    wrong_warmup_refuses_nothing = Changed("T_warmup >= steps", "False", of="right_with_a_loop")


class planned_and_used(Choice):
    points = 1
    figure = "from lessons_lib.figures.schedules import planned_and_used_rates\n\nplanned_and_used_rates()"

    right = 3
    wrong_joint_clock_in_epochs = 1
    wrong_joint_short_cosine = 2
    wrong_joint_uncapped = 4


class order_ema(Order):
    def inputs(rng, case):
        if case == 0:
            return {"theta": 4.0, "data": np.array([2.0, 0.0]), "lr": 0.5, "beta": 0.75}
        data, beta = rng.normal(size=[0, 3, 5, 1, 8, 6][case]), float(rng.uniform(0.55, 0.95))
        return {"theta": float(rng.uniform(2, 5)), "data": data, "lr": float(rng.uniform(0.1, 0.6)), "beta": beta}

    def right(theta, data, lr, beta):
        mean = theta
        for x in data:
            gradient = theta - x
            theta = theta - lr * gradient
            mean = beta * mean + (1 - beta) * theta
        return mean

    wrong_ema_shares_swapped = Changed("beta * mean + (1 - beta) * theta", "(1 - beta) * mean + beta * theta")
    wrong_ema_before_step = Changed(
        "        theta = theta - lr * gradient\n        mean = beta * mean + (1 - beta) * theta\n",
        "        mean = beta * mean + (1 - beta) * theta\n        theta = theta - lr * gradient\n",
    )
    wrong_ema_gradient_at_mean = Changed("gradient = theta - x", "gradient = mean - x")
    wrong_ema_last_weights = Changed("return mean", "return theta")


class descend(Repair):
    points = 2
    cases = 8

    def inputs(rng, case):
        if case == 0:
            return {"theta": 5.0, "data": np.array([1.0, 3.0]), "epochs": 2, "lr_max": 0.5}
        epochs, n = [(0, 0), (3, 2), (2, 5), (4, 3), (3, 7), (5, 4), (1, 1), (4, 1)][case]
        return {
            "theta": rng.uniform(3, 6),
            "data": rng.normal(size=n),
            "epochs": epochs,
            "lr_max": rng.uniform(0.2, 0.6),
        }

    def broken_loop_counts_first(theta, data, epochs, lr_max):
        used, t = [], 0
        for _ in range(epochs):
            for x in data:
                t += 1
                lr = lr_max / 2 * (1 + np.cos(np.pi * t / (epochs * len(data))))
                theta = theta - lr * (theta - x)
                used.append(lr)
        return theta, np.array(used)

    def right(theta, data, epochs, lr_max):
        used, t = [], 0
        for _ in range(epochs):
            for x in data:
                lr = lr_max / 2 * (1 + np.cos(np.pi * t / (epochs * len(data))))
                theta = theta - lr * (theta - x)
                used.append(lr)
                t += 1
        return theta, np.array(used)

    def right_rates_first(theta, data, epochs, lr_max):
        T = epochs * len(data)
        rates = lr_max / 2 * (1 + np.cos(np.pi * np.arange(T) / T))
        for lr, x in zip(rates, np.tile(data, epochs)):
            theta -= lr * (theta - x)
        return theta, rates

    def right_from_minus_one(theta, data, epochs, lr_max):
        used, t = [], -1
        for _ in range(epochs):
            for x in data:
                t += 1
                lr = lr_max / 2 * (1 + np.cos(np.pi * t / (epochs * len(data))))
                theta = (1 - lr) * theta + lr * x
                used.append(lr)
        return theta, np.array(used)

    wrong_loop_T_in_epochs = Changed("(epochs * len(data))", "epochs")
    wrong_loop_counts_epochs = Changed("    t += 1", "t += 1")
    wrong_loop_t_reset = Changed("for x in data:", "t = 0\n        for x in data:")

    def wrong_loop_lr_late(theta, data, epochs, lr_max):
        used, t, lr = [], 0, lr_max
        for _ in range(epochs):
            for x in data:
                theta = theta - lr * (theta - x)
                used.append(lr)
                lr = lr_max / 2 * (1 + np.cos(np.pi * t / (epochs * len(data))))
                t += 1
        return theta, np.array(used)

    wrong_loop_T_minus_one = Changed("epochs * len(data)", "epochs * len(data) - 1")


class trapezoid_tests(WriteTest):
    called = "trapezoid"
    arguments = {
        "t": ("int", (), 0, 1000),
        "lr_max": ("float", (), 0.001, 10),
        "T_warmup": ("int", (), 1, 100),
        "T_stable": ("int", (), 1, 100),
        "T_decay": ("int", (), 1, 100),
    }
    example = "t=10, lr_max=1.0, T_warmup=10, T_stable=10, T_decay=10"
    most = 4

    def shown(t, lr_max, T_warmup, T_stable, T_decay):
        T = T_warmup + T_stable + T_decay
        rising, falling = t / T_warmup, (T - t) / T_decay
        return lr_max * max(0, min(1, rising, falling))

    faulty_trapezoid_slow_decay = Changed("(T - t) / T_decay", "(T - t) / (T_stable + T_decay)")
    faulty_trapezoid_no_cap = Changed("min(1, rising, falling)", "min(rising, falling)")
    faulty_trapezoid_from_one = Changed("t / T_warmup", "(t + 1) / T_warmup")
    faulty_trapezoid_whole = Changed("t / T_warmup", "t // T_warmup")
    faulty_trapezoid_ends_early = Changed("(T - t)", "(T - 1 - t)")
    faulty_trapezoid_below_zero = Changed("max(0, min(1, rising, falling))", "min(1, rising, falling)")

    right = [
        {"t": 4, "lr_max": 1.0, "T_warmup": 10, "T_stable": 20, "T_decay": 10},
        {"t": 20, "lr_max": 1.0, "T_warmup": 10, "T_stable": 20, "T_decay": 10},
        {"t": 35, "lr_max": 1.0, "T_warmup": 10, "T_stable": 20, "T_decay": 10},
        {"t": 45, "lr_max": 1.0, "T_warmup": 10, "T_stable": 20, "T_decay": 10},
    ]
    right_tuples = [(1, 2.0, 3, 5, 4), (5, 2.0, 3, 5, 4), (10, 2.0, 3, 5, 4), (14, 2.0, 3, 5, 4)]
    wrong_trapezoid_slow_decay = [(4, 1.0, 10, 20, 10), (45, 1.0, 10, 20, 10)]
    wrong_trapezoid_no_cap = [(4, 1.0, 10, 20, 10), (35, 1.0, 10, 20, 10), (0, 1.0, 10, 20, 10), (45, 1.0, 10, 20, 10)]
    wrong_trapezoid_from_one = [(20, 1.0, 10, 20, 10), (35, 1.0, 10, 20, 10), (45, 1.0, 10, 20, 10)]
    wrong_trapezoid_whole = [(0, 1.0, 10, 20, 10), (20, 1.0, 10, 20, 10), (35, 1.0, 10, 20, 10)]
    wrong_trapezoid_ends_early = [(4, 1.0, 10, 20, 10), (20, 1.0, 10, 20, 10), (40, 1.0, 10, 20, 10)]
    wrong_trapezoid_below_zero = [(4, 1.0, 10, 20, 10), (20, 1.0, 10, 20, 10), (35, 1.0, 10, 20, 10)]


class range_test(Function):
    points = 3
    cases = 14

    def inputs(rng, case):
        if case == 0:
            return {"theta": 4.0, "curvatures": np.full(6, 0.5), "start_lr": 0.1, "end_lr": 10_000.0}
        if case in (6, 7, 8):  # θ goes to −θ; the second loss is 4, 4.02 or 3.98 times the first
            c, ratio = [(1.0, 4), (0.5, 4.02), (4.0, 3.98)][case - 6]
            curvatures = np.array([c, ratio * c, *rng.uniform(0.4, 0.9, 3)])
            return {"theta": rng.uniform(1, 3), "curvatures": curvatures, "start_lr": 2 / c, "end_lr": 9 / c}
        n = [0, 9, 7, 30, 5, 11, 0, 0, 0, 9, 6, 3, 2, 5][case]
        start_lr = 10 ** rng.uniform(-3, -2)
        end_lr = [0, 300, 0.6, 80, 0.5, 0.8, 0, 0, 0, 3e5, 0.7, 0.9, 0.5, 0.6][case] * rng.uniform(0.8, 1.2)
        curvatures = rng.uniform(0.4, 0.9, n)
        if case in (2, 5):
            curvatures[n // 2 + rng.integers(3)] = np.nan
        if case in (10, 11, 13):  # the loss of the second batch overflows; the first is spoilt, the last
            curvatures[{10: 1, 11: 0, 13: -1}[case]] = 1e308 if case == 10 else np.nan
        return {
            "theta": rng.uniform(1, 3) * {9: 1e-9, 10: 9}.get(case, 1),
            "curvatures": curvatures,
            "start_lr": start_lr,
            "end_lr": end_lr,
        }

    def right(theta, curvatures, start_lr, end_lr):
        lrs, losses = np.geomspace(start_lr, end_lr, len(curvatures)), []
        for lr, c in zip(lrs, curvatures):
            loss = 0.5 * c * theta**2
            if not np.isfinite(loss):
                break
            losses.append(loss)
            if loss > 4 * losses[0]:
                break
            theta = theta - lr * c * theta
        return lrs[: len(losses)], np.array(losses)

    def right_factor_by_factor(theta, curvatures, start_lr, end_lr):
        factor = (end_lr / start_lr) ** (1 / (len(curvatures) - 1))
        lr, lrs, losses = start_lr, [], []
        for c in curvatures:
            loss = c * theta**2 / 2
            if np.isnan(loss) or np.isinf(loss):
                break
            lrs.append(lr)
            losses.append(loss)
            if loss > 4 * losses[0]:
                break
            theta -= lr * c * theta
            lr *= factor
        return np.array(lrs), np.array(losses)

    def right_all_then_cut(theta, curvatures, start_lr, end_lr):
        n = len(curvatures)
        lrs = start_lr * (end_lr / start_lr) ** (np.arange(n) / (n - 1))
        thetas = theta * np.concatenate([[1.0], np.cumprod(1 - lrs * curvatures)[:-1]])
        losses = curvatures * thetas**2 / 2
        last = n
        for i in range(n - 1, -1, -1):
            if not np.isfinite(losses[i]):
                last = i
            elif losses[i] > 4 * losses[0]:
                last = i + 1
        return lrs[:last], losses[:last]

    wrong_finder_additive = Changed("np.geomspace", "np.linspace")
    wrong_finder_fixed_factor = Changed("lr *= factor", "lr *= 1.1", of="right_factor_by_factor")
    wrong_finder_short_of_end = Changed(
        "np.geomspace(start_lr, end_lr, len(curvatures))",
        "start_lr * (end_lr / start_lr) ** (np.arange(len(curvatures)) / len(curvatures))",
    )
    wrong_finder_blind_to_nan = Changed("not np.isfinite(loss)", "False")
    wrong_finder_keeps_nan = Changed("not np.isfinite(loss)", "False", "loss > 4", "not np.isfinite(loss) or loss > 4")
    wrong_finder_keeps_inf = Changed("not np.isfinite(loss)", "np.isnan(loss)")
    wrong_finder_drops_the_last = Changed(
        "not np.isfinite(loss)", "not np.isfinite(loss) or (losses and loss > 4 * losses[0])"
    )
    wrong_finder_one_too_many = Changed("loss > 4", "len(losses) > 1 and losses[-2] > 4")
    wrong_finder_against_previous = Changed("loss > 4 * losses[0]", "len(losses) > 1 and loss > 4 * losses[-2]")
    wrong_finder_loss_after_step = Changed("c * theta**2", "c * (theta - lr * c * theta) ** 2")


_edges = [  # (losses, k)
    ([0.5, 2.3, 2.3, 2.2, 1.9, 1.5, 1.5, 1.5, 1.6, 1.8, 4.0, 3.5], 2),  # low at the first point alone
    ([2.4, 2.3, 2.2, 1.9, 1.5, 1.5, 1.5, 1.6, 1.8, 2.3, 2.3, 0.5], 2),  # low at the last alone
    ([2.3, 2.2, 2.0, 1.5, 1.2, 1.0, 0.6, 0.7], 1),  # the last mean is the lowest, the last loss is not
    ([1.0, 1.2, 1.5, 1.7, 1.6, 2.4, 4.0], 1),  # the first mean is the lowest
    ([2.4, 2.3, 2.2, 2.1, 2.0, 1.0, 0.5, 1.6], 1),  # the last but one is
    ([2.4, 2.3, 2.2, 2.1, 2.0, 0.5, 1.0, 1.0, 1.0], 2),  # the last but one is, with wider means
    ([9, *[1.0] * 7, 9, 9, *[1.2] * 4, *[1.8] * 4, 2.6, 2.6], 6),  # the last but three is, and only for this k
]


class suggest(Function):
    points = 2
    cases = 13

    def inputs(rng, case):
        if case == 0:
            lrs = np.array([0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64])
            return {"lrs": lrs, "losses": np.array([2.0, 1.4, 2.0, 1.6, 1.5, 1.7, 4.0]), "k": 1}
        if case > 5:
            losses, k = _edges[case - 6]
            losses = rng.uniform(0.5, 2) * (np.array(losses) + rng.uniform(-0.01, 0.01, len(losses)))
            return {
                "lrs": np.geomspace(10 ** rng.uniform(-6, -4), rng.uniform(2, 9), len(losses)),
                "losses": losses,
                "k": k,
            }
        n, k = [(0, 0), (24, 2), (30, 3), (41, 4), (20, 2), (36, 2)][case]
        lrs = np.geomspace(10 ** rng.uniform(-6, -4), rng.uniform(2, 9), n)
        way = np.linspace(0, 1, n)
        losses = 2.3 - 0.8 * np.clip((way - 0.3) / (0.7 if case == 4 else 0.35), 0, 1)
        if case != 4:
            losses = losses + 40 * np.maximum(way - 0.68, 0) ** 2
        losses = losses + rng.uniform(-0.02, 0.02, n)
        losses[n // 4] = 1.0
        return {"lrs": lrs, "losses": losses, "k": k}

    def right(lrs, losses, k):
        smooth = [np.mean(losses[max(i - k, 0) : i + k + 1]) for i in range(len(losses))]
        lowest = np.argmin(smooth)
        if lowest == len(losses) - 1:
            return None
        return lrs[lowest] / 10

    def right_convolved(lrs, losses, k):
        window = np.ones(2 * k + 1)
        count = np.convolve(np.ones(len(losses)), window, mode="same")
        lowest = np.argmin(np.convolve(losses, window, mode="same") / count)
        return None if lowest + 1 == len(lrs) else float(lrs[lowest]) / 10

    def right_one_loop(lrs, losses, k):
        best, advice = np.inf, None
        for i in range(len(losses)):
            near = [losses[j] for j in range(i - k, i + k + 1) if 0 <= j < len(losses)]
            mean = sum(near) / len(near)
            if mean < best:
                best, advice = mean, 0.1 * lrs[i] if i < len(losses) - 1 else None
        return advice

    wrong_suggest_raw = Changed("np.argmin(smooth)", "np.argmin(losses)")
    wrong_suggest_no_tenth = Changed(" / 10", "")
    wrong_suggest_the_loss = Changed("lrs[lowest]", "smooth[lowest]")

    def wrong_suggest_steepest_raw(lrs, losses, k):
        return lrs[np.argmin(np.diff(losses))]

    wrong_suggest_lags = Changed("max(i - k, 0) : i + k + 1", "max(i - 2 * k, 0) : i + 1")
    wrong_suggest_slice_short = Changed("i + k + 1", "i + k")
    wrong_suggest_negative_slice = Changed("max(i - k, 0)", "i - k")
    wrong_suggest_always_first = Changed("np.argmin(smooth)", "0")

    def wrong_suggest_nan_at_ends(lrs, losses, k):
        smooth = np.full(len(losses), np.nan)
        for i in range(k, len(losses) - k):
            smooth[i] = np.mean(losses[i - k : i + k + 1])
        lowest = np.argmin(smooth)
        return None if lowest == len(losses) - 1 else lrs[lowest] / 10

    def wrong_suggest_zeros_at_ends(lrs, losses, k):
        smooth = np.convolve(losses, np.ones(2 * k + 1) / (2 * k + 1), mode="same")
        lowest = np.argmin(smooth)
        return None if lowest == len(losses) - 1 else lrs[lowest] / 10

    def wrong_suggest_shifted_index(lrs, losses, k):
        smooth = np.convolve(losses, np.ones(2 * k + 1) / (2 * k + 1), mode="valid")
        lowest = np.argmin(smooth)
        return None if lowest == len(smooth) - 1 else lrs[lowest] / 10

    wrong_suggest_never_refuses = Changed("return None", "pass")


class warmed_digits(Tune):
    points = 3
    trial = "warmup_on_digits"
    goal = 0.4
    start = {"lr_max": 0.05, "T_warmup": 1}
    limits = {"lr_max": ("float", 0.001, 10.0), "T_warmup": ("int", 1, 119)}

    right = {"lr_max": 0.6, "T_warmup": 60}
    right_higher = {"lr_max": 0.7, "T_warmup": 40}
    wrong_warmed_too_small = {"lr_max": 0.1, "T_warmup": 30}
    wrong_warmed_too_large = {"lr_max": 3.0, "T_warmup": 60}
    wrong_warmed_too_short = {"lr_max": 0.7, "T_warmup": 1}
    wrong_warmed_too_long = {"lr_max": 0.7, "T_warmup": 119}
