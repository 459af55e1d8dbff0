"""Optimizers: PyTorch, published cases, and what an update never does; the equations: test_formulas_optimizers.py."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_cases import agrees, bad_input, published

from lessons_lib.after_adam import Lion, ScheduleFree
from lessons_lib.optimizers import SGD, AdaGrad, Adam, AdamW, Nesterov, RMSprop, SGDMomentum, uncorrected_factor
from lessons_lib.schedules import linear_warmup
from lessons_lib.surfaces import ROSENBROCK, quadratic_bowl
from tools.shared import ROOT

GOLDEN = json.loads((ROOT / "tests" / "golden" / "optimizers.json").read_text(encoding="utf-8"))

ALL = {
    "SGD": lambda: SGD(0.1),
    "SGDMomentum": lambda: SGDMomentum(0.1, 0.8),
    "Nesterov": lambda: Nesterov(0.1, 0.8),
    "AdaGrad": lambda: AdaGrad(0.1, 1e-3),
    "RMSprop": lambda: RMSprop(0.1, 0.7, 1e-3),
    "RMSprop, epsilon inside": lambda: RMSprop(0.1, 0.7, 1e-3, eps_in_sqrt=True),
    "Adam": lambda: Adam(0.1, 0.8, 0.95, 1e-3),
    "AdamW": lambda: AdamW(0.1, 0.8, 0.95, 1e-3, weight_decay=0.2),
    "Lion": lambda: Lion(0.1, 0.8, 0.95, weight_decay=0.2),
    "ScheduleFree": lambda: ScheduleFree(0.1, 0.8),
}
each_optimizer = pytest.mark.parametrize("make", ALL.values(), ids=ALL.keys())


def test_what_is_set_to_zero_changes_nothing():
    adams = Adam(0.1, 0.8, 0.95, 1e-3), AdamW(0.1, 0.8, 0.95, 1e-3, weight_decay=0)
    for pair in [(SGD(), SGDMomentum(momentum=0)), (SGD(), Nesterov(momentum=0)), adams]:
        a, b = np.arange(4.0), np.arange(4.0)
        for i in range(5):
            for optimizer, theta in zip(pair, (a, b), strict=True):
                optimizer.update([theta], [np.cos(np.arange(4.0) + i)])
        np.testing.assert_array_equal(a, b)


def test_state_is_visible_under_the_names_of_the_equations():
    p, g = np.array([1.0]), np.array([2.0])
    momentum, rmsprop, adam = SGDMomentum(0.1, 0.5), RMSprop(0.1, 0.75), Adam(0.1, 0.5, 0.75)
    assert momentum.velocity is None and rmsprop.cache is None and adam.m is None and adam.v is None and adam.t == 0
    for optimizer in (momentum, rmsprop, adam):
        optimizer.update([p.copy()], [g])
    assert momentum.velocity[0] == pytest.approx(-0.2)
    assert rmsprop.cache[0] == pytest.approx(1.0)
    assert (adam.m[0], adam.v[0], adam.t) == (pytest.approx(1.0), pytest.approx(1.0), 1)
    assert AdaGrad().cache is None


def test_defaults_are_those_of_the_crib_sheet():
    assert (SGD().lr, SGDMomentum().lr, SGDMomentum().momentum) == (0.01, 0.01, 0.9)
    assert (Nesterov().lr, Nesterov().momentum, AdaGrad().lr, AdaGrad().epsilon) == (0.01, 0.9, 0.01, 1e-8)
    r, a, w = RMSprop(), Adam(), AdamW()
    assert (r.lr, r.beta, r.epsilon, r.eps_in_sqrt) == (0.001, 0.9, 1e-8, False)
    assert (a.lr, a.beta1, a.beta2, a.epsilon) == (w.lr, w.beta1, w.beta2, w.epsilon) == (0.001, 0.9, 0.999, 1e-8)
    assert w.weight_decay == 0.01


def test_eps_in_sqrt_must_be_named():
    with pytest.raises(TypeError):
        RMSprop(0.1, 0.9, 1e-8, True)


def test_repr_shows_the_rate():
    assert repr(Adam(0.25)) == "Adam(lr=0.25)"


# PyTorch


def from_torch(recorded):
    s = recorded["settings"]
    betas = s.get("betas", (0.9, 0.999))
    return {
        "Adagrad": lambda: AdaGrad(s["lr"], s["eps"]),
        "RMSprop": lambda: RMSprop(s["lr"], s["alpha"], s["eps"]),
        "Adam": lambda: Adam(s["lr"], *betas, s["eps"]),
        "AdamW": lambda: AdamW(s["lr"], *betas, s["eps"], weight_decay=s["weight_decay"]),
        "SGD": lambda: (
            Nesterov(s["lr"], s["momentum"])
            if s.get("nesterov")
            else SGDMomentum(s["lr"], s["momentum"])
            if "momentum" in s
            else SGD(s["lr"])
        ),
    }[recorded["class"]]()


def set_rate_as_torch(optimizer, lr):
    """PyTorch multiplies its velocity by the rate of the step; ours holds the rate inside, so it is carried over."""
    if lr != optimizer.lr and getattr(optimizer, "velocity", None) is not None:
        for v in optimizer.velocity:
            v *= lr / optimizer.lr
    optimizer.lr = lr


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-12), (np.float32, 2e-5)])
@pytest.mark.parametrize("name", GOLDEN["optimizers"])
def test_optimizer_walks_the_path_that_pytorch_recorded(name, dtype, rtol):
    recorded = GOLDEN["optimizers"][name]
    params = [np.array(p, dtype) for p in GOLDEN["start"]]
    optimizer = from_torch(recorded)
    rates = recorded["lr_per_step"] or [optimizer.lr] * len(GOLDEN["grads"])
    for lr, grads, expected in zip(rates, GOLDEN["grads"], recorded["params"], strict=True):
        set_rate_as_torch(optimizer, lr)
        optimizer.update(params, [np.array(g, dtype) for g in grads])
        for p, e in zip(params, expected, strict=True):
            np.testing.assert_allclose(p, e, rtol=rtol, atol=rtol / 1000)


# Published cases


@published("opt-01", "opt-03", "opt-05", "opt-13", "opt-15")
def test_one_step_or_two_give_the_published_values(case):
    given, (_, kind) = case["inputs"], case["area"].split("/")
    optimizer = {"SGD": SGD, "Adam": Adam, "RMSprop": RMSprop}[kind](given["learning_rate"])
    optimizer.beta = given.get("beta", 0.9)
    params, steps = [np.array(given["params"])], []
    for _ in np.atleast_2d(case["expected"]):
        optimizer.update(params, [np.array(given["grads"])])
        steps.append(params[0].copy())
    agrees(case, steps if len(steps) > 1 else steps[0])


# The network of PyTorch's own baseline: Linear(2, 3), sigmoid, Linear(3, 1), sigmoid; the loss is the sum of outputs.
BASELINE_START = [
    *(-0.21089885683388707, -0.4975560466422629, -0.1412921620247176),
    *(-0.3420288967865903, -0.2523635082803723, 0.6975570255493778),
    *(-0.10853121966252376, -0.297948499687533, 0.6892015099955718),
    *(-0.05080313011597654, -0.3941351875105899, -0.28433759745928844),
    -0.07113812430174121,
]
BASELINE_X = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])


def baseline_grad(theta):
    """Gradient of the sum of outputs with respect to (W0, b0, W1, b1)."""
    W0, b0, W1, b1 = theta[:6].reshape(3, 2), theta[6:9], theta[9:12], theta[12]
    hidden = 1 / (1 + np.exp(-(BASELINE_X @ W0.T + b0)))
    out = 1 / (1 + np.exp(-(hidden @ W1 + b1)))
    slope = out * (1 - out)
    inner = slope[:, None] * W1 * hidden * (1 - hidden)
    return np.array([*(inner.T @ BASELINE_X).flat, *inner.sum(axis=0), *(slope @ hidden), slope.sum()])


def baseline_run(optimizer, weight_decay=0.0, before_step=lambda t: None):
    theta, kept = np.array(BASELINE_START), []
    for i in range(1001):
        before_step(i + 1)
        optimizer.update([theta], [baseline_grad(theta) + weight_decay * theta])
        if i in (0, 100, 1000):
            kept.append(theta.copy())
    return kept


@published("opt-09", "opt-11")
def test_a_thousand_steps_give_the_published_values(case):
    given = case["inputs"]
    make = {
        "optimizer/RMSprop": lambda: RMSprop(given["learning_rate"], given["beta"], 1e-8),
        "optimizer/SGDMomentum": lambda: SGDMomentum(given["learning_rate"], given["momentum"]),
    }[case["area"]]
    agrees(case, baseline_run(make(), given.get("weight_decay", 0.0)))


@published("opt-07", "opt-08")
def test_adam_gives_the_values_of_the_old_form_and_exactly_so_with_its_epsilon_converted(case):
    """The published numbers have ε before the bias correction: ours is 7e-4 off, and equal with ε/√(1-β₂ᵗ)."""
    decay = case["inputs"].get("weight_decay", 0.0)
    ours = baseline_run(Adam(1.0), decay)
    agrees(case, ours)
    assert 1e-5 < np.abs(np.array(ours) - case["expected"]).max() < 1e-3

    converted = Adam(1.0)

    def convert(t):
        converted.epsilon = 1e-8 / math.sqrt(1 - 0.999**t)

    np.testing.assert_allclose(baseline_run(converted, decay, convert), case["expected"], rtol=1e-11, atol=1e-12)


@published("opt-17", "opt-19")
def test_a_step_from_a_state_set_outside_gives_the_values_of_scikit_learn(case):
    shapes, rng, given = [(4, 6), (6, 8), (7, 8, 9)], np.random.RandomState(0), case["inputs"]
    params = [np.zeros(s) for s in shapes]
    if given["t_before"] is None:
        optimizer = SGD(given["lr"])
    else:
        optimizer = Adam(given["lr"])
        optimizer.m = [rng.random_sample(s) for s in shapes]
        optimizer.v = [rng.random_sample(s) for s in shapes]
        optimizer.t = given["t_before"]
    optimizer.update(params, [rng.random_sample(s) for s in shapes])
    agrees(case, [params[0].flat[0], params[0].flat[1], sum(p.sum() for p in params)])


@published("optimizer/convergence")
def test_parabola_is_descended_to_its_published_end(case):
    optimizer = {"conv-1": SGDMomentum(1e-3, 0.9), "conv-3": RMSprop(5e-3, 0.9), "conv-5": Adam(1e-1)}[case["id"]]
    p, end = np.array([-1.0, 10.0, 1.0]), np.array([1.0, -1.0, 1.0])
    for _ in range(10_000):
        optimizer.update([p], [2 * (p - end)])
    agrees(case, p)


@published("x-05")
def test_tiny_gradients_show_epsilon_outside_the_root(case):
    given, steps = case["inputs"], []
    p, optimizer = np.array(given["params"], dtype=float), RMSprop(given["learning_rate"], given["beta"])
    for g in given["grads"]:
        optimizer.update([p], [np.array(g)])
        steps.append(p.copy())
    agrees(case, steps)


@published("x-07")
def test_momentum_gives_pytorch_s_values_once_its_speed_is_carried_over(case):
    given, steps = case["inputs"], []
    p, optimizer = np.zeros(1), SGDMomentum(given["learning_rates"][0], given["momentum"])
    for lr, g in zip(given["learning_rates"], given["grads"], strict=True):
        set_rate_as_torch(optimizer, lr)
        optimizer.update([p], [np.array(g)])
        steps.append(p[0])
    agrees(case, steps)


# Bad input


@bad_input("SGD")
def test_a_learning_rate_that_is_none_is_refused(case):
    for make in (SGD, SGDMomentum, Nesterov, AdaGrad, RMSprop, Adam, AdamW):
        with pytest.raises(ValueError, match=r"learning_rate must be finite and >= 0, got (-0\.1|nan)"):
            make(learning_rate=case["input"])


@bad_input("RMSprop")
def test_rmsprop_refuses_a_beta_from_one_up(case):
    for beta in case["input"]:
        with pytest.raises(ValueError, match=r"^beta must be finite and >= 0 and < 1, got 1\.[01]"):
            RMSprop(beta=beta)


@bad_input("Adam")
def test_adam_refuses_a_beta2_outside_the_unit_interval(case):
    for beta in case["input"]:
        with pytest.raises(ValueError, match=r"^beta2 must be"):
            Adam(beta2=beta)


READ_ONLY = np.broadcast_to(np.float64(1.0), (2,))
W = np.ones(2)
# What was updated before (None: nothing), then params, grads, error, message.
BAD_UPDATES = {
    "bad-53": (None, [np.ones(2), np.ones(2)], [np.ones(2)], ValueError, "params has 2 arrays, grads 1"),
    "bad-55": (
        [np.ones(2)],
        [np.ones(2), np.ones(2)],
        [np.ones(2)] * 2,
        ValueError,
        r"was started with 1 arrays of shapes \[\(2,\)\], got \[\(2,\), \(2,\)\]; make a new optimizer",
    ),
    "bad-57": (None, [READ_ONLY], [np.ones(2)], ValueError, r"params\[0\] is read-only"),
    "bad-59": (None, [W, W], [np.ones(2)] * 2, ValueError, r"params\[0\] and params\[1\] share memory"),
    "bad-61": (None, (1.0,), [np.ones(1)], TypeError, r"params\[0\] must be a float array, .* got float"),
    "bad-63": (None, [np.ones(2)], [np.array([1.0, np.nan])], ValueError, r"grads\[0\] must be finite, got nan at"),
    "infinite": ([np.ones(1)], [np.ones(1)], [np.array([np.inf])], ValueError, r"grads\[0\] must be finite, got inf"),
    "second": (None, [np.ones(1), np.ones(1)], [np.ones(1), np.array([-np.inf])], ValueError, r"grads\[1\]"),
    "too large for float32": (None, [np.ones(1, np.float32)], [np.array([1e200])], ValueError, r"grads\[0\].*inf"),
    "broadcast": (None, [np.ones((2, 1))], [np.ones(2)], ValueError, r"grads\[0\] has shape \(2,\).*has \(2, 1\)"),
    "other shape later": ([np.ones(2)], [np.ones(3)], [np.ones(3)], ValueError, "make a new optimizer"),
    "overlap": (None, [W[:1], W[0:]], [np.ones(1), np.ones(2)], ValueError, "share memory"),
    "bare array": (None, np.ones(2), [np.ones(2)], TypeError, r"params must be a list of arrays.*write \[params\]"),
    "bare gradient": (None, [np.ones(2)], np.ones(2), TypeError, r"grads must be a list of arrays.*write \[grads\]"),
    "no arrays": (None, [], [], ValueError, "params is empty"),
    "whole numbers": (None, [np.ones(2, int)], [np.ones(2)], TypeError, r"params\[0\] .*dtype int64"),
    "list for a gradient": (None, [np.ones(2)], [[1.0, 1.0]], TypeError, r"grads\[0\] must be an array.*got list"),
    "complex": (None, [np.ones(1)], [np.ones(1, complex)], TypeError, r"grads\[0\].*complex128"),
}


def takers(bad):
    """The optimizers that refuse it: SGD keeps no state, so no arrays of an update before that others would not fit."""
    return [name for name in ALL if name != "SGD" or BAD_UPDATES[bad][0] is None]


def everything(optimizer, params):
    """All that an update may change: params, state, t, lr."""
    arrays = [np.array(p).tolist() for p in params]
    state = {k: [a.tolist() for a in v] if isinstance(v, list) else v for k, v in vars(optimizer).items()}
    return arrays, state


def assert_refused_and_unchanged(make, before, params, grads, error, message):
    optimizer = make()
    if before is not None:
        optimizer.update([p.copy() for p in before], [np.ones_like(p) for p in before])
    earlier = everything(optimizer, params)
    with pytest.raises(error, match=message):
        optimizer.update(params, grads)
    assert everything(optimizer, params) == earlier


@bad_input("bad-53", "bad-55", "bad-57", "bad-59", "bad-61", "bad-63")
def test_bad_published_input_changes_nothing(case):
    for name in takers(case["id"]):
        assert_refused_and_unchanged(ALL[name], *BAD_UPDATES[case["id"]])


@pytest.mark.parametrize(
    ("optimizer", "bad"),
    [(name, bad) for bad in BAD_UPDATES if not bad.startswith("bad-") for name in takers(bad)],
)
def test_bad_input_changes_nothing(optimizer, bad):
    assert_refused_and_unchanged(ALL[optimizer], *BAD_UPDATES[bad])


@bad_input("bad-65")
def test_a_gradient_whose_square_vanishes_moves_nothing_in_adam(case):
    p = np.zeros(1, np.float32)
    Adam(0.1).update([p], [np.array(case["input"], np.float32)])
    assert np.isfinite(p).all() and abs(p[0]) <= 1e-17
    with pytest.raises(ValueError, match="epsilon must be finite and > 0"):
        Adam(0.1, epsilon=0)


@pytest.mark.parametrize("lr", [np.nan, np.inf, -0.1, "0.1", None, True])
@each_optimizer
def test_a_rate_set_later_to_none_is_refused_and_changes_nothing(make, lr):
    optimizer, p = make(), np.ones(2)
    optimizer.update([p], [np.ones(2)])
    optimizer.lr = lr
    earlier = p.copy(), getattr(optimizer, "t", None)
    with pytest.raises((ValueError, TypeError), match=r"^lr must be"):
        optimizer.update([p], [np.ones(2)])
    np.testing.assert_array_equal(p, earlier[0])
    assert getattr(optimizer, "t", None) == earlier[1]


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: SGDMomentum(momentum=1.0), "momentum"),
        (lambda: SGDMomentum(momentum=-0.1), "momentum"),
        (lambda: Nesterov(momentum=float("nan")), "momentum"),
        (lambda: RMSprop(beta=-0.1), "beta"),
        (lambda: RMSprop(epsilon=0), "epsilon"),
        (lambda: AdaGrad(epsilon=-1e-8), "epsilon"),
        (lambda: Adam(beta1=1), "beta1"),
        (lambda: AdamW(weight_decay=-0.01), "weight_decay"),
        (lambda: AdamW(weight_decay=float("inf")), "weight_decay"),
    ],
)
def test_a_setting_out_of_range_is_named(make, name):
    with pytest.raises(ValueError, match=f"^{name} must be finite and"):
        make()


# What an update keeps

SMALL = st.floats(-100, 100, width=32).map(lambda x: x + 0.0)


@each_optimizer
@settings(max_examples=25)
@given(
    pairs=st.lists(st.tuples(SMALL, SMALL), min_size=1, max_size=4),
    dtype=st.sampled_from([np.float32, np.float64]),
    fortran=st.booleans(),
)
def test_update_keeps_arrays_and_dtypes_and_never_touches_gradients(make, pairs, dtype, fortran):
    order = "F" if fortran else "C"
    params = [np.array([[a, b, 1.0], [b, a, 0.0]], dtype=dtype, order=order) for a, b in pairs]
    grads = [np.array([[b, a, 0.0], [a, b, 1.0]], dtype=dtype) for a, b in pairs]
    held, copies, optimizer = list(params), [g.copy() for g in grads], make()
    for _ in range(3):
        assert optimizer.update(params, grads) is None
    assert all(p is q and p.dtype == dtype for p, q in zip(params, held, strict=True))
    for g, copy in zip(grads, copies, strict=True):
        np.testing.assert_array_equal(g, copy)
    for state in (getattr(optimizer, name) for name in optimizer._state_names):
        assert [(s.shape, s.dtype) for s in state] == [(p.shape, p.dtype) for p in params]


@each_optimizer
def test_params_given_as_their_own_gradients_are_read_before_they_move(make):
    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    c, d = a.copy(), b.copy()
    make().update([a, b], [b, a])
    make().update([c, d], [d.copy(), c.copy()])
    np.testing.assert_array_equal(a, c)
    np.testing.assert_array_equal(b, d)


@each_optimizer
def test_a_rate_of_zero_leaves_params_where_they_are(make):
    later, p = make(), np.array([1.0, -2.0])
    later.lr = 0.0
    for optimizer in (later, type(later)(learning_rate=0), type(later)(linear_warmup(0, 0.1, 5))):
        optimizer.update([p], [np.ones(2)])
        np.testing.assert_array_equal(p, [1.0, -2.0])
        assert (optimizer.lr, optimizer.t) == (0, 1)


@each_optimizer
def test_a_gradient_that_has_to_be_converted_is_converted_at_every_step(make):
    a, b, one, other = [np.ones(2), np.ones(2)], [np.ones(2), np.ones(2)], make(), make()
    plain, whole = np.ones(2), np.array([200, -200], dtype=np.int16)  # 200² is no int16
    for _ in range(3):
        one.update(a, [plain, whole])
        other.update(b, [plain, whole.astype(float)])
    np.testing.assert_array_equal(a, b)


# Whole descents

RACE = [
    (lambda: SGD(0.1), 80, lambda: SGD(1e-3), 12_000),
    (lambda: SGDMomentum(0.05), 120, lambda: SGDMomentum(5e-4), 2_500),
    (lambda: Nesterov(0.05), 120, lambda: Nesterov(5e-4), 2_500),
    (lambda: AdaGrad(1.0), 60, lambda: AdaGrad(0.5), 6_500),
    (lambda: RMSprop(0.01), 650, lambda: RMSprop(1e-3), 6_500),
    (lambda: Adam(0.1), 150, lambda: Adam(0.02), 3_000),
    (lambda: AdamW(0.1, weight_decay=1e-4), 150, lambda: AdamW(0.02, weight_decay=1e-6), 3_000),
]


@pytest.mark.parametrize(("on_bowl", "bowl_steps", "in_valley", "valley_steps"), RACE)
def test_optimizer_reaches_the_minimum_within_its_budget(on_bowl, bowl_steps, in_valley, valley_steps):
    bowl = quadratic_bowl(10.0)
    for make, surface, steps in [(on_bowl, bowl, bowl_steps), (in_valley, ROSENBROCK, valley_steps)]:
        optimizer, p = make(), np.array(surface.start)
        for _ in range(steps):
            optimizer.update([p], [surface.grad(p)])
        assert math.dist(p, surface.minimum) < 0.02, (optimizer, surface.name)


@pytest.mark.parametrize("t", [0, -1, math.nan, [1.0, 0.5]])
def test_uncorrected_factor_counts_from_one(t):
    with pytest.raises(ValueError, match="t counts steps from 1"):
        uncorrected_factor(t)
    with pytest.raises(ValueError, match="beta2"):
        uncorrected_factor(1, beta2=1.0)
