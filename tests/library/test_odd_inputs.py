"""Every public function gives the same for every way an array may lie in memory, or refuses it by name.

A row of CALLS: the public name (and, after a comma, which case), the call, its arrays. The numbers are exact in
float16, so an odd array holds the very numbers of the plain one. Labels are whole numbers.
"""

import copy
import inspect
import re
from dataclasses import astuple, is_dataclass
from importlib import import_module

import numpy as np
import pytest

import lessons_lib as ll
from lessons_lib import MLP, Adam, Batches, Node, after_adam, gradients, losses, lr_finder, optimizers, surfaces
from lessons_lib.data import samples
from tools.bench.parts import TextbookMLP

MODULES = (
    "activations", "after_adam", "backprop", "chain_rule", "data", "gradients", "losses", "lr_finder", "network",
    "optimizers", "schedules", "surfaces",
)  # fmt: skip
NO_ARRAYS = {
    "no arguments": ["load_digits", "load_breast_cancer", "progress"],
    "numbers alone": ["two_moons", "noisy_line", "quadratic_bowl", "check_training", "check_search", "diverged"],
    "nodes": ["backward", "topological_order"],
    "what others have made": ["GradientCheck", "History", "Surface", "history", "finite_losses", "gradient_check",
                              "kinks_within", "values_around", "hurried", "turned", "AsColumn"],
    "functions, keys, iterables": ["check", "explore", "predict", "quiz", "show_source", "schedule", "endless"],
}  # fmt: skip

Z = np.array([[0.5, -1.25, 2.0], [3.0, 0.25, -0.5], [-2.0, 1.0, 0.0], [0.75, 0.5, 1.5]])
Y = np.array([[0.25, -1.0, 2.5], [1.0, 0.5, -0.25], [-2.5, 0.0, 1.0], [0.5, 1.5, 0.75]])
P = np.array([[0.25, 0.5, 0.25], [0.75, 0.125, 0.125], [0.0, 0.5, 0.5], [0.25, 0.25, 0.5]])
BITS = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
LABELS = np.array([1, 0, 1, 2])
X = np.array([[1.0, 2.0], [0.5, -1.0], [-2.0, 0.25], [1.5, 1.0]])
NETWORK = {
    "x": X,
    "W1": np.array([[0.5, -1.0, 0.25, 1.0], [0.75, 0.5, -0.5, 0.25]]),
    "b1": np.array([[0.25, 0.5, -0.25, 0.125]]),
    "W2": np.array([[1.0, -0.5, 0.5], [0.25, 1.5, -1.0], [0.5, 0.5, 0.25], [-1.0, 0.75, 0.5]]),
    "b2": np.array([[0.5, -0.25, 0.125]]),
}
DRAWN = {
    name: array[:1] if name == "x" else array[:, :2] if name == "W2" else array[:, :2] if name == "b2" else array
    for name, array in NETWORK.items()
}
S = np.array([[4.0, 1.0, 0.5], [1.0, 2.0, -0.25], [0.5, -0.25, 1.0]])
T = np.array([0, 1, 2, 5, 30, 64])
RATE = np.array([0.5, 0.25])
CURVE = {
    "lrs": 2.0 ** np.arange(-10, 6),
    "losses": np.array([8.0, 8, 7.5, 7, 6, 5, 4, 3, 2.5, 2, 1.5, 1, 2, 4, 8, 16]),
}
PATH = {"path": np.array([[8.0, 0.0], [4.0, 0.0], [0.5, 0.0], [0.0625, 0.0]]), "target": np.array([0.0, 0.0])}


def both_ways(x, W1, b1, W2, b2, y):
    a2, cache = ll.forward_pass(x, W1, b1, W2, b2)
    return a2, cache, ll.backward_pass(x, y, cache, W2)


def updated(make):
    def call(theta, g):
        optimizer = make(0.5)
        for _ in range(2):
            optimizer.update([theta], [g])
        return theta, [getattr(optimizer, name) for name in optimizer._state_names]

    return call


def of_a_network(loss):
    def call(x, y):
        model = MLP([2, 5, 3], loss=loss)
        value, grads = model.compute_loss((x, y)), model.backward()
        return value, grads, model.forward(x), model.predict(x)

    return call


def trained(loss, kind=MLP):
    def call(x, y):
        model = kind([2, 5, 3], loss=loss)
        history = ll.train(model, Adam(0.125), x, y, epochs=3, batch_size=3, max_norm=1.0, seed=1)
        return model.theta, history

    return call


def searched(x, y):
    return ll.find_learning_rate(MLP([2, 5, 3], dtype=np.float64), [(x, y)], 1e-3, 1, num_steps=12)


UPDATES = ("SGD", "SGDMomentum", "Nesterov", "AdaGrad", "RMSprop", "Adam", "AdamW", "Lion", "ScheduleFree", "Shampoo",
           "Muon")  # fmt: skip
TARGETS = {"cross_entropy": LABELS, "binary_cross_entropy": BITS, "mse": Y}
CALLS = {
    **{name: (getattr(ll, name), {"z": Z}) for name in (
        "relu", "relu_grad", "sigmoid", "sigmoid_grad", "softmax", "softmax_grad", "log_softmax")},
    "checked_logits": (lambda z: ll.activations.checked_logits(z, -1), {"z": Z}),
    "forward_pass": (ll.forward_pass, NETWORK),
    "forward_pass, flat biases": (ll.forward_pass, {**NETWORK, "b1": NETWORK["b1"][0], "b2": NETWORK["b2"][0]}),
    "backward_pass": (both_ways, {**NETWORK, "y": BITS}),
    "backward_pass, flat biases": (both_ways, {**NETWORK, "b1": NETWORK["b1"][0], "y": BITS}),
    "compute_loss": (ll.compute_loss, {"y_pred": P, "y_true": BITS}),
    "visualize_backprop": (
        lambda y_true, x, *weights: ll.visualize_backprop(x, y_true, *weights).alt, {"y_true": BITS[:1, :2], **DRAWN}),
    "visualize_backprop, flat biases": (
        lambda y_true, x, W1, b1, W2, b2: ll.visualize_backprop(x, y_true, W1, b1[0], W2, b2[0]).alt,
        {"y_true": BITS[:1, :2], **DRAWN}),
    "Node": (lambda x: [Node(value).value for value in x], {"x": X[:, 0]}),
    "Dual": (lambda x, y: vars(ll.chain_rule.Dual(x, y) @ y.T), {"x": X, "y": Z[:, :2]}),
    "train_test_split": (lambda x, y: ll.train_test_split(x, y, 0.25), {"x": X, "y": LABELS}),
    "standardize": (ll.standardize, {"x": X, "other": Z[:, :2]}),
    "Batches": (lambda x, y: list(Batches(x, y, 3)), {"x": X, "y": LABELS}),
    "samples": (samples, {"x": X, "y": LABELS}),
    "numerical_gradient": (lambda x: ll.numerical_gradient(lambda x: np.sum(x**2 * Z), x, 1 / 64), {"x": Y}),
    "check_gradient": (lambda x, g: ll.check_gradient(lambda x: np.sum(x**2), g, x, 1 / 64), {"x": Y, "g": 2 * Y}),
    "checked_point": (lambda x: gradients.checked_point(x, 1 / 64), {"x": Y}),
    "checked_gradient": (lambda x, g: gradients.checked_gradient(g, x, 1 / 64), {"x": Y, "g": Z}),
    "clip_by_norm": (lambda g: ll.clip_by_norm(g, 1.0), {"g": Z}),
    "clip_by_norm, no clipping": (lambda g: ll.clip_by_norm(g, 100.0), {"g": Z}),
    "clip_by_norm, a factor that underflows": (lambda g: ll.clip_by_norm(g, 1e-40), {"g": Z}),
    "clip_by_global_norm": (lambda a, b: ll.clip_by_global_norm([a, b], 1.0), {"a": Z, "b": X}),
    "gradient_norms": (lambda a, b: ll.gradient_norms([a, b]), {"a": Z, "b": X}),
    "euclidean_norm": (gradients.euclidean_norm, {"g": Z}),
    "checked_direction": (gradients.checked_direction, {"x": Y, "v": Z}),
    "largest_curvature": (lambda x, v: gradients.largest_curvature(lambda x: x**3, x, v, h=1 / 64), {"x": Y, "v": Z}),
    "layer_gradients": (
        lambda x, V, W, g: gradients.layer_gradients(x, [V, W], g, ll.relu, ll.relu_grad),
        {"x": X, "V": NETWORK["W1"], "W": NETWORK["W2"], "g": Z},
    ),
    **{name: (getattr(ll, name), {"y_pred": Z, "y_true": Y}) for name in ("mse", "mse_grad")},
    **{f"{name}{grad}": (getattr(ll, f"{name}{grad}"), {"at": at, "y_true": BITS})
       for name, at in [("binary_cross_entropy", P), ("binary_cross_entropy_from_logits", Z)]
       for grad in ("", "_grad")},
    **{f"{name}{grad}, {kind}": (getattr(ll, f"{name}{grad}"), {"at": at, "y_true": y_true})
       for name, at in [("cross_entropy", P), ("cross_entropy_from_logits", Z)] for grad in ("", "_grad")
       for kind, y_true in [("rows", BITS), ("soft rows", P), ("labels", LABELS)]},
    "one_hot": (lambda labels: ll.one_hot(labels, 3), {"labels": LABELS}),
    "clipped": (losses.clipped, {"p": P[:2]}),
    "probabilities_and_targets": (losses.probabilities_and_targets, {"p": P, "y": BITS}),
    "logits_and_targets": (losses.logits_and_targets, {"z": Z, "y": BITS}),
    "class_probabilities_and_targets": (losses.class_probabilities_and_targets, {"p": P, "y": LABELS}),
    "class_logits_and_targets": (losses.class_logits_and_targets, {"z": Z, "y": LABELS}),
    "class_targets": (lambda y: losses.class_targets("z", Z, y), {"y": LABELS}),
    "class_targets, rows": (lambda y: losses.class_targets("z", Z, y), {"y": BITS}),
    "find_learning_rate": (searched, {"x": X, "y": LABELS}),
    **{f"suggest_learning_rate, {rule}": (
        lambda lrs, losses, rule=rule: ll.suggest_learning_rate(lrs, losses, rule), CURVE) for rule in lr_finder.RULES},
    **{name: (getattr(lr_finder, name), {"losses": CURVE["losses"]})
       for name in ("steepest_descent", "smoothed", "without_outliers")},
    **{f"MLP, {loss}": (of_a_network(loss), {"x": X, "y": y}) for loss, y in TARGETS.items()},
    **{f"train, {loss}": (trained(loss), {"x": X, "y": y}) for loss, y in TARGETS.items()},
    **{f"train, textbook, {loss}": (trained(loss, TextbookMLP), {"x": X, "y": y}) for loss, y in TARGETS.items()},
    **{name: (updated(getattr(ll, name)), {"theta": Z, "g": Y}) for name in UPDATES},
    "newton_schulz": (ll.newton_schulz, {"G": Z}),
    "matrix_power": (lambda S: after_adam.matrix_power(S, -1 / 4), {"S": S}),
    "uncorrected_factor": (optimizers.uncorrected_factor, {"t": T + 1}),
    "step_decay": (lambda t, lr: ll.step_decay(t, lr[0], 0.5, 3), {"t": T, "lr": RATE}),
    "exponential_decay": (lambda t, lr: ll.exponential_decay(t, lr[0], lr[1]), {"t": T, "lr": RATE}),
    "cosine_annealing": (lambda t, lr: ll.cosine_annealing(t, lr[0], lr[1], 10), {"t": T, "lr": RATE}),
    "linear_warmup": (lambda t, lr: ll.linear_warmup(t, lr[0], t[3]), {"t": T, "lr": RATE}),
    "linear_to_zero": (lambda t, lr: ll.linear_to_zero(t, lr[0], t[4]), {"t": T, "lr": RATE}),
    "wsd": (lambda t, lr: ll.wsd(t, lr[0], t[2], t[1], t[4]), {"t": T, "lr": RATE}),
    "warmup_cosine": (lambda t, lr: ll.warmup_cosine(t, lr[0], lr[1], t[2], t[4]), {"t": T, "lr": RATE}),
    **{name: (getattr(surfaces, name), {"p": X}) for name in (
        "rosenbrock", "rosenbrock_grad", "beale", "beale_grad", "saddle", "saddle_grad")},
    "descend": (lambda p: surfaces.descend(surfaces.BEALE, Adam(0.25), 5, p), {"p": X[0]}),
    "checked_start": (lambda p: surfaces.checked_start(surfaces.BEALE, Adam(0.25), 5, p), {"p": X[0]}),
    "steps_until_close": (surfaces.steps_until_close, PATH),
    "noisy_bowl": (surfaces.noisy_bowl, {"rates": RATE}),
    "noisy_bowl_loss": (surfaces.noisy_bowl_loss, {"rates": RATE}),
}  # fmt: skip


def between_nans(array):
    """Every second number of an array that is twice as wide."""
    wide = np.full((*array.shape[:-1], 2 * array.shape[-1]), np.nan if array.dtype.kind == "f" else -9, array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def zero_stride(array):
    """The first row, once in memory, as all rows; it may be written into, as broadcast_to does not allow."""
    return np.lib.stride_tricks.as_strided(array[:1].copy(), array.shape, (0, *array[:1].strides[1:]))


ODD = {
    "32-bit indices": lambda array: array.astype(np.int32) if array.dtype.kind == "i" else array.copy(),
    "unsigned bytes": lambda array: array.astype(np.uint8) if array.dtype.kind == "i" else array.copy(),
    "big-endian": lambda array: array.astype(array.dtype.newbyteorder(">")),
    "every second": between_nans,
    "backwards": lambda array: array[::-1].copy()[::-1],
    "Fortran order": lambda array: np.array(array, order="F"),
    "not aligned": lambda array: np.frombuffer(b"-" + array.tobytes(), array.dtype, offset=1).reshape(array.shape),
    "read-only": read_only,
    "zero-stride": zero_stride,
    "float16": lambda array: array.astype(np.float16) if array.dtype.kind == "f" else array.copy(),
}
# What is refused, and with which words: an update changes its params in place.
REFUSED = {
    "read-only": r"params\[0\] is read-only",
    "not aligned": r"params\[0\] is read-only",  # as a view of bytes is
    "zero-stride": r"params\[0\] has elements that share memory",
    "float16": r"params\[0\] must be float32 or float64, got dtype float16",
}


def flat(result):
    """All arrays, numbers and words of a result, one after the other."""
    if is_dataclass(result):
        result = astuple(result)
    if isinstance(result, dict):
        result = [part for key in sorted(result) for part in (key, result[key])]
    if isinstance(result, (list, tuple)):
        return [leaf for part in result for leaf in flat(part)]
    return [result]


def outcome(call, arrays):
    """The leaves of a result, or the words of an error."""
    try:
        return flat(call(*arrays.values()))
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def of_dtype(arrays, dtype):
    return {name: array.astype(dtype) if array.dtype.kind == "f" else array for name, array in arrays.items()}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.filterwarnings("ignore:no learning rate can be suggested")
def test_a_function_gives_the_same_for_an_odd_array_or_refuses_it_by_name(name):
    known = {}  # what plain arrays give; zero-stride ones hold other numbers
    for odd in ODD:
        for dtype in (np.float64, np.float32)[: 1 if odd == "float16" else 2]:
            gives_the_same_or_refuses(name, odd, dtype, known)


def gives_the_same_or_refuses(name, odd, dtype, known):
    (call, arrays), key = CALLS[name], (odd == "zero-stride", dtype)
    arrays = of_dtype(arrays, dtype)
    odd_arrays = {key: ODD[odd](array) for key, array in arrays.items()}
    plain = {key: np.array(array, arrays[key].dtype) for key, array in odd_arrays.items()}
    before = copy.deepcopy(plain)
    found = outcome(call, odd_arrays)
    if name in UPDATES and odd in REFUSED:
        assert re.search(REFUSED[odd], found), found
    else:
        expected = known[key] = known[key] if key in known else outcome(call, plain)
        assert odd == "zero-stride" or not isinstance(expected, str), expected
        assert type(found) is type(expected), found
        if isinstance(expected, str):
            assert found == expected
        else:
            for ours, theirs in zip(found, expected, strict=True):
                same(ours, theirs, odd)
    if name not in UPDATES or odd in REFUSED:
        for key, array in odd_arrays.items():
            np.testing.assert_array_equal(array, before[key], err_msg=f"{key} was changed")


def same(found, expected, odd):
    if found is None or isinstance(expected, str):
        assert found == expected
        return
    assert np.shape(found) == np.shape(expected)
    if np.asarray(expected).dtype.kind == "f":
        precision = 1e-12 if np.asarray(expected).dtype == np.float64 else 1e-5
        np.testing.assert_allclose(found, expected, rtol=precision, atol=precision)
    else:
        np.testing.assert_array_equal(found, expected)
    if odd not in ("float16", "32-bit indices", "unsigned bytes"):
        assert np.asarray(found).dtype.type is np.asarray(expected).dtype.type


def test_every_public_function_is_in_the_table_or_takes_no_arrays():
    public = set(ll.__all__)
    for name in MODULES:
        module = import_module(f"lessons_lib.{name}")
        members = inspect.getmembers(module, lambda thing: inspect.isfunction(thing) or inspect.isclass(thing))
        public |= {key for key, thing in members if key[0] != "_" and thing.__module__ == module.__name__}
    called = {name.split(",")[0] for name in CALLS}
    excused = {name for names in NO_ARRAYS.values() for name in names}
    assert (public - called - excused, (called | excused) - public, called & excused) == (set(), set(), set())


def test_one_dimensional_indices_of_any_width_name_the_same_classes():
    for dtype in "bBhHiIlLqQ":
        for order in "<>":
            labels = LABELS.astype(np.dtype(dtype).newbyteorder(order))
            assert ll.cross_entropy(P, labels) == ll.cross_entropy(P, LABELS)
            np.testing.assert_array_equal(ll.one_hot(labels, 3), ll.one_hot(LABELS, 3))
