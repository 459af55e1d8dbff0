"""What the fast network must keep: the weights of the textbook, arrays that are reused, and the page that says so."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from lessons_lib import MLP, SGD, Adam, Batches
from lessons_lib.network import train
from lessons_lib.optimizers import FiniteGrads
from tools.bench import programs, tricks


def small_problem(sizes=(5, 7, 6, 3), samples=96):
    rng = np.random.default_rng(2)
    return programs.Problem(sizes, 16, rng.normal(size=(samples, sizes[0])), rng.integers(0, sizes[-1], samples))


@pytest.mark.parametrize("problem", [programs.small(), small_problem()], ids=lambda problem: problem.name)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_weights_after_five_epochs_are_those_of_the_textbook(problem, dtype, tolerance, monkeypatch):
    monkeypatch.setattr(programs, "EPOCHS", 5)
    start = problem.start(dtype)
    found = {name: getattr(programs, name)(problem, dtype)() for name in ("library", "textbook", "floor")}
    for first, ours, textbook, floor in zip(start, *found.values(), strict=True):
        assert ours.dtype == textbook.dtype == floor.dtype == dtype
        assert np.abs(ours - first).max() > 0.01
        np.testing.assert_allclose(ours, textbook, rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(floor, textbook, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("trick", tricks.VARIANTS)
def test_no_trick_changes_a_weight(trick):
    problem = small_problem()
    runs = [tricks.program(name, problem, np.float64) for name in ("library", trick)]
    for run in runs:
        run()
    for ours, without in zip(*(run() for run in runs), strict=True):
        np.testing.assert_allclose(ours, without, rtol=1e-13, atol=1e-15)


def test_a_step_writes_into_the_arrays_of_the_step_before():
    model, optimizer, (x, y) = MLP([5, 7, 6, 3]), Adam(), (np.ones((8, 5)), np.arange(8) % 3)

    def step():
        model.compute_loss((x, y))
        model.backward()
        optimizer.update([model.theta], [model.flat_grad])
        kept = [array for arrays in model._hidden for array in arrays]
        return [*kept, *model._inputs[1:], *model.grads, *optimizer.m, *optimizer.v, *optimizer._step, *optimizer._root]

    first, second = step(), step()
    assert len(first) == 6 + 2 + 6 + 4 and all(a is b for a, b in zip(first, second, strict=True))
    for inputs, (a_ones, a, _) in zip(model._inputs[1:], model._hidden, strict=True):
        assert inputs is a_ones and np.shares_memory(a, a_ones) and a.shape[1] + 1 == a_ones.shape[1]
    assert all((inputs[:, -1] == 1).all() for inputs in model._inputs)


def test_a_training_step_makes_no_array_as_large_as_a_hidden_layer():
    sizes, n = [100, 80, 60, 2], 300
    model, optimizer = MLP(sizes), Adam()
    x, y = np.random.default_rng(0).random((4 * n, 100)), np.arange(4 * n) % 2
    train(model, optimizer, x, y, epochs=1, batch_size=n)
    batches = Batches(*model.prepared(x, y), n, reuse=True)

    def epoch():
        for batch in batches:
            model.compute_loss(batch, prepared=True)
            model.backward()
            optimizer.update([model.theta], [model.flat_grad])

    epoch()
    tracemalloc.start()
    epoch()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < n * 60 * 8


def test_logits_that_were_given_out_stay():
    model, rng = MLP([5, 7, 3]), np.random.default_rng(0)
    first = model.forward(rng.normal(size=(4, 5)))
    copy = first.copy()
    model.forward(rng.normal(size=(4, 5)))
    np.testing.assert_array_equal(first, copy)


def test_batches_are_new_arrays_unless_they_may_be_reused():
    x, y = np.arange(10.0)[:, None], np.arange(10)
    new, reused = ([(a, b) for a, b in Batches(x, y, 4, seed=3, reuse=reuse)] for reuse in (False, True))
    assert not any(np.shares_memory(a[0], b[0]) for a, b in pairwise(new))
    assert all(np.shares_memory(a[i], b[i]) for a, b in pairwise(reused) for i in range(2))
    for (a, b), (c, d) in zip(
        new, ((p.copy(), q.copy()) for p, q in Batches(x, y, 4, seed=3, reuse=True)), strict=True
    ):
        np.testing.assert_array_equal(a, c)
        np.testing.assert_array_equal(b, d)


@pytest.mark.parametrize(("row", "value", "message"), [(95, 3, r"must be in 0..2, got 3"), (95, -1, "got -1")])
def test_a_label_of_the_last_batch_is_refused_before_the_first_step(row, value, message):
    problem, model = small_problem(), MLP([5, 7, 6, 3])
    before = model.theta.copy()
    problem.y[row] = value
    with pytest.raises(ValueError, match=message):
        train(model, Adam(), problem.x, problem.y, epochs=1, batch_size=16)
    problem.y[row], problem.x[row, 2] = 0, np.inf
    with pytest.raises(ValueError, match=r"x must be finite, got inf at \[95, 2\]"):
        train(model, Adam(), problem.x, problem.y, epochs=1, batch_size=16)
    np.testing.assert_array_equal(model.theta, before)


def test_a_network_on_its_own_does_not_warn_of_numbers_out_of_range():
    model = MLP([1, 2])
    model.theta[...] = [1e308, -1e308, 0, 0]
    with np.errstate(all="raise"):
        assert model.compute_loss((np.ones((1, 1)), [0])) == 0
        assert model.compute_loss((np.ones((1, 1)), [1])) == np.inf


def test_an_optimizer_of_the_reader_s_own_gets_lists_of_arrays():
    class Plain:
        lr = 0.1

        def update(self, params, grads):
            assert isinstance(params, list) and isinstance(grads, list)
            for theta, g in zip(params, grads, strict=True):
                theta -= self.lr * g

    problem, models = small_problem(), [MLP([5, 7, 6, 3]) for _ in range(2)]
    for model, optimizer in zip(models, (Plain(), SGD(0.1)), strict=True):
        assert not train(model, optimizer, problem.x, problem.y, epochs=2, batch_size=16).diverged
    np.testing.assert_array_equal(models[0].theta, models[1].theta)


def test_only_gradients_known_to_be_finite_are_not_looked_at_again():
    theta, g, optimizer = np.zeros(2), np.ones(2), SGD(0.1)
    for _ in range(2):
        optimizer.update([theta], FiniteGrads([g]))
    g[1] = np.nan
    with pytest.raises(ValueError, match=r"grads\[0\] must be finite, got nan at \[1\]"):
        optimizer.update([theta], [g])
    theta.flags.writeable = False
    with pytest.raises(ValueError, match=r"params\[0\] is read-only"):
        optimizer.update([theta], FiniteGrads([g]))
    with pytest.raises(ValueError, match=r"params has 1 arrays, grads 2"):
        optimizer.update([theta], FiniteGrads([g, g]))
    np.testing.assert_allclose(theta, [-0.2, -0.2])


@pytest.mark.parametrize("max_norm", [None, 0.1])
def test_training_measures_its_gradient_before_it_calls_it_finite(max_norm, monkeypatch):
    model, problem = MLP([5, 7, 6, 3]), small_problem()
    backward = model.backward

    def broken():
        backward()
        model.flat_grad[3] = np.nan

    monkeypatch.setattr(model, "backward", broken)
    before = model.theta.copy()
    history = train(model, Adam(), problem.x, problem.y, epochs=1, batch_size=16, max_norm=max_norm)
    assert history.diverged and len(history) == 0
    np.testing.assert_array_equal(model.theta, before)
