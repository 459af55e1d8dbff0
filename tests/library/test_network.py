"""The network and its training loop: gradients, PyTorch, Keras, and what chapter 7 promises."""

import copy
import json
import math
import pickle
from itertools import pairwise

import numpy as np
import pytest
from oracle_cases import agrees, published

from lessons_lib import network
from lessons_lib.activations import sigmoid, softmax
from lessons_lib.backprop import backward_pass, compute_loss, forward_pass
from lessons_lib.data import load_digits, train_test_split
from lessons_lib.gradients import check_gradient
from lessons_lib.network import MLP, train
from lessons_lib.optimizers import SGD, Adam, SGDMomentum
from lessons_lib.schedules import exponential_decay, linear_warmup, warmup_cosine
from tools.shared import ROOT

GOLDEN = json.loads((ROOT / "tests" / "golden" / "training.json").read_text(encoding="utf-8"))

LOSSES = ["cross_entropy", "binary_cross_entropy", "mse"]


def batch_for(loss, m=7, inputs=4, outputs=3, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(m, inputs))
    y = {
        "cross_entropy": rng.integers(0, outputs, m),
        "binary_cross_entropy": rng.integers(0, 2, (m, outputs)).astype(float),
        "mse": rng.normal(size=(m, outputs)),
    }[loss]
    return x, y


def moved(model, seed=5):
    """Biases away from 0, where relu has its kink."""
    model.theta += 0.1 * np.random.default_rng(seed).normal(size=model.theta.size).astype(model.theta.dtype)
    return model


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("hidden", [[], [5], [5, 6], [5, 4, 6]], ids=len)
def test_backward_agrees_with_central_differences(loss, hidden):
    model, batch = moved(MLP([4, *hidden, 3], loss=loss, seed=1)), batch_for(loss)
    model.compute_loss(batch)
    model.backward()
    grad = model.flat_grad.copy()
    found = check_gradient(lambda theta: model.compute_loss(batch), grad, model.theta)
    assert found.relative_error < 1e-8 and not found.kinks
    # The same weights in float32: the same gradient to its precision.
    single = MLP([4, *hidden, 3], loss=loss, dtype=np.float32)
    single.theta[...] = model.theta
    single.compute_loss(batch)
    single.backward()
    assert single.flat_grad.dtype == np.float32
    np.testing.assert_allclose(single.flat_grad, grad, rtol=1e-4, atol=1e-6)


def test_params_and_grads_are_views_in_the_shapes_of_the_layers():
    model = MLP([4, 5, 3])
    shapes = [(4, 5), (1, 5), (5, 3), (1, 3)]
    assert [p.shape for p in model.params] == [g.shape for g in model.grads] == shapes
    assert model.theta.shape == model.flat_grad.shape == (4 * 5 + 5 + 5 * 3 + 3,)
    np.testing.assert_array_equal(np.concatenate([p.ravel() for p in model.params]), model.theta)
    for p, g in zip(model.params, model.grads, strict=True):
        assert np.shares_memory(p, model.theta) and np.shares_memory(g, model.flat_grad)
    model.theta[0], model.params[3][0, 2] = 7.0, 8.0
    assert model.params[0][0, 0] == 7.0 and model.theta[-1] == 8.0
    model.theta = MLP([4, 5, 3], seed=1).theta
    np.testing.assert_array_equal(model.params[2], MLP([4, 5, 3], seed=1).params[2])
    with pytest.raises(ValueError, match="broadcast"):
        model.theta = np.ones(7)
    assert not any(np.shares_memory(p, g) for p in model.params for g in model.grads)


@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_have_views_of_their_own_vector(again):
    model, batch = moved(MLP([4, 5, 3])), batch_for("cross_entropy")
    model.compute_loss(batch)
    other = again(model)
    np.testing.assert_array_equal(other.theta, model.theta)
    assert all(np.shares_memory(p, other.theta) for p in other.params)
    assert all(np.shares_memory(g, other.flat_grad) for g in other.grads)
    if again is not copy.copy:
        assert not np.shares_memory(other.theta, model.theta)
    assert other.compute_loss(batch) == model.compute_loss(batch)


def test_weights_are_he_s_and_seeded():
    model = MLP([300, 200, 50], seed=4, init_scale=1.5)
    W1, b1, W2, b2 = model.params
    assert W1.std() == pytest.approx(1.5 * math.sqrt(2 / 300), rel=0.02)
    assert W2.std() == pytest.approx(1.5 * math.sqrt(2 / 200), rel=0.03)
    assert abs(W1.mean()) < 0.001 and not b1.any() and not b2.any()
    np.testing.assert_array_equal(MLP([3, 2], seed=4).theta, MLP([3, 2], seed=4).theta)
    np.testing.assert_array_equal(MLP([3, 2]).theta, MLP([3, 2], seed=0).theta)
    assert not np.array_equal(MLP([3, 2], seed=4).theta, MLP([3, 2], seed=5).theta)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", LOSSES)
def test_dtype_stays_through_a_training_step(loss, dtype):
    model, (x, y) = MLP([4, 5, 3], loss=loss, dtype=dtype), batch_for(loss)
    assert model.forward(x).dtype == dtype
    theta = model.theta
    train(model, Adam(0.01), x, y, epochs=1, max_norm=1.0)
    assert model.theta is theta and theta.dtype == model.flat_grad.dtype == dtype


def test_prediction_is_the_likeliest_class():
    model, (x, _) = moved(MLP([4, 5, 3])), batch_for("cross_entropy")
    p = model.predict_proba(x)
    np.testing.assert_allclose(p, softmax(model.forward(x)))
    assert model.predict(x).tolist() == [max(range(3), key=lambda k: row[k]) for row in p.tolist()]


def test_prediction_of_two_classes_is_one_from_a_half_up():
    model, (x, _) = MLP([4, 5, 2], loss="binary_cross_entropy"), batch_for("mse")
    np.testing.assert_allclose(model.predict_proba(x), sigmoid(model.forward(x)))
    np.testing.assert_array_equal(model.predict(x), (model.predict_proba(x) >= 0.5).astype(int))
    assert model.predict(np.zeros((1, 4))).tolist() == [[1, 1]] and model.predict(x).dtype.kind == "i"


def test_prediction_with_mse_is_numbers():
    model, (x, _) = MLP([4, 5, 2], loss="mse"), batch_for("mse")
    np.testing.assert_array_equal(model.predict(x), model.forward(x))
    with pytest.raises(ValueError, match="predicts numbers, not probabilities"):
        model.predict_proba(x)


def test_backward_without_a_loss_is_an_error():
    model, batch = MLP([4, 5, 3]), batch_for("cross_entropy")
    for prepare in (lambda: None, lambda: model.forward(batch[0]), lambda: model.predict(batch[0])):
        prepare()
        with pytest.raises(RuntimeError, match=r"call compute_loss\(batch\) first"):
            model.backward()
        model.compute_loss(batch)
        assert model.backward() is model.grads


def test_update_weights_is_one_step_of_gradient_descent():
    model, batch = MLP([4, 5, 3]), batch_for("cross_entropy")
    model.compute_loss(batch)
    model.backward()
    expected = [t - 0.25 * g for t, g in zip(model.theta.tolist(), model.flat_grad.tolist(), strict=True)]
    model.update_weights(0.25)
    np.testing.assert_allclose(model.theta, expected, rtol=1e-14)
    for lr in (-0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match="lr must be finite and >= 0"):
            model.update_weights(lr)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: MLP([4]), ValueError, "layer_sizes must be a list of at least 2"),
        (lambda: MLP(4), ValueError, "layer_sizes must be a list"),
        (lambda: MLP([4, 0]), ValueError, r"layer_sizes\[1\] must be >= 1, got 0"),
        (lambda: MLP([4, 2.0]), TypeError, r"layer_sizes\[1\] must be a whole number, got 2.0"),
        (lambda: MLP([4, 2], loss="hinge"), ValueError, "loss must be one of .* got 'hinge'"),
        (lambda: MLP([4, 2], loss=["mse"]), ValueError, "loss must be one of"),
        (lambda: MLP([4, 2], dtype=np.int64), ValueError, "dtype must be float32 or float64"),
        (lambda: MLP([4, 2], init_scale=0), ValueError, "init_scale must be"),
        (lambda: MLP([4, 2]).forward(np.ones((3, 5))), ValueError, "x has 5 features, but the network expects 4"),
        (lambda: MLP([4, 2]).forward(np.ones(4)), ValueError, "x must have 2 dimensions"),
        (lambda: MLP([4, 2]).forward(np.ones((0, 4))), ValueError, "x has no samples"),
        (lambda: MLP([2, 2]).forward([[1.0, math.nan]]), ValueError, "x must be finite"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_repr_shows_sizes_loss_and_the_number_of_parameters():
    assert repr(MLP([2, 3, 1], loss="mse")) == "MLP([2, 3, 1], loss='mse', 13 parameters)"


# Training


def test_history_holds_one_entry_per_step():
    model, (x, y) = MLP([4, 5, 3]), batch_for("cross_entropy", m=10)
    seen = []
    history = train(model, SGD(0.1), x, y, epochs=3, batch_size=4, evaluate=lambda m: seen.append(m) or len(seen))
    assert len(history) == len(history.loss) == len(history.lr) == len(history.grad_norm) == 9
    assert history.evaluations.tolist() == [1, 2, 3] and seen == [model] * 3
    assert history.diverged is False and set(history.lr) == {0.1}
    assert train(model, SGD(0.1), x, y, epochs=1).evaluations.size == 0


def test_history_records_the_rate_that_was_used_and_the_first_of_a_warmup_is_zero():
    model, (x, y) = MLP([4, 5, 3]), batch_for("cross_entropy", m=8)
    thetas, optimizer = [model.theta.copy()], Adam(5.0)
    update = optimizer.update

    def watched(params, grads):
        update(params, grads)
        thetas.append(params[0].copy())

    optimizer.update = watched
    history = train(model, optimizer, x, y, epochs=3, batch_size=4, schedule=lambda t: linear_warmup(t, 0.1, 4))
    np.testing.assert_allclose(history.lr, [0, 0.025, 0.05, 0.075, 0.1, 0.1], rtol=1e-14)
    np.testing.assert_array_equal(thetas[0], thetas[1])
    assert not np.array_equal(thetas[1], thetas[2])


def test_clipping_bounds_the_step_and_history_keeps_the_norm_before():
    (x, y), models = batch_for("mse"), [MLP([4, 5, 3], loss="mse") for _ in range(2)]
    start = models[0].theta.copy()
    models[0].compute_loss((x, 100 * y))
    models[0].backward()
    norm = math.sqrt(sum(g * g for g in models[0].flat_grad.tolist()))
    history = train(models[1], SGD(1.0), x, 100 * y, epochs=1, max_norm=0.5)
    assert history.grad_norm[0] == pytest.approx(norm) and norm > 10
    assert np.linalg.norm(models[1].theta - start) == pytest.approx(0.5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_training_stops_at_divergence_and_says_so(dtype):
    x, y = batch_for("mse", m=8)
    model = MLP([4, 3], loss="mse", dtype=dtype)
    evaluations = []
    history = train(model, SGD(1e9), x, y, epochs=500, batch_size=8, evaluate=evaluations.append)
    assert history.diverged is True and 1 <= len(history) < 100
    assert np.isfinite(history.loss).all() and np.isfinite(history.grad_norm).all()
    assert len(evaluations) == len(history) == len(history.evaluations)


def test_a_run_that_starts_beyond_numbers_has_an_empty_history():
    x, y = batch_for("mse")
    model = MLP([4, 3], loss="mse")
    model.theta[...] = 1e300
    history = train(model, SGD(0.1), x, y, epochs=2)
    assert history.diverged and len(history) == 0 and history.lr.shape == (0,)


def test_training_is_the_same_for_the_same_seed_only():
    x, y = batch_for("cross_entropy", m=40)

    def run(seed):
        model = MLP([4, 5, 3], seed=1)
        return train(model, SGD(0.1), x, y, epochs=2, batch_size=8, seed=seed).loss.tolist(), model.theta.tolist()

    assert run(3) == run(3)
    assert run(3) != run(4)


def test_training_takes_batches_of_32_in_the_order_of_seed_0():
    (x, y), models = batch_for("cross_entropy", m=100), [MLP([4, 5, 3]) for _ in range(2)]
    train(models[0], SGD(0.1), x, y, epochs=1)
    train(models[1], SGD(0.1), x, y, epochs=1, batch_size=32, seed=0)
    np.testing.assert_array_equal(models[0].theta, models[1].theta)


def test_training_refuses_bad_input_and_changes_nothing():
    x, y = batch_for("cross_entropy")
    for kwargs, message in [
        ({"epochs": 0}, "epochs must be >= 1"),
        ({"epochs": 1, "max_norm": 0}, "max_norm must be"),
        ({"epochs": 1, "batch_size": 0}, "batch_size must be"),
        ({"epochs": 1, "schedule": lambda t: math.nan}, "lr must be finite"),
    ]:
        model = MLP([4, 5, 3])
        start = model.theta.copy()
        with pytest.raises(ValueError, match=message):
            train(model, SGD(0.1), x, y, **kwargs)
        np.testing.assert_array_equal(model.theta, start)


# The same network elsewhere


def initial_weights(seed, sizes):
    """As in golden/record_training.py."""
    rng = np.random.default_rng(seed)
    shapes = [s for a, b in pairwise(sizes) for s in [(a, b), (1, b)]]
    return [rng.normal(0, np.sqrt(2 / sizes[0]) if shape[0] > 1 else 0.01, shape) for shape in shapes]


def set_weights(model, weights):
    for p, w in zip(model.params, weights, strict=True):
        p[...] = w


def test_golden_weights_are_the_recorded_ones():
    for name, weights in [("two_layer", initial_weights(2, [2, 3, 1])), ("digits", initial_weights(3, [64, 16, 10]))]:
        assert sum(float(w.sum()) for w in weights) == pytest.approx(GOLDEN["sum_of_initial_weights"][name], abs=1e-12)


@pytest.mark.parametrize("through", ["backprop", "MLP"])
def test_two_layer_network_trains_as_pytorch_recorded(through):
    rng, recorded = np.random.default_rng(1), GOLDEN["two_layer"]
    x, y = rng.normal(size=(8, 2)), rng.integers(0, 2, size=(8, 1)).astype(np.float64)
    weights, losses, first = initial_weights(2, [2, 3, 1]), [], None
    model, optimizer = MLP([2, 3, 1], loss="binary_cross_entropy"), SGD(0.5)
    set_weights(model, weights)
    for _ in recorded["losses"]:
        if through == "MLP":
            losses.append(model.compute_loss((x, y)))
            grads, params = model.backward(), model.params
        else:
            y_pred, cache = forward_pass(x, *weights)
            losses.append(compute_loss(y_pred, y))
            found = backward_pass(x, y, cache, weights[2])
            grads, params = [found[name] for name in ("dW1", "db1", "dW2", "db2")], weights
        first = first or [g.copy() for g in grads]
        optimizer.update(params, grads)
    np.testing.assert_allclose(losses, recorded["losses"], rtol=1e-11)
    for ours, theirs in zip([*first, *params], [*recorded["first_grads"], *recorded["final"]], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(
    ("name", "make", "extra"),
    [
        ("sgd", lambda: SGD(0.1), {}),
        ("momentum", lambda: SGDMomentum(0.05), {}),
        ("adam", lambda: Adam(0.01), {}),
        (
            "adam, warmup_cosine, clipped",
            lambda: Adam(0.02),
            {"schedule": lambda t: warmup_cosine(t, 0.02, 0.001, 5, 10), "max_norm": 1.0},
        ),
    ],
)
def test_digits_train_as_pytorch_recorded(name, make, extra, monkeypatch):
    class InOrder(network.Batches):
        def rows(self):
            for i in range(20):
                yield np.arange(i * 32, (i + 1) * 32)

    monkeypatch.setattr(network, "Batches", InOrder)
    recorded, model = GOLDEN["digits"][name], MLP([64, 16, 10])
    set_weights(model, initial_weights(3, [64, 16, 10]))
    history = train(model, make(), *load_digits(), epochs=1, **extra)
    assert len(history) == 20
    np.testing.assert_allclose(history.loss, recorded["losses"], rtol=1e-9)
    np.testing.assert_allclose(history.grad_norm, recorded["grad_norms"], rtol=1e-9)
    np.testing.assert_allclose(history.lr, recorded["lr"], rtol=1e-12, atol=1e-18)
    for ours, theirs in zip(model.params, recorded["final"], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)


@published("training")
def test_linear_layer_trains_as_keras_published(case):
    x = np.arange(32.0).reshape(16, 2)
    model, optimizer, step, means = MLP([2, 2], loss="mse"), Adam(0.05, epsilon=case["inputs"]["epsilon"]), 0, []
    model.theta[...] = 1
    for _ in range(3):
        losses = []
        for i in range(0, 16, 4):
            losses.append(model.compute_loss((x[i : i + 4], x[i : i + 4])))
            model.backward()
            optimizer.lr = exponential_decay(step, 0.05, 0.9)
            optimizer.update([model.theta], [model.flat_grad])
            step += 1
        means.append(np.mean(losses))
    agrees(case, means)


# Digits


@pytest.fixture(scope="module")
def digits():
    return train_test_split(*load_digits(), seed=0)


def accuracy(model, digits):
    return float(np.mean(model.predict(digits[1]) == digits[3]))


class WithoutItsMean(MLP):
    """The gradient of the sum over the batch, beside the mean loss."""

    def loss_gradient(self):
        return len(self.a[0]) * super().loss_gradient()


def test_a_gradient_without_its_mean_collapses_sgd_and_adam_hides_it(digits):
    def run(optimizer, kind=WithoutItsMean):
        model = kind([64, 64, 10], seed=0)
        train(model, optimizer, digits[0], digits[2], epochs=10, seed=0)
        return accuracy(model, digits)

    assert run(SGD(0.1), MLP) == pytest.approx(0.96, abs=0.015)
    assert run(SGD(0.1)) == pytest.approx(0.10, abs=0.03)
    assert run(Adam(0.003)) > 0.95
