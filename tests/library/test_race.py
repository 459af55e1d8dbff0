"""The race: nobody sees the test part before the end, all have the same budget, Schedule-Free is measured at x."""

import numpy as np
import pytest

from lessons_lib.after_adam import ScheduleFree
from lessons_lib.data import two_moons
from lessons_lib.network import MLP, train
from lessons_lib.optimizers import SGD, Adam
from lessons_lib.race import Racer, race, score, task, trained

TASK = task(*two_moons(100), [2, 4, 1], "binary_cross_entropy", scaled=True, epochs=2, batch_size=16)


def test_a_task_holds_every_sample_once_scaled_by_the_part_that_networks_learn_on():
    x = np.arange(100.0)[:, None]
    parts = task(x, np.arange(100), [1, 1], "mse")[4:]
    assert [len(y) for _, y in parts] == [64, 16, 20]
    np.testing.assert_array_equal(np.sort(np.concatenate([y for _, y in parts])), np.arange(100))
    assert all((x[:, 0] == y).all() for x, y in parts)
    (fit, _), (validation, y), _ = task(x, np.arange(100), [1, 1], "mse", scaled=True)[4:]
    assert fit.mean() == pytest.approx(0, abs=1e-12) and fit.std() == pytest.approx(1)
    raw = parts[0][0]
    np.testing.assert_allclose(validation[:, 0], (y - raw.mean()) / raw.std())


def test_the_schedule_warms_up_and_ends_near_zero_and_may_be_left_out():
    used = []

    class Watched(SGD):
        def update(self, params, grads):
            used.append(self.lr)
            super().update(params, grads)

    trained(Racer(Watched), TASK, 0.5, 0)
    assert len(used) == 8 and used[0] == 0.5 and 0 < used[-1] < 0.05  # a tenth of 8 steps is no step
    used.clear()
    trained(Racer(Watched, scheduled=False), TASK, 0.5, 0)
    assert used == [0.5] * 8


def test_schedule_free_is_measured_at_the_mean():
    optimizer, model = ScheduleFree(0.5), MLP(TASK.layer_sizes, TASK.loss, 3)
    train(model, optimizer, *TASK.fit, epochs=2, batch_size=16, seed=3)
    weights = trained(Racer(ScheduleFree, scheduled=False), TASK, 0.5, 3).theta
    np.testing.assert_array_equal(weights, optimizer.x[0])
    assert np.abs(weights - model.theta).max() > 1e-3


def test_a_training_that_diverged_has_no_score():
    assert score(Racer(lambda lr: SGD(1e300)), TASK, 1e300, 0, TASK.test) == (np.inf, 0.0)


def test_racers_choose_on_the_validation_part_and_are_measured_on_the_test_part():
    racers, rates, fresh = {"SGD": Racer(SGD), "clipped": Racer(Adam, max_norm=1e-9)}, [0.01, 1.0, 1e-9], range(5, 9)
    for name, result in race(racers, TASK, rates, range(3), fresh).items():
        tuning = [np.median([score(racers[name], TASK, lr, s, TASK.validation)[0] for s in range(3)]) for lr in rates]
        np.testing.assert_array_equal(result.tuning, tuning)
        assert result.lr == rates[int(np.argmin(tuning))]
        scores = [score(racers[name], TASK, result.lr, seed, TASK.test) for seed in fresh]
        np.testing.assert_array_equal(np.column_stack([result.loss, result.accuracy]), scores)
    model = trained(racers["SGD"], TASK, 1.0, 5)
    x, y = TASK.test
    assert score(racers["SGD"], TASK, 1.0, 5, TASK.test) == (
        model.compute_loss(TASK.test),
        np.mean(model.predict(x) == y),
    )
