"""Chapter 2: losses, by hand and in code; what p = 0, large logits and a wrong divisor do to them."""

import numpy as np

from exercises.tasks import Changed, Choice, Function, Number, Order, Repair, WriteTest

IMPORTS = ("sigmoid", "softmax")
EPS, EPS32 = np.finfo(np.float64).eps, np.finfo(np.float32).eps


class mse_by_hand(Number):
    points = 1
    decimals = 3

    right = (0**2 + 2**2 + 3**2) / 3
    wrong_no_mean = 0**2 + 2**2 + 3**2
    wrong_not_squared = (0 + 2 - 3) / 3
    wrong_half = (0**2 + 2**2 + 3**2) / 6
    wrong_root = ((0**2 + 2**2 + 3**2) / 3) ** 0.5
    wrong_absolute = (0 + 2 + 3) / 3


class bce_by_hand(Number):
    points = 1
    decimals = 3

    right = (0.223 + 1.386 + 0.693) / 3  # by the table of the text; the exact logarithms give 0.768
    wrong_no_mean = -(np.log(0.8) + np.log(0.25) + np.log(0.5))
    wrong_loss_negative = (np.log(0.8) + np.log(0.25) + np.log(0.5)) / 3
    wrong_bce_only_ones = -np.log(0.8) / 3
    wrong_bce_log_p_always = -(np.log(0.8) + np.log(0.75) + np.log(0.5)) / 3
    wrong_bce_swapped = -(np.log(0.2) + np.log(0.75) + np.log(0.5)) / 3
    wrong_loss_log2 = -(np.log2(0.8) + np.log2(0.25) + np.log2(0.5)) / 3
    wrong_loss_log10 = -(np.log10(0.8) + np.log10(0.25) + np.log10(0.5)) / 3


class order_softmax(Order):
    def inputs(rng, case):
        if case == 0:
            return {"z": np.array([[0.0, 0.0], [1000.0, 1000.0]])}
        z = rng.normal(scale=2.0, size=[(), (3, 4), (4, 2), (2, 5), (3, 3), (1, 3)][case])
        if case > 2:
            z[0] += 1000  # one maximum of all makes every other row vanish
        return {"z": z}

    def right(z):
        M = z.max(axis=1, keepdims=True)
        e = np.exp(z - M)
        S = e.sum(axis=1, keepdims=True)
        return e / S

    wrong_softmax_one_max = Changed("z.max(axis=1, keepdims=True)", "z.max()")
    wrong_softmax_overflow = Changed("np.exp(z - M)", "np.exp(z) - M")
    wrong_softmax_sum_of_columns = Changed("e.sum(axis=1, keepdims=True)", "e.sum(axis=0, keepdims=True)")
    wrong_softmax_sum_of_all = Changed("e.sum(axis=1, keepdims=True)", "e.sum()")


class mse(Function):
    points = 1

    def inputs(rng, case):
        if case == 0:
            return {"y_pred": np.array([1.0, 2.0]), "y_true": np.array([1.0, 4.0])}
        y_true, error = rng.normal(size=(2, *[(3, 1), (2, 3), (1,), (4, 2), (1, 4)][case - 1]))
        return {"y_pred": y_true + (1e-5 if case == 3 else 1) * error, "y_true": y_true}

    def right(y_pred, y_true):
        return np.mean((y_pred - y_true) ** 2)

    def right_with_a_loop(y_pred, y_true):
        total = 0.0
        for p, y in zip(y_pred.ravel(), y_true.ravel()):
            total += (p - y) ** 2
        return total / y_pred.size

    def right_in_steps(y_pred, y_true):
        error = y_true - y_pred
        error *= error
        return error.sum() / error.size

    wrong_no_mean = Changed("np.mean", "np.sum")
    wrong_mean_over_rows = Changed("np.mean", "np.sum", "** 2)", "** 2) / len(y_pred)")
    wrong_not_squared = Changed("(y_pred - y_true) ** 2", "y_pred - y_true")
    wrong_root = Changed("np.mean((y_pred - y_true) ** 2)", "np.sqrt(np.mean((y_pred - y_true) ** 2))")
    wrong_half = Changed("** 2)", "** 2) / 2")
    wrong_absolute = Changed("(y_pred - y_true) ** 2", "np.abs(y_pred - y_true)")
    wrong_mse_by_columns = Changed("** 2)", "** 2, axis=0)")
    wrong_no_sum = Changed("np.mean((y_pred - y_true) ** 2)", "(y_pred - y_true) ** 2")

    def wrong_changes_input(y_pred, y_true):
        y_pred -= y_true
        return np.mean(y_pred**2)


class ce(Function):
    points = 2
    cases = 9

    def inputs(rng, case):
        if case == 0:
            return {"p": np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]), "labels": np.array([0, 2])}
        n, C = [(5, 3), (3, 4), (4, 3), (3, 5), (6, 4), (5, 4), (4, 2), (1, 3)][case - 1]
        p = rng.uniform(0.1, 1.0, size=(n, C))
        labels = rng.integers(0, C, size=n)
        if case in (3, 4, 6, 7):  # a label outside: in the middle, last, first
            place, label = {3: (2, -1), 4: (1, C), 6: (4, -2), 7: (0, C + 1)}[case]
            labels[place] = label
        if case == 5:
            p[3, labels[3]] = 1e-11
        return {"p": p / p.sum(axis=1, keepdims=True), "labels": labels}

    def right(p, labels):
        n, C = p.shape
        if np.any(labels < 0) or np.any(labels >= C):
            raise ValueError(f"labels must be in 0..{C - 1}, got {labels}")
        return -np.mean(np.log(p[np.arange(n), labels]))

    def right_with_a_loop(p, labels):
        total = 0.0
        for row, label in zip(p, labels):
            if not 0 <= label < len(row):
                raise ValueError("label")
            total -= np.log(row[label])
        return total / len(p)

    def right_one_hot(p, labels):
        if labels.min() < 0 or labels.max() > p.shape[1] - 1:
            raise ValueError("label")
        y = np.eye(p.shape[1])[labels]
        return -np.sum(y * np.log(p)) / len(y)

    wrong_ce_any_label = Changed("np.any(labels < 0) or np.any(labels >= C)", "False")
    wrong_ce_negative_label = Changed("np.any(labels < 0) or ", "")
    wrong_ce_label_C = Changed("labels >= C", "labels > C")
    wrong_ce_mean_of_all = Changed("np.log(p[np.arange(n), labels])", "np.eye(C)[labels] * np.log(p)")
    wrong_no_mean = Changed("np.mean", "np.sum")
    wrong_loss_negative = Changed("-np.mean", "np.mean")
    wrong_loss_log2 = Changed("np.log(", "np.log2(")
    wrong_loss_log10 = Changed("np.log(", "np.log10(")
    wrong_ce_columns = Changed("np.arange(n)", ":")
    wrong_ce_log_of_mean = Changed("np.mean(np.log(", "np.log(np.mean(")
    wrong_ce_from_one = Changed("labels])", "labels - 1])")
    wrong_ce_largest = Changed("p[np.arange(n), labels]", "p.max(axis=1)")


class order_smoothed(Order):
    def inputs(rng, case):
        if case == 0:
            return {"z": np.zeros((2, 4)), "labels": np.array([1, 3]), "alpha": 0.2}
        n, C = [(3, 4), (4, 2), (2, 5), (5, 3), (1, 3)][case - 1]
        z, labels = rng.normal(scale=2.0, size=(n, C)), rng.integers(0, C, size=n)
        return {"z": z, "labels": labels, "alpha": float(rng.uniform(0.05, 0.3))}

    def right(z, labels, alpha):
        n, C = z.shape
        y = np.full((n, C), alpha / C)
        y[np.arange(n), labels] += 1 - alpha
        log_S = np.logaddexp.reduce(z, axis=1)
        prices = -np.sum(y * (z - log_S[:, None]), axis=1)
        return prices.mean()

    right_targets_later = Changed(
        "    y = np.full((n, C), alpha / C)\n    y[np.arange(n), labels] += 1 - alpha\n"
        "    log_S = np.logaddexp.reduce(z, axis=1)\n",
        "    log_S = np.logaddexp.reduce(z, axis=1)\n"
        "    y = np.full((n, C), alpha / C)\n    y[np.arange(n), labels] += 1 - alpha\n",
    )
    wrong_smoothed_share_lost = Changed("+= 1 - alpha", "= 1 - alpha")
    wrong_smoothed_not_divided = Changed("alpha / C)", "alpha)")
    wrong_smoothed_first_class = Changed("y[np.arange(n), labels] +=", "y[:, labels] +=")
    wrong_smoothed_sum = Changed("prices.mean()", "prices.sum()")


class which_factor(Choice):
    points = 1
    figure = "from lessons_lib.figures.losses import gradient_against_differences\n\ngradient_against_differences()"

    right = 4
    wrong_factor_none = 1
    wrong_factor_differences = 2
    wrong_factor_answers = 3


class bce(Function):
    points = 3
    cases = 8

    def inputs(rng, case):
        if case == 0:
            return {"p": np.array([0.5, 1.0]), "y": np.array([1.0, 1.0])}
        shape, dtype, edges = [
            ((5,), np.float64, []),
            ((2, 3), np.float32, [(1, 1), (0, 1)]),
            ((4, 3), np.float64, [(0, 1), (0, 0)]),
            ((5,), np.float32, [(0, 0), (1, 0)]),
            ((4, 1), np.float64, [(1, 0), (1, 1)]),
            ((1,), np.float64, [(EPS / 2, 1)]),
            ((1, 4), np.float32, [(1 - EPS32 / 2, 0), (EPS32 / 2, 1)]),
        ][case - 1]
        p, y = rng.integers(8, 57, size=shape) / 64, rng.integers(0, 2, size=shape)  # 1 - p is exact in float32 too
        y.flat[-2:] = (0, 1)[-y.size :]
        for i, (p_edge, y_edge) in enumerate(edges):
            p.flat[i], y.flat[i] = p_edge, y_edge
        return {"p": p.astype(dtype), "y": y.astype(dtype)}

    def right(p, y):
        eps = np.finfo(p.dtype).eps
        p = np.clip(p, eps, 1 - eps)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def right_given_to_truth(p, y):
        eps = np.finfo(p.dtype).eps
        given = np.where(y == 1, p, 1 - p)
        return -np.log(np.maximum(given, eps)).mean()

    def right_with_a_loop(p, y):
        eps = float(np.finfo(p.dtype).eps)
        total = 0.0
        for p_i, y_i in zip(p.ravel().tolist(), y.ravel().tolist()):
            p_i = min(max(p_i, eps), 1 - eps)
            total -= np.log(p_i) if y_i == 1 else np.log(1 - p_i)
        return total / p.size

    wrong_bce_unguarded = Changed("np.clip(p, eps, 1 - eps)", "p")
    wrong_bce_epsilon_1e8 = Changed("np.finfo(p.dtype).eps", "1e-8")
    wrong_bce_epsilon_1e15 = Changed("np.finfo(p.dtype).eps", "1e-15")
    wrong_bce_epsilon_1e7 = Changed("np.finfo(p.dtype).eps", "1e-7")
    wrong_bce_epsilon_float64 = Changed("p.dtype", "float")
    wrong_bce_epsilon_float32 = Changed("p.dtype", "np.float32")
    wrong_bce_edges_only = Changed("np.clip(p, eps, 1 - eps)", "np.where(p == 0, eps, np.where(p == 1, 1 - eps, p))")
    wrong_bce_added_own_epsilon = Changed(
        "np.clip(p, eps, 1 - eps)", "p", "np.log(p)", "np.log(p + eps)", "(1 - p)", "(1 - p + eps)"
    )
    wrong_loss_log10 = Changed("np.log(p)", "np.log10(p)", "np.log(1 - p)", "np.log10(1 - p)")

    def wrong_bce_added_epsilon(p, y):
        return -np.mean(y * np.log(p + 1e-8) + (1 - y) * np.log(1 - p + 1e-8))

    wrong_bce_lower_only = Changed("np.clip(p, eps, 1 - eps)", "np.maximum(p, eps)")

    def wrong_bce_nan_hidden(p, y):
        return -np.mean(np.nan_to_num(y * np.log(p) + (1 - y) * np.log(1 - p)))

    wrong_bce_nanmean = Changed("np.clip(p, eps, 1 - eps)", "p", "np.mean", "np.nanmean")
    wrong_bce_only_ones = Changed(" + (1 - y) * np.log(1 - p)", "")
    wrong_bce_swapped = Changed("y * np.log(p) + (1 - y) * np.log(1 - p)", "(1 - y) * np.log(p) + y * np.log(1 - p)")
    wrong_loss_negative = Changed("-np.mean", "np.mean")
    wrong_no_mean = Changed("np.mean", "np.sum")
    wrong_mean_over_rows = Changed("np.mean", "np.sum", "np.log(1 - p))", "np.log(1 - p)) / len(p)")
    wrong_changes_input = Changed("p = np.clip(p, eps, 1 - eps)", "np.clip(p, eps, 1 - eps, out=p)")


class huber_tests(WriteTest):
    called = "huber"
    arguments = {"error": ("float", ("n",), -100, 100), "delta": ("float", (), 0.1, 10)}
    example = "error=[0.5, 1.0], delta=1.0"

    def shown(error, delta):
        size = np.abs(error)
        small = error**2 / 2
        large = delta * (size - delta / 2)
        return np.mean(np.where(size <= delta, small, large))

    faulty_huber_no_half = Changed("error**2 / 2", "error**2")
    faulty_huber_sum = Changed("np.mean", "np.sum")
    faulty_huber_jump = Changed("(size - delta / 2)", "size")
    faulty_huber_one_side = Changed("size <= delta", "error <= delta")
    faulty_huber_delta_one = Changed("(size - delta / 2)", "(size - 1 / 2)")
    faulty_huber_together = Changed("size <= delta", "size.max() <= delta")

    right = [{"error": [-3.0, 0.5], "delta": 2.0}]
    right_a_tuple = [([0.5, 0.25, -9.0], 0.5)]
    wrong_huber_no_half = [{"error": [5.0, -7.0, 9.0], "delta": 2.0}]
    wrong_huber_sum = [{"error": [-0.5], "delta": 1.0}]
    wrong_huber_jump = [{"error": [0.5, 1.0], "delta": 1.0}]
    wrong_huber_one_side = [{"error": [0.5, 3.0], "delta": 2.0}]
    wrong_huber_delta_one = [{"error": [-3.0, 0.5], "delta": 1.0}]
    wrong_huber_together = [{"error": [-3.0, 2.0], "delta": 2.0}]


class prices_from_logits(Function):
    points = 3

    def inputs(rng, case):
        if case == 0:
            return {"z": np.array([[0.0, 0.0, 0.0], [1000.0, 1000.0, 1000.0]]), "labels": np.array([0, 1])}
        n, C = [(1, 3), (3, 4), (5, 3), (2, 5), (5, 2)][case - 1]
        z, labels = rng.normal(scale=2.0, size=(n, C)), rng.integers(0, C, size=n)
        if case == 2:
            z[1] += 1000
        if case == 3:
            z[0] += 1000
            z[3] -= 1000
        if case == 4:
            z[0, 1], z[1, 4], labels[:] = 2e4, -1e4, (3, 4)
        if case == 5:
            z[2], labels[2] = (0, 725), 0  # e⁷²⁵ overflows, e⁻⁷²⁵ is not yet 0
            z[0], labels[0] = (0, 900), 0  # half of it does not overflow
        return {"z": z, "labels": labels}

    def right(z, labels):
        rows = np.arange(len(z))
        M = z.max(axis=1)
        return M + np.log(np.sum(np.exp(z - M[:, None]), axis=1)) - z[rows, labels]

    def right_log_softmax(z, labels):
        z = z - z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        return -log_p[np.arange(len(z)), labels]

    def right_with_a_loop(z, labels):
        prices = np.zeros(len(z))
        for i in range(len(z)):
            M = max(z[i])
            prices[i] = M - z[i, labels[i]] + np.log(sum(np.exp(z_j - M) for z_j in z[i]))
        return prices

    def right_logaddexp(z, labels):
        return np.logaddexp.reduce(z, axis=1) - np.take_along_axis(z, labels[:, None], axis=1)[:, 0]

    wrong_prices_overflow = Changed("M + np.log", "np.log", "z - M[:, None]", "z")

    def wrong_prices_through_p(z, labels):
        return -np.log(softmax(z)[np.arange(len(z)), labels])  # noqa: F821

    wrong_prices_one_max = Changed("z.max(axis=1)", "z.max()", "M[:, None]", "M")
    wrong_prices_mean_subtracted = Changed("z.max(axis=1)", "z.mean(axis=1)")
    wrong_prices_clipped = Changed("rows = np.arange(len(z))", "rows, z = np.arange(len(z)), np.clip(z, -500, 500)")
    wrong_prices_max_lost = Changed("M + ", "")
    wrong_prices_only_max = Changed(" + np.log(np.sum(np.exp(z - M[:, None]), axis=1))", "")

    def wrong_prices_pairs(z, labels):
        M = z.max(axis=1, keepdims=True)
        return M + np.log(np.sum(np.exp(z - M), axis=1, keepdims=True)) - z[np.arange(len(z)), labels]

    wrong_prices_down_columns = Changed(
        "z.max(axis=1, keepdims=True)",
        "z.max(axis=0)",
        "sum(axis=1, keepdims=True)",
        "sum(axis=0)",
        of="right_log_softmax",
    )

    def wrong_prices_averaged(z, labels):
        M = z.max(axis=1)
        return np.mean(M + np.log(np.sum(np.exp(z - M[:, None]), axis=1)) - z[np.arange(len(z)), labels])

    def wrong_loss_negative(z, labels):
        M = z.max(axis=1)
        return z[np.arange(len(z)), labels] - M - np.log(np.sum(np.exp(z - M[:, None]), axis=1))

    wrong_changes_input = Changed("z = z - z.max", "z -= z.max", of="right_log_softmax")


class bce_from_logits(Repair):
    points = 3
    cases = 7

    def inputs(rng, case):
        if case == 0:
            return {"z": np.array([0.0, 1000.0]), "y": np.array([1.0, 1.0])}
        shape = [(1,), (5,), (4,), (5, 1), (1, 3), (2, 1, 2)][case - 1]
        z, y = rng.normal(scale=3.0, size=shape), rng.integers(0, 2, size=shape).astype(float)
        if case == 2:
            z[:4], y[:4] = (1e4, -1e4, 1e4, -1e4), (0, 1, 1, 0)
        if case == 3:
            z[:2], y[:2] = (-1000, -800), (1, 0)
        if case == 4:
            z = np.where(y == 1, 1, -1) * rng.uniform(42, 60, size=shape)  # right and sure: the loss is about 1e-18
            z[:3, 0], y[:3, 0] = (41, -41, 800), (1, 0, 1)
        if case == 5:
            z[0, :2], y[0, :2] = (50, -50), (0, 1)
        if case == 6:
            z = np.where(y == 1, 1, -1) * rng.uniform(31, 35, size=shape)  # right and sure: about 1e-15
        return {"z": z, "y": y}

    def broken_bce_logits_overflow(z, y):
        price_of_one = np.log1p(np.exp(-z))  # −ln σ(z)
        price_of_zero = np.log1p(np.exp(z))  # −ln(1 − σ(z))
        return np.mean(y * price_of_one + (1 - y) * price_of_zero)

    def right(z, y):
        return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))

    def right_logaddexp(z, y):
        return np.mean(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))

    def right_with_a_loop(z, y):
        total = 0.0
        for z_i, y_i in zip(z.ravel(), y.ravel()):
            wrong_way = -z_i if y_i == 1 else z_i  # how far the logit leans to the wrong answer
            if wrong_way > 0:
                total += wrong_way + np.log1p(np.exp(-wrong_way))
            else:
                total += np.log1p(np.exp(wrong_way))
        return total / z.size

    def wrong_bce_logits_one_side(z, y):
        return np.mean(np.log1p(np.exp(z)) - z * y)

    wrong_bce_logits_chosen = Changed(
        "y * price_of_one + (1 - y) * price_of_zero",
        "np.where(y == 1, price_of_one, price_of_zero)",
        of="broken_bce_logits_overflow",
    )

    def wrong_bce_logits_through_p(z, y):
        p = sigmoid(z)  # noqa: F821
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def wrong_bce_logits_clipped_p(z, y):
        eps = np.finfo(z.dtype).eps
        p = np.clip(sigmoid(z), eps, 1 - eps)  # noqa: F821
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    wrong_bce_logits_clipped_1e15 = Changed("np.finfo(z.dtype).eps", "1e-15", of="wrong_bce_logits_clipped_p")
    wrong_bce_logits_clipped_1e12 = Changed("np.finfo(z.dtype).eps", "1e-12", of="wrong_bce_logits_clipped_p")
    wrong_bce_logits_clipped_1e7 = Changed("np.finfo(z.dtype).eps", "1e-7", of="wrong_bce_logits_clipped_p")

    def wrong_bce_logits_clipped_z(z, y):
        z = np.clip(z, -500, 500)
        return np.mean(y * np.log1p(np.exp(-z)) + (1 - y) * np.log1p(np.exp(z)))

    def wrong_bce_logits_hidden(z, y):
        price_of_one = np.log1p(np.exp(-z))
        price_of_zero = np.log1p(np.exp(z))
        return np.mean(np.nan_to_num(y * price_of_one + (1 - y) * price_of_zero))

    wrong_no_mean = Changed("np.mean", "np.sum")
    wrong_bce_logits_no_abs = Changed("-np.abs(z)", "-z")
    wrong_bce_logits_no_tail = Changed(" + np.log1p(np.exp(-np.abs(z)))", "")

    def wrong_bce_logits_cancels(z, y):
        return np.mean(np.logaddexp(0, z) - z * y)

    wrong_bce_logits_log = Changed("np.log1p(", "np.log(1 + ")
