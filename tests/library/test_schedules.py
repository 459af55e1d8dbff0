"""Schedules: PyTorch, published cases, bounds; the formulas in plain loops: test_formulas_schedules.py."""

import json

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from oracle_cases import agrees, bad_input, published

from lessons_lib.schedules import (
    cosine_annealing,
    exponential_decay,
    linear_to_zero,
    linear_warmup,
    step_decay,
    warmup_cosine,
    wsd,
)
from tools.shared import ROOT

GOLDEN = json.loads((ROOT / "tests" / "golden" / "optimizers.json").read_text(encoding="utf-8"))["schedules"]

SCHEDULES = {
    "step": lambda t: step_decay(t, 0.3, 0.4, 7),
    "exponential": lambda t: exponential_decay(t, 0.3, 0.9),
    "cosine": lambda t: cosine_annealing(t, 0.3, 0.02, 20),
    "warmup": lambda t: linear_warmup(t, 0.3, 8),
    "warmup and cosine": lambda t: warmup_cosine(t, 0.3, 0.02, 8, 20),
    "line to zero": lambda t: linear_to_zero(t, 0.3, 20),
    "trapezoid": lambda t: wsd(t, 0.3, 8, 10, 12),
}
each_schedule = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES.keys())


@each_schedule
def test_scalar_and_array_agree_and_keep_their_kind(schedule):
    t = np.arange(36)
    many = schedule(t)
    assert isinstance(many, np.ndarray) and many.dtype == np.float64
    for one in (int, float, np.int64, np.float32, np.uint8, np.array):
        alone = [schedule(one(i)) for i in range(36)]
        assert all(type(lr) is float for lr in alone)
        np.testing.assert_allclose(alone, many, rtol=1e-15)
    for form in (t.tolist(), t.astype(np.float32), t.astype(np.int8)):
        np.testing.assert_allclose(schedule(form), many, rtol=1e-15)
    np.testing.assert_array_equal(schedule(t.reshape(4, 9)), many.reshape(4, 9))
    np.testing.assert_array_equal(t, np.arange(36))


@each_schedule
@pytest.mark.parametrize(("t", "message"), [(-1, "got -1"), ([0, -0.5], "got -0.5"), (np.nan, "nan"), (np.inf, "inf")])
def test_t_below_zero_or_not_finite_is_refused(schedule, t, message):
    with pytest.raises(ValueError, match=f"^t must be .*{message}"):
        schedule(t)


@each_schedule
@pytest.mark.parametrize("t", ["1", None, 1j])
def test_t_that_is_no_number_is_a_type_error(schedule, t):
    with pytest.raises(TypeError, match="t must hold real numbers"):
        schedule(t)


@each_schedule
@given(t=st.integers(0, 10**19) | st.floats(0, 1e300))
def test_schedule_stays_between_zero_and_its_highest_rate_for_huge_t_too(schedule, t):
    assert 0 <= schedule(t) <= 0.3


@given(
    high=st.floats(1e-300, 1e300),
    share=st.floats(0, 1),
    warmup=st.integers(0, 50) | st.floats(0, 50),
    length=st.integers(1, 50) | st.floats(1e-3, 50),
    t=st.lists(st.integers(0, 120) | st.floats(0, 120), min_size=1, max_size=9),
)
@example(high=0.934, share=0.334 / 0.934, warmup=5, length=10, t=[5])
def test_no_rate_is_a_bit_above_its_peak_or_below_its_lowest(high, share, warmup, length, t):
    low, gamma, t = high * share, max(share, 1e-9), [0, warmup, warmup + length, *t]
    rates = [
        (low, cosine_annealing(t, high, low, length)),
        (low, cosine_annealing(t, high, high, length)),
        (0, warmup_cosine(t, high, low, warmup, length)),
        (0, linear_warmup(t, high, warmup)),
        (0, exponential_decay(t, high, gamma)),
        (0, step_decay(t, high, gamma, 7)),
    ]
    for lowest, lr in rates:
        assert ((lowest <= lr) & (lr <= high)).all()
    falling = np.array(t) >= warmup
    assert (rates[2][1][falling] >= low).all()


@bad_input("bad-73")
@pytest.mark.parametrize("kind", [int, float, np.int32])
def test_a_warmup_of_no_length_is_no_warmup(case, kind):
    T = kind(case["input"])
    t = np.arange(30)
    assert linear_warmup(t, 0.3, T).tolist() == [0.3] * 30
    assert linear_warmup(0, 0.3, T) == 0.3
    np.testing.assert_array_equal(warmup_cosine(t, 0.3, 0.02, T, 20), cosine_annealing(t, 0.3, 0.02, 20))


@given(st.floats(0.01, 10), st.floats(0, 1), st.integers(1, 1000), st.integers(0, 10**6))
def test_cosine_ends_exactly_at_lr_min_and_holds_it(lr_max, share, T_max, later):
    lr_min = lr_max * share
    assert cosine_annealing(T_max + later, lr_max, lr_min, T_max) == lr_min
    assert cosine_annealing(0, lr_max, lr_min, T_max) == pytest.approx(lr_max, rel=1e-14)


def test_extreme_lengths_do_not_warn():
    assert linear_warmup(1e300, 0.1, 1e-300) == 0.1
    assert step_decay(1e300, 0.1, 0.5, 1) == exponential_decay(1e300, 0.1, 0.5) == 0.0
    assert exponential_decay(10**6, 0.1, 1.0) == step_decay(10**6, 0.1, 1, 3) == 0.1


# PyTorch

TORCH = {
    "step": lambda t: step_decay(t, 0.05, 0.3, 7),
    "exponential": lambda t: exponential_decay(t, 0.05, 0.93),
    "cosine": lambda t: cosine_annealing(t, 0.05, 0.002, 25),
    "linear": lambda t: linear_warmup(t, 0.05, 10),
}


@pytest.mark.parametrize("name", TORCH)
def test_schedule_gives_the_rates_that_pytorch_recorded(name):
    expected = np.array(GOLDEN[name]["rates"])
    t = np.arange(len(expected))
    if name == "cosine":
        assert expected[26] > expected[25]
        t, expected = t[:26], expected[:26]
    # PyTorch's warmup cannot start at 0: recorded from 1e-12 of the rate.
    np.testing.assert_allclose(TORCH[name](t), expected, rtol=1e-11, atol=1e-13)


# Published cases


@published("schedule/step")
def test_step_decay_gives_the_published_rates(case):
    given = case["inputs"]
    agrees(case, step_decay(given["t"], given["lr0"], given["gamma"], given["step_size"]))


@published("schedule/exponential")
def test_exponential_decay_gives_keras_s_rate_with_gamma_converted(case):
    given = case["inputs"]
    agrees(case, exponential_decay(given["t"], given["lr0"], given["decay_rate"] ** (1 / given["decay_steps"])))


@published("schedule/cosine")
def test_cosine_annealing_gives_the_published_rates(case):
    given = case["inputs"]
    if "alpha" in given:
        rates = [cosine_annealing(given["t"], given["lr0"], a * given["lr0"], given["T_max"]) for a in given["alpha"]]
    else:
        rates = cosine_annealing(given["t"], given["lr0"], given.get("lr_min", 0.0), given["T_max"])
    agrees(case, rates)


@published("schedule/warmup", "schedule/warmup+cosine")
def test_warmup_gives_the_published_rates(case):
    given = case["inputs"]
    if "T_max" in given:
        agrees(case, warmup_cosine(given["t"], given["lr"], 0.0, given["T_warmup"], given["T_max"]))
    else:
        agrees(case, linear_warmup(given["t"], given["lr"], given["T_warmup"]))


# Bad input


@bad_input("step_decay")
def test_step_decay_refuses_a_step_size_below_one(case):
    for size in (case["input"], -3):
        with pytest.raises(ValueError, match="step_size must be >= 1, got"):
            step_decay(1, 0.1, 0.5, size)


@bad_input("exponential_decay")
def test_decays_refuse_a_gamma_outside_zero_to_one(case):
    for gamma in [*case["input"], float("nan")]:
        for call in (lambda g: exponential_decay(1, 0.1, g), lambda g: step_decay(1, 0.1, g, 3)):
            with pytest.raises(ValueError, match="gamma must be finite and > 0 and <= 1, got"):
                call(gamma)


@bad_input("cosine")
def test_cosine_holds_after_its_end(case):
    assert cosine_annealing(case["input"]["t"], 1.0, 0.125, case["input"]["T_max"]) == 0.125


@bad_input("bad-75")
def test_warmup_starts_at_zero_so_the_first_batch_changes_nothing(case):
    assert linear_warmup(0, 0.1, 10) == warmup_cosine(0, 0.1, 0, 10, 10) == case["input"]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: step_decay(1, 0, 0.5, 3), "lr_initial"),
        (lambda: cosine_annealing(1, 0, 0, 10), "lr_max"),
        (lambda: cosine_annealing(1, 0.1, 0.2, 10), "lr_min"),
        (lambda: cosine_annealing(1, 0.1, -0.1, 10), "lr_min"),
        (lambda: cosine_annealing(1, 0.1, 0, 0), "T_max"),
        (lambda: linear_warmup(1, 0, 10), "lr_target"),
        (lambda: linear_warmup(1, 0.1, -1), "T_warmup"),
        (lambda: wsd(1, 0.1, 5, -1, 5), "T_stable"),
        (lambda: wsd(1, 0.1, 5, 5, 0), "T_decay"),
    ],
)
def test_a_setting_out_of_range_is_named(call, name):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        call()


def test_a_setting_that_is_no_whole_number_is_a_type_error():
    with pytest.raises(TypeError, match=r"step_size must be a whole number, got 2\.5"):
        step_decay(1, 0.1, 0.5, 2.5)
