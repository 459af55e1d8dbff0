"""The fast room gives what the textbook gives: batch by batch, update by update, and over whole training runs."""

import copy
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from test_network import batch_for, moved

from lessons_lib import MLP, SGD, Adam, Batches, train
from lessons_lib._fast import FastAdam, FastBatches, FastPasses, fast_cross_entropy
from lessons_lib.gradients import euclidean_norm
from lessons_lib.losses import LOSSES, one_hot
from lessons_lib.network import hurried
from lessons_lib.schedules import warmup_cosine
from tools.bench.parts import TextbookAdam, TextbookMLP

PRECISION = {np.float64: 1e-12, np.float32: 2e-5}
both_dtypes = pytest.mark.parametrize("dtype", PRECISION)


def close(ours, textbook, dtype):
    np.testing.assert_allclose(ours, textbook, rtol=PRECISION[dtype], atol=PRECISION[dtype])


@settings(max_examples=30)
@given(
    sizes=st.lists(st.integers(1, 7), min_size=2, max_size=5),
    n=st.integers(1, 20),
    batch_size=st.integers(1, 9),
    loss=st.sampled_from(sorted(LOSSES)),
    dtype=st.sampled_from(list(PRECISION)),
    seed=st.integers(0, 99),
)
def test_batches_losses_gradients_and_norms_are_those_of_the_textbook(sizes, n, batch_size, loss, dtype, seed):
    model = moved(MLP(sizes, loss=loss, seed=seed, dtype=dtype), seed)
    x, y = batch_for(loss, n, sizes[0], sizes[-1], seed)
    textbook, passes = Batches(x, y, batch_size, seed), FastPasses(model)
    batches = FastBatches(Batches(x, y, batch_size, seed), model)
    for _ in range(2):
        for plain, fast in zip(textbook, batches, strict=True):
            expected = model.compute_loss(plain)
            model.backward()
            grad, norm = model.flat_grad.copy(), model.gradient_norm()
            model.flat_grad[:] = np.nan
            found = passes.compute_loss(fast)
            passes.backward()
            close(found, expected, dtype)
            close(model.flat_grad, grad, dtype)
            close(passes.gradient_norm(), norm, dtype)


@settings(max_examples=30)
@given(
    n=st.integers(1, 40),
    rates=st.lists(st.floats(0, 2), min_size=1, max_size=6),
    beta1=st.floats(0, 0.99),
    beta2=st.floats(0, 0.999),
    dtype=st.sampled_from(list(PRECISION)),
)
def test_every_update_of_adam_is_that_of_the_textbook(n, rates, beta1, beta2, dtype):
    rng = np.random.default_rng(n)
    start = rng.normal(size=n).astype(dtype)
    plain, fast = (Adam(0.1, beta1, beta2, epsilon=1e-4) for _ in range(2))
    a, b, twin = start.copy(), start.copy(), FastAdam(fast)
    for lr in rates:
        g = rng.normal(size=n).astype(dtype)
        plain.lr = fast.lr = lr
        plain.update([a], [g])
        twin.update([b], [g])
        for found, expected in [(b, a), (fast.m[0], plain.m[0]), (fast.v[0], plain.v[0])]:
            assert found.dtype == dtype
            close(found, expected, dtype)
    assert plain.t == fast.t == len(rates)


@settings(max_examples=60)
@given(
    z=arrays(np.float64, (3, 4), elements=st.floats(-1e4, 1e4) | st.sampled_from([np.inf, -np.inf, np.nan])),
    labels=st.lists(st.integers(0, 3), min_size=3, max_size=3),
    dtype=st.sampled_from(list(PRECISION)),
)
def test_one_softmax_gives_the_loss_and_its_gradient(z, labels, dtype):
    z, y, dz_T, row = z.astype(dtype), one_hot(labels, 4).astype(dtype), np.empty((4, 3), dtype), np.empty(3, dtype)
    loss, grad = LOSSES["cross_entropy"]
    with np.errstate(invalid="ignore"):
        found = fast_cross_entropy(np.array(z.T), np.array(y.T), dz_T, row)
    close(found, loss(z, y), dtype)
    if np.isfinite(z.max(axis=1)).all():
        close(dz_T.T, grad(z, y), dtype)
    else:
        assert not np.isfinite(found) and not np.isfinite(dz_T).all()


def test_an_impossible_class_that_is_not_the_true_one_costs_nothing():
    z, y, dz_T = np.array([[0.0, -np.inf]]), np.array([[1.0, 0.0]]), np.empty((2, 1))
    with np.errstate(invalid="ignore"):
        assert fast_cross_entropy(np.array(z.T), np.array(y.T), dz_T, np.empty(1)) == 0
    np.testing.assert_array_equal(dz_T, [[0], [0]])


NETWORKS = {
    "deep": ((5, 7, 6, 3), "cross_entropy"),
    "two columns": ((4, 6, 2), "binary_cross_entropy"),
    "numbers": ((3, 8, 2), "mse"),
}


@both_dtypes
@pytest.mark.parametrize("options", [{}, {"max_norm": 0.5, "schedule": lambda t: warmup_cosine(t, 0.01, 0.001, 5, 40)}])
@pytest.mark.parametrize("network", NETWORKS)
def test_weights_after_five_epochs_are_those_of_the_textbook(network, options, dtype):
    sizes, loss = NETWORKS[network]
    x, y = batch_for(loss, 100, sizes[0], sizes[-1], seed=2)
    runs = []
    for kind, adam in [(MLP, Adam), (TextbookMLP, TextbookAdam), (MLP, TextbookAdam), (TextbookMLP, Adam)]:
        model, optimizer = kind(sizes, loss=loss, dtype=dtype), adam(0.01)
        start = model.theta.copy()
        history = train(model, optimizer, x, y, epochs=5, batch_size=32, evaluate=MLP.gradient_norm, **options)
        assert np.abs(model.theta - start).max() > 0.01 and not history.diverged
        runs.append((model.theta, history.loss, history.lr, history.grad_norm, *optimizer.m, *optimizer.v, optimizer.t))
    tolerance = 1e-12 if dtype == np.float64 else 2e-3  # float32: rounding grows over the steps
    for run in runs[1:]:
        for found, expected in zip(run, runs[0], strict=True):
            np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def changed(thing, name, made):
    """The thing with one method wrapped: made(the old method) takes its place."""
    setattr(thing, name, made(getattr(thing, name)))
    return thing


def test_a_method_that_was_replaced_is_used():
    x, y = batch_for("cross_entropy", 40, 4, 3, seed=0)

    def doubled(update):
        return lambda params, grads: update(params, [2 * g for g in grads])

    def counted(method):
        def call(*args):
            calls.append(method.__name__)
            return method(*args)

        return call

    calls, models = [], [MLP([4, 5, 3]) for _ in range(3)]
    train(models[0], changed(Adam(epsilon=1), "update", doubled), x, y, epochs=1)
    train(models[1], Adam(epsilon=0.5), x, y, epochs=1)
    np.testing.assert_allclose(models[0].theta, models[1].theta, rtol=1e-12)
    train(changed(models[2], "backward", counted), Adam(epsilon=0.5), x, y, epochs=1)
    assert calls == ["backward"] * 2
    np.testing.assert_allclose(models[2].theta, models[1].theta, rtol=1e-12)


def test_an_optimizer_of_the_reader_s_own_gets_lists_of_arrays():
    class Plain:
        lr = 0.1

        def update(self, params, grads):
            assert isinstance(params, list) and isinstance(grads, list)
            for theta, g in zip(params, grads, strict=True):
                theta -= self.lr * g

    (x, y), models = batch_for("cross_entropy", 96, 5, 3, seed=2), [MLP([5, 7, 6, 3]) for _ in range(2)]
    for model, optimizer in zip(models, (Plain(), SGD(0.1)), strict=True):
        assert not train(model, optimizer, x, y, epochs=2, batch_size=16).diverged
    np.testing.assert_array_equal(models[0].theta, models[1].theta)


def test_a_loop_of_the_reader_s_own_gives_the_weights_of_train():
    x, y = batch_for("cross_entropy", 96, 5, 3, seed=2)
    own, theirs, optimizer = MLP([5, 7, 3]), MLP([5, 7, 3]), Adam(0.01)
    batches = Batches(x, y, 16, seed=4)
    for _ in range(5):
        for batch in batches:
            own.compute_loss(batch)
            optimizer.update(own.params, own.backward())
    train(theirs, Adam(0.01), x, y, epochs=5, batch_size=16, seed=4)
    np.testing.assert_allclose(own.theta, theirs.theta, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("row", "value", "message"), [(95, 3, r"must be in 0..2, got 3"), (95, -1, "got -1")])
def test_bad_samples_of_the_last_batch_are_refused_before_the_first_step(row, value, message):
    (x, y), model = batch_for("cross_entropy", 96, 5, 3, seed=2), MLP([5, 7, 6, 3])
    before = model.theta.copy()
    y[row] = value
    with pytest.raises(ValueError, match=message):
        train(model, Adam(), x, y, epochs=1, batch_size=16)
    y[row], x[row, 2] = 0, np.inf
    with pytest.raises(ValueError, match=r"x must be finite, got inf at \[95, 2\]"):
        train(model, Adam(), x, y, epochs=1, batch_size=16)
    np.testing.assert_array_equal(model.theta, before)


@pytest.mark.parametrize("kind", [MLP, TextbookMLP])
@pytest.mark.parametrize("loss", ["mse", "binary_cross_entropy"])
def test_targets_in_another_shape_are_refused_before_the_first_step(loss, kind):
    (x, y), model = batch_for(loss, 40, 5, 1, seed=2), kind([5, 3, 1], loss=loss)
    before = model.theta.copy()
    for wrong in (y[:, 0], np.hstack([y, y])):
        with pytest.raises(ValueError, match=r"(z|y_pred) and y_true must have the same shape"):
            train(model, Adam(), x, wrong, epochs=1)
    np.testing.assert_array_equal(model.theta, before)


@pytest.mark.parametrize("lr", [np.nan, -1.0, "0.1"])
def test_a_rate_set_in_training_to_none_is_refused_and_changes_nothing(lr):
    x, y = batch_for("cross_entropy", 16, 5, 3, seed=2)
    model, adam = MLP([5, 3]), Adam(0.1)
    seen = []

    def evaluate(model):
        seen.append((model.theta.copy(), adam.t))
        adam.lr = lr

    with pytest.raises((ValueError, TypeError), match=r"^lr must be"):
        train(model, adam, x, y, epochs=2, batch_size=16, evaluate=evaluate)
    ((theta, t),) = seen
    np.testing.assert_array_equal(model.theta, theta)
    assert adam.t == t == 1


def test_an_adam_that_is_emptied_between_epochs_starts_anew():
    x, y = batch_for("cross_entropy", 16, 5, 3, seed=2)
    runs = []
    for kind in (Adam, TextbookAdam):
        model, adam = MLP([5, 3]), kind(0.1)
        train(model, adam, x, y, epochs=3, evaluate=lambda _, adam=adam: vars(adam).update(m=None, v=None, t=0))
        runs.append(model.theta)
    np.testing.assert_allclose(*runs, rtol=1e-12)


def test_a_target_beyond_float32_ends_the_training_as_in_the_textbook():
    for kind in (MLP, TextbookMLP):
        history = train(kind([1, 1], loss="mse", dtype=np.float32), Adam(), [[1.0]], [[1e300]], epochs=1)
        assert history.diverged and len(history) == 0


def test_an_adam_that_was_used_elsewhere_is_refused_as_by_update():
    adam = Adam()
    adam.update([np.ones(2)], [np.ones(2)])
    x, y = batch_for("cross_entropy", 16, 5, 3, seed=2)
    with pytest.raises(ValueError, match="make a new optimizer"):
        train(MLP([5, 3]), adam, x, y, epochs=1)


@both_dtypes
@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e-18, 1.0, 1e18, 1e30, np.nan, np.inf])
def test_the_norm_holds_for_gradients_whose_squares_leave_the_numbers(scale, dtype):
    model = MLP([2, 2], dtype=dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        model.flat_grad[:] = scale * np.arange(6)
        expected = euclidean_norm(model.flat_grad.astype(np.float64))
        close(FastPasses(model).gradient_norm(), expected, dtype)


def test_after_a_training_backward_asks_for_a_loss():
    x, y = batch_for("cross_entropy", 16, 5, 3, seed=2)
    model = MLP([5, 3])
    model.compute_loss((x, y))
    train(model, Adam(), x, y, epochs=1)
    with pytest.raises(RuntimeError, match="call compute_loss"):
        model.backward()


def peak_memory(run):
    """Bytes that a run holds at most beyond what was there; it ran before, so its own arrays are made."""
    run()
    tracemalloc.start()
    run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_an_update_makes_no_array():
    theta, g, adam = np.ones(100_000), np.full(100_000, 0.5), FastAdam(Adam())
    assert peak_memory(lambda: adam.update([theta], [g])) < theta.nbytes / 50


def test_one_softmax_makes_no_array():
    z_T, y_T, dz_T, row = np.ones((2, 100_000)), np.full((2, 100_000), 0.5), np.empty((2, 100_000)), np.empty(100_000)
    assert peak_memory(lambda: fast_cross_entropy(z_T, y_T, dz_T, row)) < row.nbytes / 50


@both_dtypes
def test_batches_and_passes_hold_the_dtype_of_the_network_and_make_no_array_as_large_as_a_hidden_layer(dtype):
    sizes, n = [100, 80, 60, 2], 300
    x, y = np.random.default_rng(0).random((4 * n, 100)), np.arange(4 * n) % 2
    model = MLP(sizes, dtype=dtype)
    passes, batches = FastPasses(model), FastBatches(Batches(x, y, n), model)

    def epoch():
        for batch in batches:
            passes.compute_loss(batch)
            passes.backward()

    assert peak_memory(epoch) < n * 60 * 8
    (kept,) = passes.arrays.values()
    arrays = [array for part in kept for array in (part if isinstance(part, list) else [part])]
    assert {array.dtype for array in (batches.x, batches.y_T, *arrays)} == {np.dtype(dtype)}


def test_only_the_library_s_own_network_adam_and_losses_are_hurried(monkeypatch):
    x, y = batch_for("cross_entropy", 8, 4, 3, seed=0)
    model, batches, adam = MLP([4, 3]), Batches(x, y), Adam()
    network, fast_batches, update = hurried(model, batches, adam)
    assert (type(network), type(fast_batches), type(update.__self__)) == (FastPasses, FastBatches, FastAdam)
    assert network.loss_and_grad is fast_cross_entropy
    watched = changed(MLP([4, 3]), "forward", lambda forward: forward)
    for other, optimizer in [(TextbookMLP([4, 3]), TextbookAdam()), (watched, SGD())]:
        assert hurried(other, batches, optimizer) == (other, batches, optimizer.update)
    copy.deepcopy((model, adam))  # this adds a name to both classes, but no method
    assert type(hurried(model, batches, adam)[0]) is FastPasses
    for name in ("mine", "cross_entropy"):
        monkeypatch.setitem(LOSSES, name, LOSSES["mse"])
        other = MLP([4, 3], loss=name)
        assert hurried(other, batches, adam)[0] is other
    monkeypatch.undo()
    monkeypatch.setattr(MLP, "forward", lambda self, x: x)
    monkeypatch.setattr(Adam, "step", SGD.step)
    assert hurried(model, batches, adam) == (model, batches, adam.update)
