"""The race: parts of the data stay apart, the schedule is the same for all, Schedule-Free is measured at x."""

import numpy as np
import pytest

from lessons_lib.after_adam import ScheduleFree
from lessons_lib.data import two_moons
from lessons_lib.network import MLP, train
from lessons_lib.optimizers import SGD, Adam
from lessons_lib.race import Racer, race, score, task, trained

TASK = task(*two_moons(100), [2, 4, 1], "binary_cross_entropy", scaled=True, epochs=2, batch_size=16)


@pytest.mark.parametrize("scaled", [False, True])
def test_a_task_holds_every_sample_once_scaled_by_the_part_that_networks_learn_on(scaled):
    numbers = np.arange(100)
    parts = task(numbers[:, None], numbers, [1, 1], "mse", scaled)[4:]
    assert [len(y) for _, y in parts] == [64, 16, 20] and sorted(np.concatenate([y for _, y in parts])) == [*numbers]
    mean, deviation = (parts[0][1].mean(), parts[0][1].std()) if scaled else (0, 1)
    for x, y in parts:
        np.testing.assert_allclose(x[:, 0], (y - mean) / deviation)


@pytest.mark.parametrize("epochs", [2, 10])
def test_the_schedule_warms_up_over_a_tenth_and_falls_or_is_left_out_and_gradients_are_clipped(epochs):
    steps, used, norms = epochs * 4, [], []

    class Watched(SGD):
        def update(self, params, grads):
            used.append(self.lr)
            norms.append(np.linalg.norm(grads[0]))

    for scheduled in (False, True):
        trained(Racer(Watched, scheduled, max_norm=1e-3), TASK._replace(epochs=epochs), 0.5, 0)
    np.testing.assert_allclose(norms, 1e-3)
    assert used[:steps] == [0.5] * steps and len(used[steps:]) == steps
    assert np.argmax(used[steps:]) == steps // 10 and max(used) == 0.5 and used[-1] < 0.05


def test_schedule_free_is_measured_at_the_mean():
    optimizer, model = ScheduleFree(0.5), MLP(TASK.layer_sizes, TASK.loss, 3)
    train(model, optimizer, *TASK.fit, epochs=2, batch_size=16, seed=3)
    weights = trained(Racer(ScheduleFree, scheduled=False), TASK, 0.5, 3).theta
    np.testing.assert_array_equal(weights, optimizer.x[0])
    assert np.abs(weights - model.theta).max() > 1e-3


def test_racers_choose_on_the_validation_part_and_are_measured_on_the_test_part():
    racers, rates, fresh = {"SGD": Racer(SGD), "clipped": Racer(Adam, max_norm=1e-9)}, [0.01, 1.0, 1e300], range(5, 9)
    for name, result in race(racers, TASK, rates, range(3), fresh).items():
        tuning = [np.median([score(racers[name], TASK, lr, s, TASK.validation)[0] for s in range(3)]) for lr in rates]
        np.testing.assert_array_equal(result.tuning, tuning)
        assert result.lr == rates[int(np.argmin(tuning))]
        scores = [score(racers[name], TASK, result.lr, seed, TASK.test) for seed in fresh]
        np.testing.assert_array_equal(np.column_stack([result.loss, result.accuracy]), scores)
    model, (x, y) = trained(racers["SGD"], TASK, 1.0, 5), TASK.test
    expected = model.compute_loss((x, y)), np.mean(model.predict(x) == y)
    assert score(racers["SGD"], TASK, 1.0, 5, TASK.test) == expected
    assert score(racers["SGD"], TASK, 1e300, 5, TASK.test) == (np.inf, 0.0)
