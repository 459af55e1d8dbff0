"""The range test and the three rules that read its curve: plain loops, published cases, and the honest refusals."""

import math
import statistics

import numpy as np
import pytest
from oracle_cases import agrees, bad_input, published

from lessons_lib import lr_finder
from lessons_lib.data import Batches, load_digits
from lessons_lib.lr_finder import (
    find_learning_rate,
    smoothed,
    steepest_descent,
    suggest_learning_rate,
    without_outliers,
)
from lessons_lib.network import MLP


class Model:
    """θ on ½ θ², and a record of what was called: any object with the three methods is a model."""

    def __init__(self, losses=None):
        self.theta, self.losses, self.calls, self.seen = np.array([2.0]), losses, 0, []

    def compute_loss(self, batch):
        self.seen.append(batch)
        self.calls += 1
        return float(0.5 * self.theta[0] ** 2) if self.losses is None else self.losses[self.calls - 1]

    def backward(self):
        self.grad = self.theta.copy()

    def update_weights(self, lr):
        assert type(lr) is float
        RECORD.append((self.seen[-1], lr))
        self.theta -= lr * self.grad


RECORD = []


@published("lrf-01")
def test_finder_includes_both_ends(case):
    given = case["inputs"]
    lrs, _ = find_learning_rate(Model(), [0], given["start_lr"], given["end_lr"], num_steps=given["num_iter"])
    agrees(case, lrs)
    assert (lrs[0], lrs[-1]) == (given["start_lr"], given["end_lr"])


@published("lrf-03")
def test_steepest_descent_finds_the_published_points(case):
    agrees(case, [steepest_descent(losses) for losses in case["inputs"]["losses"]])


def test_finder_defaults_are_those_of_the_sheet_in_a_hundred_steps():
    lrs, losses = find_learning_rate(Model([1.0] * 100), [0])
    assert (len(lrs), lrs[0], lrs[-1]) == (100, 1e-7, 10)
    assert losses.tolist() == [1.0] * 100


def test_finder_is_gradient_descent_with_the_growing_rate():
    lrs, losses = find_learning_rate(Model(), ["a", "b"], 1e-3, 1.5, num_steps=8)
    theta, expected = 2.0, []
    for lr in lrs:
        expected.append(0.5 * theta * theta)
        theta -= lr * theta
    np.testing.assert_allclose(losses, expected, rtol=1e-13)


def test_finder_goes_through_the_loader_again_and_again():
    RECORD.clear()
    find_learning_rate(Model([1.0] * 8), ["a", "b", "c"], 0.1, 1, num_steps=8)
    assert [batch for batch, _ in RECORD] == list("abcabcab")


def test_finder_takes_a_generator_that_is_long_enough():
    lrs, _ = find_learning_rate(Model([1.0] * 8), (i for i in range(8)), 0.1, 1, num_steps=8)
    assert len(lrs) == 8


@bad_input("bad-77")
def test_finder_says_that_a_generator_ended_too_early(case):
    assert case["input"] == "45 batches"
    for loader in ((i for i in range(45)), iter(range(45))):
        with pytest.raises(ValueError, match=r"needs 100 batches, the generator gave 45.*such as a list"):
            find_learning_rate(Model([1.0] * 100), loader)


def digits_model():
    x, y = load_digits()
    return MLP([64, 16, 10], seed=1), Batches(x[:320], y[:320], 32, seed=0)


@bad_input("bad-79")
@pytest.mark.parametrize("breaks", [False, True])
def test_finder_leaves_the_model_bit_identical_also_when_an_exception_leaves_it(case, breaks):
    assert case["outcome"] == "defined value"
    model, batches = digits_model()
    model.compute_loss(next(iter(batches)))
    model.backward()
    theta, grad, views = model.theta.copy(), model.flat_grad.copy(), list(model.params)

    def loader():
        yield from batches
        raise OSError("the disk is gone")

    if breaks:
        with pytest.raises(OSError, match="disk"):
            find_learning_rate(model, loader(), end_lr=1e-3)
    else:
        find_learning_rate(model, batches)
    assert model.theta.tobytes() == theta.tobytes() and model.flat_grad.tobytes() == grad.tobytes()
    assert all(p is q for p, q in zip(model.params, views, strict=True))
    model.backward()


@bad_input("bad-81")
@pytest.mark.parametrize("rule", lr_finder.RULES)
def test_a_flat_or_ever_falling_curve_gets_no_suggestion(case, rule):
    assert "None with a message" in case["teaching_library_should"]
    lrs = np.geomspace(1e-7, 10, 100)
    for losses, reason in [
        (np.ones(100), "flat"),
        (np.zeros(100), "flat"),
        (np.linspace(2, 1, 100), "still falls at the last rate 10: search further"),
        (-np.arange(100.0), "still falls"),
    ]:
        with pytest.warns(UserWarning, match=f"no learning rate can be suggested: .*{reason}"):
            assert suggest_learning_rate(lrs, losses, rule=rule) is None


def searched(losses, **options):
    """The losses that a search has seen when a model gives these."""
    lrs, seen = find_learning_rate(Model(losses), [0], 0.1, 1, num_steps=len(losses), **options)
    assert len(lrs) == len(seen)
    return seen.tolist()


@pytest.mark.parametrize(
    ("losses", "seen", "options"),
    [
        ([1.0, 1.0, 1.0, 4.0, 4.0, 4.1, 4.1, 1.0], 7, {}),
        ([1.0, 1.0, 1.0, 1.9, 1.9, 2.1, 2.1, 1.0], 7, {"divergence": 2}),
        ([0.5, 0.5, 0.5, 1.9, 1.9, 2.1, 1.0, 2.1, 0.5], 8, {}),
        ([-1.0, -1.0, -1.0, 1.9, 1.9, 2.1, 2.1, 1.0], 7, {}),
        ([1.0, 9.0, 81.0, 729.0, 1.0], 4, {}),
    ],
)
def test_finder_stops_when_two_of_the_last_three_losses_are_too_high_and_keeps_these_points(losses, seen, options):
    assert searched(losses, **options) == losses[:seen]


@pytest.mark.parametrize("place", range(12))
@pytest.mark.parametrize("bad", [0.0, 4.1, 1e9])
def test_one_batch_ends_no_search(place, bad):
    losses = [1.0] * 12
    losses[place] = bad
    assert searched(losses) == losses


def test_first_losses_of_zero_set_no_limit():
    for losses in ([0.0, 1.0, 1.2, 0.9, 1.1, 3.0, 1.0], [0.0] * 3 + [1.0] * 9, [0.0] * 12):
        assert searched(losses) == losses
    assert searched([0.0, 1.0, 1.0, 1.0, 4.1, 4.1, 1.0]) == [0.0, 1.0, 1.0, 1.0, 4.1, 4.1]


def test_finder_makes_no_step_after_divergence():
    RECORD.clear()
    find_learning_rate(Model([1.0, 1.0, 9.0, 9.0]), [0], 0.1, 1, num_steps=4)
    assert len(RECORD) == 3


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_finder_leaves_out_the_first_loss_that_is_not_finite(bad):
    lrs, losses = find_learning_rate(Model([1.0, 1.0, bad, 1.0]), [0], 0.1, 1, num_steps=4)
    assert losses.tolist() == [1.0, 1.0] and len(lrs) == 2
    with pytest.raises(ValueError, match="first loss of the model must be finite, got"):
        find_learning_rate(Model([bad, 1.0]), [0], 0.1, 1, num_steps=2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_finder_survives_rates_at_which_everything_overflows(dtype):
    x, y = load_digits()
    model = MLP([64, 1], loss="mse", dtype=dtype)
    lrs, losses = find_learning_rate(model, [(x[:32], y[:32, None])], 1e-2, 1e60, divergence=1e300)
    assert np.isfinite(losses).all() and len(lrs) == len(losses) < 100


@pytest.mark.parametrize("broken", [lambda: np.exp(np.float64(1000.0)), lambda: np.float64(np.inf) - np.inf])
def test_finder_shows_no_warning_of_the_steps_that_it_takes_too_far(broken):
    class Breaks(Model):
        def compute_loss(self, batch):
            return 1.0 if super().compute_loss(batch) < 3 else broken()

    assert len(find_learning_rate(Breaks([1.0, 2.0, 3.0, 4.0]), [0], 0.1, 1, num_steps=4)[0]) == 2


@pytest.mark.parametrize(
    ("kwargs", "error", "message"),
    [
        ({"start_lr": 0}, ValueError, "start_lr must be"),
        ({"end_lr": math.nan}, ValueError, "end_lr must be"),
        ({"start_lr": 1, "end_lr": 0.1}, ValueError, "end_lr must be greater than start_lr 1, got 0.1"),
        ({"start_lr": 1, "end_lr": 1}, ValueError, "end_lr must be greater"),
        ({"num_steps": 1}, ValueError, "num_steps must be >= 2"),
        ({"num_steps": 10.0}, TypeError, "num_steps must be a whole number"),
        ({"divergence": 1}, ValueError, "divergence must be finite and > 1, got 1"),
        ({"data_loader": []}, ValueError, "data_loader is empty"),
        ({"model": object()}, TypeError, "lacks .*'compute_loss', 'backward', 'update_weights'"),
    ],
)
def test_finder_refuses_bad_input(kwargs, error, message):
    with pytest.raises(error, match=message):
        find_learning_rate(**{"model": Model(), "data_loader": [0], **kwargs})


# Suggestions

LRS = np.geomspace(1e-6, 1, 121)
X = np.log10(LRS)


def hill(x):
    """Flat, then a fall whose middle is at 1e-3 and which is steepest there, a bottom, and a wall."""
    return 2 - np.tanh(2 * (x + 3)) + np.exp(6 * (x + 0.7))


def test_each_rule_reads_its_own_point_off_a_known_curve():
    losses = hill(X)
    lowest = LRS[np.argmin(losses)]
    assert suggest_learning_rate(LRS, losses) == pytest.approx(lowest / 10, rel=0.13)
    assert suggest_learning_rate(LRS, losses, rule="steepest") == pytest.approx(1e-3, rel=0.13)
    valley = 10 ** (-6 + 2 / 3 * (np.log10(lowest) + 6))
    assert suggest_learning_rate(LRS, losses, rule="valley") == pytest.approx(valley, rel=0.13)
    assert type(suggest_learning_rate(LRS.tolist(), losses.tolist())) is float


@pytest.mark.parametrize("level", [0.1, 0.7, 1.1, 2.302585092994046, 1e-9])
def test_steepest_takes_a_plateau_of_equal_losses(level):
    losses = np.full(41, level)
    losses[-5:-1] = level / 2
    losses[-1] = level
    assert suggest_learning_rate(np.geomspace(1e-4, 1, 41), losses, rule="steepest") > 0.2


def plain_suggestion(lrs, losses, rule):
    """The rules once more in loops: a rate, or the reason for none."""
    n, losses = len(losses), plain_without_outliers(losses)
    smooth = plain_smooth(losses, max(1, n // 40))
    lowest = smooth.index(min(smooth))
    until = smooth[: lowest + 1]
    fall = max(until) - smooth[lowest]
    level = max(abs(value) for value in until)
    if fall <= 0.05 * level:
        return "rises" if smooth[-1] - smooth[lowest] > level / 2 else "flat"
    rest = [loss - value for loss, value in zip(losses, until, strict=False)]
    mean = sum(rest) / len(rest)
    if fall < 4 * math.sqrt(sum((value - mean) ** 2 for value in rest) / len(rest)):
        return "noise"
    if lowest == n - 1:
        return "still falls"
    if rule == "minimum":
        return lrs[lowest] / 10
    if rule == "steepest":
        slopes = [until[1] - until[0]]
        slopes += [(until[i + 1] - until[i - 1]) / 2 for i in range(1, lowest)]
        slopes += [until[-1] - until[-2]]
        first = until[: max(1, len(until) // 10)]
        start = max(i for i, value in enumerate(until) if value >= statistics.median(first))
        slopes[start] = until[start + 1] - until[start]  # the curve before the fall is not looked at
        return lrs[slopes.index(min(slopes[start:]), start)]
    return lrs[plain_valley(smooth)]


def plain_smooth(losses, reach):
    widths = [min(reach, i, len(losses) - 1 - i) for i in range(len(losses))]
    return [sum(losses[i - w : i + w + 1]) / (2 * w + 1) for i, w in enumerate(widths)]


def plain_without_outliers(losses):
    n, calm, moved = len(losses), list(losses), []
    for i in range(n - 1):
        around = [losses[j] for j in range(n) if j != i and (abs(j - i) <= 2 or (i == 0 and j <= 3))]
        steps = [abs(losses[j + 1] - losses[j]) for j in range(n - 1) if i - 10 <= j < i + 10]
        middle = statistics.median(around)
        if abs(losses[i] - middle) > 10 * statistics.median(steps) + abs(middle) / 100:
            calm[i] = middle
            moved.append(i)
    smooth = plain_smooth(calm, max(1, n // 40))
    lowest = smooth.index(min(smooth))
    return calm if len([i for i in moved if i <= lowest]) <= max(1, n // 40) else losses


def plain_valley(losses):
    runs = [
        (end - start, -start)
        for start in range(len(losses))
        for end in range(start, len(losses))
        if all(losses[i + 1] < losses[i] for i in range(start, end))
    ]
    length, start = max(runs)
    return -start + round(length * 2 / 3)


@pytest.mark.parametrize("rule", lr_finder.RULES)
def test_rules_and_refusals_are_their_loops_on_many_random_curves(rule):
    rng, found = np.random.default_rng(11), []
    for _ in range(400):
        n = int(rng.integers(10, 90))
        lrs, x = np.geomspace(1e-5, 1, n), np.linspace(-1, 1, n)
        depth, middle, offset = rng.uniform(0, 1), rng.uniform(-0.9, 1.2), rng.choice([0.0, 3.0, -3.0])
        losses = offset + depth * np.abs(x - middle) ** rng.choice([1, 2, 4]) + rng.normal(0, rng.uniform(0, 0.2), n)
        losses[rng.integers(n, size=rng.integers(0, 5))] += rng.choice([-9, 9])
        np.testing.assert_array_equal(without_outliers(losses), plain_without_outliers(losses.tolist()))
        np.testing.assert_allclose(smoothed(losses), plain_smooth(losses.tolist(), max(1, n // 40)), rtol=1e-10)
        expected = plain_suggestion(lrs.tolist(), losses.tolist(), rule)
        found.append(expected if isinstance(expected, str) else "rate")
        if found[-1] == "rate":
            assert suggest_learning_rate(lrs, losses, rule=rule) == pytest.approx(expected, rel=1e-12)
        else:
            with pytest.warns(UserWarning, match=expected):
                assert suggest_learning_rate(lrs, losses, rule=rule) is None
    assert set(found) == {"rate", "flat", "rises", "noise", "still falls"}


def test_valley_is_its_loops_on_many_short_curves():
    rng = np.random.default_rng(12)
    for _ in range(600):
        losses = rng.integers(0, 9, rng.integers(2, 12)).astype(float)
        assert lr_finder._valley(losses) == plain_valley(losses.tolist()), losses


@pytest.mark.parametrize("rule", lr_finder.RULES)
def test_a_rising_curve_gets_no_suggestion(rule):
    lrs = np.geomspace(1e-4, 1, 40)
    for losses, reason in [
        (1 + np.arange(40.0), "before it rises from 1 to 40: start below 0.0001, or take larger batches"),
        (np.arange(40.0), "before it rises from 0 to 39"),
        (np.exp(np.arange(40.0) / 9), "before it rises from 1 to 76.2"),
        (9 + np.arange(40.0) / 8.6, "before it rises from 9 to 13.5"),
        (9 + np.arange(40.0) / 10, "the curve is flat or only rises"),
    ]:
        with pytest.warns(UserWarning, match=f"the loss falls by less than 5 %:? {reason}"):
            assert suggest_learning_rate(lrs, losses, rule=rule) is None


def test_a_fall_of_five_percent_is_enough_before_a_wall():
    lrs, curve = np.geomspace(1e-4, 1, 40), lambda low: np.r_[np.ones(20), [low] * 3, 10 * np.ones(17)]
    assert suggest_learning_rate(lrs, curve(0.945)) == pytest.approx(lrs[21] / 10)
    with pytest.warns(UserWarning, match="less than 5 %"):
        assert suggest_learning_rate(lrs, curve(0.951)) is None


@pytest.mark.parametrize("rule", lr_finder.RULES)
@pytest.mark.parametrize(("factor", "every", "places", "rel"), [(4, 1, 121, 0.27), (20, 2, 61, 0.27), (0, 1, 40, 0.13)])
def test_one_batch_with_another_loss_moves_no_rule(rule, factor, every, places, rel):
    lrs, losses = LRS[::every], hill(X)[::every]
    expected = suggest_learning_rate(lrs, losses, rule=rule)
    for place in range(places):
        with_outlier = losses.copy()
        with_outlier[place] *= factor
        assert suggest_learning_rate(lrs, with_outlier, rule=rule) == pytest.approx(expected, rel=rel), place


@pytest.mark.parametrize("losses", [[1.0, 2.0, 3.0], 1.0, np.ones((4, 4))])
def test_outliers_are_looked_for_among_four_points_at_least(losses):
    with pytest.raises(ValueError, match="losses must have at least 4 points, got shape"):
        without_outliers(losses)


def test_a_warning_points_at_the_line_that_asked():
    with pytest.warns(UserWarning) as caught:
        suggest_learning_rate(LRS, np.ones(121))
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("lrs", "losses", "kwargs", "message"),
    [
        (LRS, hill(X), {"rule": "best"}, "rule must be one of .*'minimum'.* got 'best'"),
        (LRS[:-1], hill(X), {}, r"one length, got \(120,\) and \(121,\)"),
        (LRS[:, None], hill(X)[:, None], {}, "one length"),
        (LRS[:9], hill(X)[:9], {}, "lrs must have at least 10 points, got 9"),
        (LRS, np.where(X > -1, np.nan, 1.0), {}, "losses must be finite"),
        (LRS * np.inf, hill(X), {}, "lrs must be finite"),
        (LRS[::-1], hill(X), {}, "lrs must be positive and grow"),
        (np.r_[LRS[:60], LRS[59:-1]], hill(X), {}, "lrs must be positive and grow"),
        (LRS - LRS[0], hill(X), {}, "lrs must be positive and grow"),
    ],
)
def test_suggestion_refuses_bad_input(lrs, losses, kwargs, message):
    with pytest.raises(ValueError, match=message):
        suggest_learning_rate(lrs, losses, **kwargs)


@pytest.mark.parametrize("losses", [[1.0], 1.0, [[1.0, 2.0]]])
def test_steepest_descent_needs_two_points(losses):
    with pytest.raises(ValueError, match="losses must have at least 2 points, got shape"):
        steepest_descent(losses)


def test_steepest_descent_takes_two_points():
    assert steepest_descent([2, 1]) == 0


def test_the_finder_gives_a_rate_that_trains_digits():
    lrs, losses = find_learning_rate(*digits_model())
    assert losses[-1] > losses[0] or len(lrs) == 100
    assert 1e-3 < suggest_learning_rate(lrs, losses) < 1
