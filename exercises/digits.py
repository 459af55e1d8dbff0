"""Chapter 7: digits."""

import numpy as np

from exercises.tasks import Changed, Choice, Function, Number, Order, Repair, Tune, WriteTest
from lessons_lib import (
    clip_by_global_norm,
    cross_entropy_from_logits,
    cross_entropy_from_logits_grad,
    one_hot,
    softmax,
)

IMPORTS = (
    "clip_by_global_norm",
    "cross_entropy_from_logits",
    "cross_entropy_from_logits_grad",
    "one_hot",
    "softmax",
)


class rate_by_hand(Number):
    points = 1
    decimals = 4

    def right():
        steps = 5
        t, warmup, cosine = 4 * steps, 2 * steps, 6 * steps
        return 8 * steps, 0.04 / 2 * (1 + np.cos(np.pi * (t - warmup) / cosine))

    wrong_rate_last_batch_dropped = Changed("steps = 5", "steps = 4")
    wrong_rate_of_the_next_epoch = 40, 0.04 / 2 * (1 + np.cos(np.pi * (25 - 10) / 30))
    wrong_rate_clock_and_length = 40, 0.04 / 2 * (1 + np.cos(np.pi * 20 / 40))
    wrong_rate_by_epoch = 40, 4 / 10 * 0.04
    wrong_rate_warmup_not_subtracted = 40, 0.04 / 2 * (1 + np.cos(np.pi * 20 / 30))
    wrong_rate_cosine_over_all_steps = 40, 0.04 / 2 * (1 + np.cos(np.pi * (20 - 10) / 40))
    wrong_rate_steps_from_one = 40, 0.04 / 2 * (1 + np.cos(np.pi * (21 - 10) / 30))
    wrong_rate_cosine_not_halved = 40, 0.04 * (1 + np.cos(np.pi * (20 - 10) / 30))
    wrong_rate_falls_in_a_line = 40, 0.04 * (1 - (20 - 10) / 30)


class standardize_pictures(Function):
    points = 2

    def inputs(rng, case):
        if case == 0:
            return {"x_train": np.array([[0.0, 5.0], [4.0, 5.0]]), "x_test": np.array([[2.0, 5.0], [6.0, 6.0]])}
        n, k, d = [(3, 2, 4), (4, 1, 2), (6, 2, 1), (5, 4, 6), (1, 6, 5)][case - 1]
        x_train, x_test = rng.integers(0, 17, (n, d)) / 16, rng.integers(0, 17, (k, d)) / 16
        x_train[:2] = rng.permutation([[0.0], [0.875]])[:n]  # no pixel is dead by chance
        if case not in (1, 3):
            x_train[:, rng.integers(d)] = rng.integers(0, 9) / 16
        if case == 1:  # almost dead
            x_train[:, 2] = 0.5, 0.5, 0.5 + 1 / 1024
        x_test[0] = 0.9375
        if n == 1:  # nothing is divided: whole thousandths
            x_train, x_test = np.floor(8 * x_train) / 8, np.floor(8 * x_test) / 8
        return {"x_train": x_train, "x_test": x_test}

    def right(x_train, x_test):
        mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
        deviation = np.where(deviation == 0, 1, deviation)
        return (x_train - mean) / deviation, (x_test - mean) / deviation

    def right_pixel_by_pixel(x_train, x_test):
        train, test = np.zeros(x_train.shape), np.zeros(x_test.shape)
        for j in range(x_train.shape[1]):
            pixel = x_train[:, j]
            mean = sum(pixel) / len(pixel)
            deviation = np.sqrt(sum((pixel - mean) ** 2) / len(pixel))
            train[:, j], test[:, j] = pixel - mean, x_test[:, j] - mean
            if deviation > 0:
                train[:, j] /= deviation
                test[:, j] /= deviation
        return train, test

    def right_in_place_on_copies(x_train, x_test):
        train, test = x_train.copy(), x_test.copy()
        for part in (test, train):
            part -= x_train.mean(axis=0, keepdims=True)
            alive = x_train.std(axis=0) > 0
            part[:, alive] /= x_train.std(axis=0)[alive]
        return [train, test]

    wrong_pixels_of_both_parts = Changed(
        "x_train.mean", "np.r_[x_train, x_test].mean", "x_train.std", "np.r_[x_train, x_test].std"
    )

    def wrong_pixels_of_each_part(x_train, x_test):
        parts = []
        for x in (x_train, x_test):
            deviation = x.std(axis=0)
            deviation[deviation == 0] = 1
            parts.append((x - x.mean(axis=0)) / deviation)
        return tuple(parts)

    wrong_pixels_dead_nan = Changed("np.where(deviation == 0, 1, deviation)", "deviation")
    wrong_pixels_dead_blown_up = Changed("np.where(deviation == 0, 1, deviation)", "deviation + 1e-8")
    wrong_pixels_ddof = Changed("std(axis=0)", "std(axis=0, ddof=1)")
    wrong_pixels_by_picture = Changed("mean(axis=0)", "mean(axis=1)", "std(axis=0)", "std(axis=1)")

    def wrong_pixels_of_each_picture(x_train, x_test):
        parts = []
        for x in (x_train, x_test):
            deviation = x.std(axis=1, keepdims=True)
            deviation[deviation == 0] = 1
            parts.append((x - x.mean(axis=1, keepdims=True)) / deviation)
        return tuple(parts)

    wrong_pixels_all_together = Changed("mean(axis=0)", "mean()", "std(axis=0)", "std()")
    wrong_pixels_by_variance = Changed("x_train.std", "x_train.var")

    def wrong_changes_input(x_train, x_test):
        mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
        deviation[deviation == 0] = 1
        x_train -= mean
        x_train /= deviation
        x_test -= mean
        x_test /= deviation
        return x_train, x_test


class order_shift(Order):
    def inputs(rng, case):
        m = [1, 2, 3, 4, 1, 5][case]
        return {"x": np.arange(64.0)[None] % 17 if case == 0 else rng.uniform(0.5, 16, size=(m, 64))}

    def right(x):
        pictures = x.reshape(len(x), 8, 8) / 16
        moved = np.zeros(pictures.shape)
        moved[:, :, 1:] = pictures[:, :, :-1]
        return moved.reshape(len(x), 64)

    wrong_shift_down = Changed("moved[:, :, 1:] = pictures[:, :, :-1]", "moved[:, 1:] = pictures[:, :-1]")
    wrong_shift_left = Changed("moved[:, :, 1:] = pictures[:, :, :-1]", "moved[:, :, :-1] = pictures[:, :, 1:]")
    wrong_shift_edge_repeated = Changed("moved = np.zeros(pictures.shape)", "moved = pictures.copy()")
    wrong_shift_around = Changed("moved[:, :, 1:] = pictures[:, :, :-1]", "moved = np.roll(pictures, 1, axis=2)")


class epoch_batches(Function):
    points = 2
    cases = 9

    def inputs(rng, case):
        if case == 0:
            x, y = np.array([[10.0], [20.0], [30.0]]), np.array([1, 2, 3])
            return {"x": x, "y": y, "batch_size": 2, "epochs": 2, "seed": int(rng.integers(1000))}
        n, d, size, epochs = [(7, 2, 3, 2), (6, 3, 3, 2), (5, 2, 8, 3), (9, 1, 4, 3), (11, 2, 5, 1), (4, 2, 1, 2),
                            (5, 2, 5, 6), (1, 3, 2, 2)][case - 1]  # fmt: skip
        x, y = rng.integers(0, 17, (n, d)) / 16, rng.permutation(np.arange(n) % 10)
        x[:, 0] = np.arange(n)
        return {"x": x, "y": y, "batch_size": size, "epochs": epochs, "seed": int(rng.integers(1000))}

    def right(x, y, batch_size, epochs, seed):
        rng = np.random.default_rng(seed)
        batches = []
        for _ in range(epochs):
            order = rng.permutation(len(x))
            for start in range(0, len(x), batch_size):
                chosen = order[start : start + batch_size]
                batches.append((x[chosen], y[chosen]))
        return batches

    def right_split(x, y, batch_size, epochs, seed):
        rng = np.random.default_rng(seed)
        orders = [rng.permutation(len(x)) for _ in range(epochs)]
        cuts = list(range(batch_size, len(x), batch_size))
        return [(x[part], y[part]) for order in orders for part in np.split(order, cuts)]

    def right_picture_by_picture(x, y, batch_size, epochs, seed):
        rng = np.random.default_rng(seed)
        batches = []
        for _ in range(epochs):
            pictures, digits = [], []
            order = rng.permutation(len(x))
            for position, i in enumerate(order, start=1):
                pictures.append(x[i])
                digits.append(y[i])
                if position % batch_size == 0 or position == len(x):
                    batches.append((np.array(pictures), np.array(digits)))
                    pictures, digits = [], []
        return batches

    wrong_batches_last_dropped = Changed(
        "range(0, len(x), batch_size)", "range(0, len(x) - batch_size + 1, batch_size)"
    )
    wrong_batches_empty_last = Changed("range(0, len(x), batch_size)", "range(0, len(x) + 1, batch_size)")
    wrong_batches_filled_up = Changed("start : start + batch_size", "np.arange(start, start + batch_size) % len(x)")
    wrong_batches_not_shuffled = Changed("rng.permutation(len(x))", "np.arange(len(x))")
    wrong_batches_same_order = Changed("rng.permutation", "np.random.default_rng(seed).permutation")

    def wrong_batches_pairs_broken(x, y, batch_size, epochs, seed):
        rng = np.random.default_rng(seed)
        batches = []
        for _ in range(epochs):
            shuffled_x, shuffled_y = x[rng.permutation(len(x))], y[rng.permutation(len(x))]
            for start in range(0, len(x), batch_size):
                end = start + batch_size
                batches.append((shuffled_x[start:end], shuffled_y[start:end]))
        return batches

    wrong_batches_labels_not_shuffled = Changed("y[chosen]", "y[start : start + batch_size]")
    wrong_batches_order_of_order = Changed(
        "batches = []",
        "batches, order = [], np.arange(len(x))",
        "= rng.permutation(len(x))",
        "= order[rng.permutation(len(x))]",
    )


class confusion_and_accuracy(Function):
    points = 2

    def inputs(rng, case):
        if case == 0:
            first = np.array([[2.0, 0.0, 1.0], [3.0, 0.0, 1.0], [0.0, 1.0, 2.0]]), np.array([0, 1, 2])
            return {"batches": [first, (np.array([[0.0, 1.0, 5.0]]), np.array([1]))], "classes": 3}
        sizes, classes = [([6, 1], 3), ([7, 7, 3], 4), ([8, 5], 3), ([5, 5, 5, 1], 4), ([9], 5)][case - 1]
        batches = []
        for i, m in enumerate(sizes):
            y = rng.integers(0, classes, m)
            y[:2] = 1 + case % 2  # a class comes twice, so that one cell does
            z = rng.normal(size=(m, classes))
            z[np.arange(m), y] += 3.0 if i < len(sizes) - 1 or i == 0 else 0.0
            z[:2] = z[0]
            if case == 4:  # the last class does not occur
                y[y == classes - 1] = 0
                z[:, -1] = -9.0
            batches.append((z.round(2), y))
        return {"batches": batches, "classes": classes}

    def right(batches, classes):
        counts = np.zeros((classes, classes), dtype=int)
        for z, y in batches:
            np.add.at(counts, (y, z.argmax(axis=1)), 1)
        return counts, np.trace(counts) / counts.sum()

    def right_picture_by_picture(batches, classes):
        counts = np.zeros((classes, classes))
        right = pictures = 0
        for z, y in batches:
            for logits, digit in zip(z, y):
                read = int(np.argmax(logits))
                counts[digit, read] += 1
                right += read == digit
                pictures += 1
        return counts, right / pictures

    def right_all_at_once(batches, classes):
        y = np.concatenate([digits for _, digits in batches])
        read = np.concatenate([np.argmax(z, axis=-1) for z, _ in batches])
        counts = np.bincount(classes * y + read, minlength=classes**2).reshape(classes, classes)
        return counts, np.mean(read == y)

    wrong_report_transposed = Changed("(y, z.argmax(axis=1))", "(z.argmax(axis=1), y)")

    def wrong_report_repeats_lost(batches, classes):
        counts, right, pictures = np.zeros((classes, classes), dtype=int), 0, 0
        for z, y in batches:
            read = z.argmax(axis=1)
            counts[y, read] += 1
            right, pictures = right + np.sum(read == y), pictures + len(y)
        return counts, right / pictures

    wrong_report_repeats_lost_everywhere = Changed(
        "np.add.at(counts, (y, z.argmax(axis=1)), 1)", "counts[y, z.argmax(axis=1)] += 1"
    )

    def wrong_report_mean_of_batches(batches, classes):
        counts, shares = np.zeros((classes, classes), dtype=int), []
        for z, y in batches:
            read = z.argmax(axis=1)
            np.add.at(counts, (y, read), 1)
            shares.append(np.mean(read == y))
        return counts, np.mean(shares)

    wrong_report_number_right = Changed(" / counts.sum()", "")
    wrong_report_last_batch = Changed(
        "np.add.at", "counts = np.zeros((classes, classes), dtype=int)\n        np.add.at"
    )
    wrong_report_shares_of_rows = Changed("return counts", "return counts / counts.sum(axis=1, keepdims=True)")
    wrong_report_argmax_of_columns = Changed("axis=1", "axis=0")


class order_epoch_loss(Order):
    def inputs(rng, case):
        if case == 0:
            first = np.array([[0.0, 0.0], [0.0, 0.0], [9.0, 0.0]]), np.array([0, 1, 0])
            return {"batches": [first, (np.array([[0.0, 2.0]]), np.array([0]))]}
        sizes, C = [([], 0), ([4, 2], 3), ([5, 5, 1], 4), ([3], 3), ([2, 6], 5), ([4, 4, 4, 3], 3)][case]
        return {"batches": [(rng.normal(size=(m, C)), rng.integers(0, C, m)) for m in sizes]}

    def right(batches):
        total, pictures = 0.0, 0
        for z, y in batches:
            loss = cross_entropy_from_logits(z, y)
            total += loss * len(y)
            pictures += len(y)
        return total / pictures

    right_pictures_first = Changed(
        "        total += loss * len(y)\n        pictures += len(y)\n",
        "        pictures += len(y)\n        total += loss * len(y)\n",
    )
    wrong_epoch_mean_of_means = Changed("loss * len(y)", "loss", "pictures += len(y)", "pictures += 1")
    wrong_epoch_means_over_pictures = Changed("loss * len(y)", "loss")
    wrong_epoch_sums_over_batches = Changed("pictures += len(y)", "pictures += 1")
    wrong_epoch_last_batch = Changed("total += loss * len(y)", "total = loss * len(y)")


class read_as_eight(Choice):
    points = 1
    figure = """
from lessons_lib.figures.digits import confusion_matrix

counts = 20 * np.eye(10, dtype=int)
counts[8] = [0, 5, 0, 2, 0, 0, 0, 0, 12, 1]
counts[3, [3, 8]] = 18, 2
counts[9, [9, 8]] = 18, 2
confusion_matrix(counts)
"""

    right = 2
    wrong_eight_along_the_row = 1
    wrong_eight_false_by_written = 3
    wrong_eight_whole_accuracy = 4


class train_step(Function):
    points = 3
    cases = 7

    def inputs(rng, case):
        if case == 0:
            return {
                "W": np.zeros((1, 2)),
                "b": np.zeros((1, 2)),
                "x": np.array([[0.5], [1.5]]),
                "y": np.array([0, 0]),
                "learning_rate": 0.4,
                "max_norm": 0.5,
            }
        m, d, classes = [(4, 2, 3), (1, 3, 4), (3, 4, 2), (6, 2, 5), (4, 5, 3), (3, 2, 4)][case - 1]
        y = rng.integers(0, classes, m)
        y[:2] = (0, classes - 1)[:m]
        W, b, x = rng.normal(size=(d, classes)), rng.normal(size=(1, classes)), rng.normal(0.5, 1, size=(m, d))
        dz = cross_entropy_from_logits_grad(x @ W + b, y)
        norm = np.sqrt(np.sum((x.T @ dz) ** 2) + np.sum(dz.sum(axis=0) ** 2))
        max_norm = float([0.05, 50.0, 0.08, 1.005 * norm, 0.1, 0.995 * norm][case - 1])
        learning_rate = float(rng.uniform(0.1, 0.9))
        return {"W": W, "b": b, "x": x, "y": y, "learning_rate": learning_rate, "max_norm": max_norm}

    def right(W, b, x, y, learning_rate, max_norm):
        p = softmax(x @ W + b)
        dz = (p - one_hot(y, W.shape[1])) / len(x)
        grads = [x.T @ dz, dz.sum(axis=0, keepdims=True)]
        (dW, db), _ = clip_by_global_norm(grads, max_norm)
        return W - learning_rate * dW, b - learning_rate * db

    def right_picture_by_picture(W, b, x, y, learning_rate, max_norm):
        dW, db = np.zeros(W.shape), np.zeros(b.shape)
        for picture, digit in zip(x, y):
            z = picture @ W + b[0]
            dz = np.exp(z - z.max())
            dz /= dz.sum()
            dz[digit] -= 1
            dW += np.outer(picture, dz) / len(x)
            db += dz / len(x)
        norm = np.sqrt(np.sum(dW**2) + np.sum(db**2))
        if norm > max_norm:
            dW, db = dW * max_norm / norm, db * max_norm / norm
        return W - learning_rate * dW, b - learning_rate * db

    def right_in_place_on_copies(W, b, x, y, learning_rate, max_norm):
        W, b = W.copy(), b.copy()
        dz = softmax(x @ W + b, axis=1)
        dz[range(len(y)), y] -= 1
        dz /= len(y)
        dW, db = x.T @ dz, dz.sum(axis=0)
        scale = min(1, max_norm / np.sqrt((dW**2).sum() + (db**2).sum()))
        W -= learning_rate * scale * dW
        b -= learning_rate * scale * db
        return W, b

    wrong_step_no_mean = Changed(" / len(x)", "")
    wrong_step_bias_forgotten = Changed("x @ W + b", "x @ W")
    wrong_step_bias_mean_twice = Changed("dz.sum", "dz.mean")

    def wrong_step_not_clipped(W, b, x, y, learning_rate, max_norm):
        dz = (softmax(x @ W + b) - one_hot(y, W.shape[1])) / len(x)
        return W - learning_rate * x.T @ dz, b - learning_rate * dz.sum(axis=0, keepdims=True)

    def wrong_step_clipped_each(W, b, x, y, learning_rate, max_norm):
        dz = (softmax(x @ W + b) - one_hot(y, W.shape[1])) / len(x)
        (dW,), _ = clip_by_global_norm([x.T @ dz], max_norm)
        (db,), _ = clip_by_global_norm([dz.sum(axis=0, keepdims=True)], max_norm)
        return W - learning_rate * dW, b - learning_rate * db

    def wrong_gradients_by_value(W, b, x, y, learning_rate, max_norm):
        dz = (softmax(x @ W + b) - one_hot(y, W.shape[1])) / len(x)
        dW, db = (np.clip(g, -max_norm, max_norm) for g in (x.T @ dz, dz.sum(axis=0, keepdims=True)))
        return W - learning_rate * dW, b - learning_rate * db

    def wrong_step_rate_before_clipping(W, b, x, y, learning_rate, max_norm):
        dz = (softmax(x @ W + b) - one_hot(y, W.shape[1])) / len(x)
        steps = [learning_rate * x.T @ dz, learning_rate * dz.sum(axis=0, keepdims=True)]
        (dW, db), _ = clip_by_global_norm(steps, max_norm)
        return W - dW, b - db

    def wrong_step_always_stretched(W, b, x, y, learning_rate, max_norm):
        dz = (softmax(x @ W + b) - one_hot(y, W.shape[1])) / len(x)
        dW, db = x.T @ dz, dz.sum(axis=0, keepdims=True)
        scale = max_norm / np.sqrt(np.sum(dW**2) + np.sum(db**2))
        return W - learning_rate * scale * dW, b - learning_rate * scale * db

    wrong_step_uphill = Changed("W - learning_rate", "W + learning_rate", "b - learning_rate", "b + learning_rate")
    wrong_step_labels_shifted = Changed("one_hot(y", "one_hot((y - 1) % W.shape[1]")
    wrong_step_softmax_of_columns = Changed("x @ W + b", "x @ W + b, axis=0")


def _validation_losses(W, x, y, x_val, y_val, learning_rate, epochs):
    """Losses after every epoch on the training and on the validation part."""
    losses = []
    for _ in range(epochs):
        W = W - learning_rate * x.T @ cross_entropy_from_logits_grad(x @ W, y)
        losses.append((cross_entropy_from_logits(x @ W, y), cross_entropy_from_logits(x_val @ W, y_val)))
    return np.array(losses).T


class recall_tests(WriteTest):
    called = "recall"
    arguments = {"y": ("int", ("n",), 0, 9), "read": ("int", ("n",), 0, 9), "digit": ("int", (), 0, 9)}
    example = "y=[0, 1, 1], read=[0, 1, 7], digit=1"
    most = 2

    def shown(y, read, digit):
        own = y == digit
        if not own.any():
            return 0.0
        return (read[own] == digit).sum() / own.sum()

    faulty_recall_count = Changed(" / own.sum()", "")
    faulty_recall_of_all = Changed("own.sum()", "len(y)")
    faulty_recall_accuracy = Changed("(read[own] == digit).sum() / own.sum()", "(read == y).mean()")
    faulty_recall_precision = Changed("own = y == digit", "own = read == digit", "(read[own]", "(y[own]")
    faulty_recall_either = Changed("/ own.sum()", "/ (own | (read == digit)).sum()")
    faulty_recall_zero_digit = Changed("not own.any()", "not own.any() or not digit")
    faulty_recall_zero_by_zero = Changed("not own.any()", "False")

    right = [
        {"y": [0, 0, 0, 5, 6], "read": [0, 0, 3, 0, 0], "digit": 0},
        {"y": [1, 2], "read": [1, 2], "digit": 7},
    ]
    right_as_tuples = [([4], [9], 9), ([0, 0, 5, 1, 2], [0, 8, 0, 0, 2], 0)]
    wrong_recall_count = [{"y": [1, 2], "read": [1, 1], "digit": 1}]
    wrong_recall_of_all = [{"y": [0, 0, 0], "read": [0, 0, 3], "digit": 0}]
    wrong_recall_accuracy = [{"y": [0, 0, 1, 1], "read": [0, 3, 1, 3], "digit": 0}]
    wrong_recall_precision = [{"y": [0, 0, 0, 5], "read": [0, 0, 3, 0], "digit": 0}]
    wrong_recall_either = [{"y": [0, 0, 0, 5], "read": [0, 0, 3, 7], "digit": 0}]
    wrong_recall_zero_digit = [{"y": [1, 1, 1, 5, 6], "read": [1, 1, 3, 1, 1], "digit": 1}]
    wrong_recall_zero_by_zero = [{"y": [0, 0, 0, 5, 6], "read": [0, 0, 3, 0, 0], "digit": 0}]


class best_weights(Repair):
    points = 2
    cases = 9

    def inputs(rng, case):
        if case == 0:
            return {
                "W": np.zeros((1, 2)),
                "x": np.array([[1.0], [2.0], [-1.0]]),
                "y": np.array([0, 0, 1]),
                "x_val": np.array([[1.0], [1.0], [-1.0]]),
                "y_val": np.array([0, 1, 1]),
                "learning_rate": 0.5,
                "epochs": 5,
            }
        n, k, d, classes = [(6, 5, 3, 4), (8, 6, 4, 3), (7, 4, 2, 3), (5, 7, 3, 2), (9, 5, 4, 3), (6, 4, 3, 3),
                            (1, 1, 2, 3), (6, 5, 3, 3)][case - 1]  # fmt: skip
        while True:
            inputs = {
                "W": 0.1 * rng.normal(size=(d, classes)),
                "x": rng.normal(size=(n, d)).round(2),
                "y": rng.integers(0, classes, n),
                "x_val": rng.normal(size=(k, d)).round(2),
                "y_val": rng.integers(0, classes, k),
                "learning_rate": float(rng.uniform(2, 8)),
                "epochs": 10,
            }
            if case > 5:  # the last epoch is the best, by less than any rounding; the only one; the first
                inputs |= {"learning_rate": [1e-9, 0.5, 1e-9][case - 6], "epochs": [6, 1, 7][case - 6]}
                inputs["W"] *= case == 7
                _, val = _validation_losses(**inputs | {"epochs": inputs["epochs"] + 1})
                if np.all(np.diff(val) > 1e-12) if case == 8 else np.all(np.diff(val) < -1e-12):
                    return inputs
                continue
            train, val = _validation_losses(**inputs)
            best = int(val.argmin())
            first_rise = int(np.flatnonzero(np.append(np.diff(val) > 0, True))[0])
            lead = np.partition(val, 1)[1] - val.min()
            # clearly the best epoch, and neither an end nor the first minimum nor the best one in training
            if 1 < best < 9 and best not in (first_rise, train.argmin()) and train.argmin() < 9 and lead > 1e-3:
                return inputs

    def right(W, x, y, x_val, y_val, learning_rate, epochs):
        W = W.copy()
        best_loss, best = np.inf, W
        for _ in range(epochs):
            W -= learning_rate * x.T @ cross_entropy_from_logits_grad(x @ W, y)
            loss = cross_entropy_from_logits(x_val @ W, y_val)
            if loss < best_loss:
                best_loss, best = loss, W.copy()
        return best

    def right_new_array(W, x, y, x_val, y_val, learning_rate, epochs):
        best_loss, best = np.inf, W
        for _ in range(epochs):
            W = W - learning_rate * x.T @ cross_entropy_from_logits_grad(x @ W, y)
            loss = cross_entropy_from_logits(x_val @ W, y_val)
            if loss < best_loss:
                best_loss, best = loss, W
        return best

    def right_all_kept(W, x, y, x_val, y_val, learning_rate, epochs):
        W, kept, losses = W.copy(), [], []
        for _ in range(epochs):
            W -= learning_rate * x.T @ cross_entropy_from_logits_grad(x @ W, y)
            losses.append(cross_entropy_from_logits(x_val @ W, y_val))
            kept.append(W.copy())
        return kept[int(np.argmin(losses))]

    def broken_best_is_a_reference(W, x, y, x_val, y_val, learning_rate, epochs):
        W = W.copy()
        best_loss, best = np.inf, W
        for _ in range(epochs):
            W -= learning_rate * x.T @ cross_entropy_from_logits_grad(x @ W, y)
            loss = cross_entropy_from_logits(x_val @ W, y_val)
            if loss < best_loss:
                best_loss, best = loss, W
        return best

    wrong_best_loss_not_kept = Changed("best_loss, best = loss, W.copy()", "best = W.copy()")
    wrong_best_in_training = Changed("x_val @ W, y_val", "x @ W, y")

    def wrong_best_one_step_late(W, x, y, x_val, y_val, learning_rate, epochs):
        W = W.copy()
        best_loss, best = np.inf, W
        for _ in range(epochs):
            loss = cross_entropy_from_logits(x_val @ W, y_val)
            W -= learning_rate * x.T @ cross_entropy_from_logits_grad(x @ W, y)
            if loss < best_loss:
                best_loss, best = loss, W.copy()
        return best

    wrong_best_never_stored = Changed(
        "np.inf, W", "np.inf, W.copy()", "best_loss, best = loss, W.copy()", "best_loss = loss"
    )
    wrong_best_stops_at_first_rise = Changed(
        "if loss < best_loss:", "if loss >= best_loss:\n            break\n        if loss < best_loss:"
    )
    wrong_best_is_the_worst = Changed("np.inf", "-np.inf", "loss < best_loss", "loss > best_loss")


class under_budget(Tune):
    points = 3
    trial = "digits_under_budget"
    goal = 0.25
    start = {"learning_rate": 0.001, "hidden": 64, "epochs": 3}
    limits = {
        "learning_rate": ("float", 0.0001, 1.0),
        "hidden": ("int", 4, 128),
        "epochs": ("int", 1, 40),
    }

    right = {"learning_rate": 0.03, "hidden": 24, "epochs": 9}
    right_wider = {"learning_rate": 0.025, "hidden": 32, "epochs": 7}
    right_longer = {"learning_rate": 0.025, "hidden": 20, "epochs": 11}
    wrong_budget_exceeded = {"learning_rate": 0.01, "hidden": 64, "epochs": 20}
    wrong_budget_rate_too_small = {"learning_rate": 0.002, "hidden": 32, "epochs": 7}
    wrong_budget_rate_too_large = {"learning_rate": 0.5, "hidden": 32, "epochs": 7}
    wrong_budget_network_too_narrow = {"learning_rate": 0.02, "hidden": 6, "epochs": 39}
    wrong_budget_too_few_epochs = {"learning_rate": 0.02, "hidden": 118, "epochs": 2}
    wrong_budget_unspent = {"learning_rate": 0.02, "hidden": 16, "epochs": 4}
