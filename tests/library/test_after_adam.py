"""Lion, Schedule-Free, Shampoo, Muon: the records of other libraries, what is refused. Their equations: chapter 8."""

import copy
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib import MLP, SGD, AdamW, Lion, Muon, ScheduleFree, Shampoo, load_digits, newton_schulz, train
from lessons_lib.after_adam import CONVERGING, FAST, matrix_power
from tools.shared import ROOT

GOLDEN = json.loads((ROOT / "tests" / "golden" / "after_adam.json").read_text(encoding="utf-8"))
ALL = (Lion, ScheduleFree, Shampoo, Muon)
W = np.ones((2, 3))


def walk(optimizer, start, grads, rates=None, of=None):
    """The params, or a state, after every step."""
    params, steps = [np.array(p) for p in start], []
    for i, g in enumerate(grads):
        optimizer.lr = rates[i] if rates else optimizer.lr
        optimizer.update(params, [np.array(a) for a in g])
        steps.append([p.copy() for p in (getattr(optimizer, of) if of else params)])
    return steps


# Records


class MuonByWidth(Muon):
    """The conversion on the page «Домовленості»: the scale √max(1, outputs / inputs) instead of ours."""

    def step(self, W, G, m, v):
        (d, k), lr = W.shape, self.lr
        self.lr *= np.sqrt(max(1, k / d)) / (0.2 * np.sqrt(max(d, k))) if d > 1 else 1
        super().step(W, G, m, v)
        self.lr = lr


def muon(*settings, make=Muon):
    optimizer = make(0.1, 0.9, *settings)
    optimizer.epsilon = 1e-30  # optax has one for both
    return optimizer


RECORDED = {
    "optax lion": lambda: Lion(0.01, 0.8, 0.95),
    "optax lion, decay": lambda: Lion(0.01, 0.8, 0.95, 0.5),
    "lion-pytorch": lambda: Lion(0.01, 0.8, 0.95, 0.5),
    "schedulefree, train": lambda: ScheduleFree(0.1, 0.8),
    "schedulefree, eval": lambda: ScheduleFree(0.1, 0.8),
    "pytorch_optimizer shampoo": lambda: Shampoo(0.1, 1e-4),
    "optax muon": muon,
    "optax muon, converging": lambda: muon(9, CONVERGING),
    "torch muon, bfloat16": muon,
    "torch adamw": lambda: AdamW(0.1, 0.9, 0.95, weight_decay=0.1),
    "lion-pytorch, decoupled": lambda: Lion(0.01, weight_decay=0.5 / 0.01),
    "schedulefree, eval, equal weights": lambda: ScheduleFree(0.1, 0.8),
    "optax muon, by width": lambda: muon(make=MuonByWidth),
}


# Chapter 8 has the optimizer of the last one: test_formulas_after_adam.py.
@pytest.mark.parametrize("name", [name for name in GOLDEN["paths"] if name != "torch-optimizer shampoo"])
def test_the_path_is_the_recorded_one(name):
    recorded, of = GOLDEN["paths"][name], "x" if "schedulefree, eval" in name else None
    steps = walk(RECORDED[name](), GOLDEN["start"], GOLDEN["grads"], recorded["rates"], of)
    # bfloat16 keeps 8 bits; that Muon also takes a row for a matrix.
    arrays, precision = (3, 3e-3) if "bfloat16" in name else (4, 1e-12)
    for found, expected in zip(steps, recorded["params"], strict=True):
        for p, q in zip(found[:arrays], expected[:arrays], strict=True):
            np.testing.assert_allclose(p, q, rtol=precision, atol=precision)


# Newton–Schulz and powers


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e-3, 1e200, 1.7e308, np.float32(1e-45), np.float32(3e38)])
def test_newton_schulz_does_not_see_the_scale(scale):
    G = np.array([[1, -1, 1], [0, 1, 1]], dtype=np.asarray(scale).dtype)
    found = newton_schulz(scale * G)
    assert found.dtype == G.dtype
    np.testing.assert_allclose(found, newton_schulz(G), atol=1e-5 if G.dtype == np.float32 else 1e-12)


def test_newton_schulz_ends_at_the_orthogonal_factor_or_in_its_band():
    rng = np.random.default_rng(3)
    U, V = (np.linalg.qr(rng.normal(size=(rows, 5)))[0] for rows in (8, 5))
    G = U * np.geomspace(0.005, 1, 5) @ V.T
    np.testing.assert_allclose(newton_schulz(G, 14, CONVERGING), U @ V.T, atol=1e-12)
    sigma = np.linalg.svd(newton_schulz(G), compute_uv=False)
    assert 0.68 < sigma.min() < sigma.max() < 1.21
    for nothing in (np.zeros((2, 3)), np.zeros((0, 3))):
        np.testing.assert_array_equal(newton_schulz(nothing), nothing)


@settings(max_examples=50)
@given(st.integers(1, 5), st.sampled_from([-1, -1 / 2, -1 / 4, 1 / 2, 1, 2]), st.integers(0, 99))
def test_powers_multiply_as_those_of_numbers(n, exponent, seed):
    A = np.random.default_rng(seed).normal(size=(n, n))
    S = A @ A.T + 0.1 * np.eye(n)
    P, half = matrix_power(S, exponent), matrix_power(S, exponent / 2)
    np.testing.assert_allclose(P @ matrix_power(S, -exponent), np.eye(n), atol=1e-9)
    np.testing.assert_allclose(half @ half, P, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(matrix_power(S, 1), S, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_eigenvalue_lost_in_rounding_is_raised_to_what_the_dtype_resolves(dtype):
    found, lost = matrix_power(np.diag([4, 0, -1e-12]).astype(dtype), -1 / 2), (4 * np.finfo(dtype).eps) ** (-1 / 2)
    np.testing.assert_allclose(found, np.diag([0.5, lost, lost]), rtol=1e-6)
    assert found.dtype == dtype


# What is refused, and what an update keeps


def test_defaults():
    lion, shampoo, muon = Lion(), Shampoo(), Muon()
    assert (lion.lr, lion.beta1, lion.beta2, lion.weight_decay) == (0.0001, 0.9, 0.99, 0)
    assert (ScheduleFree().lr, ScheduleFree().beta, shampoo.lr, shampoo.epsilon) == (0.01, 0.9, 0.01, 1e-4)
    assert (muon.lr, muon.momentum, muon.ns_steps, muon.coefficients) == (0.001, 0.95, 5, FAST)
    np.testing.assert_array_equal(newton_schulz(W), newton_schulz(W, Muon(ns_steps=1).ns_steps + 4, FAST))


WRONG = {
    "beta1": lambda: Lion(beta1=1),
    "beta2": lambda: Lion(beta2=-0.1),
    "weight_decay": lambda: Lion(weight_decay=-1),
    "beta": lambda: ScheduleFree(beta=1.0),
    "epsilon": lambda: Shampoo(epsilon=0),
    "momentum": lambda: Muon(momentum=1),
    "ns_steps": lambda: Muon(ns_steps=0),
    "a": lambda: Muon(coefficients=(np.nan, 0, 0)),
    "b": lambda: Muon(coefficients=(1, np.inf, 0)),
    "c": lambda: Muon(coefficients=(1, 0, np.nan)),
    "not enough": lambda: Muon(coefficients=(1, 2)),
    **{f"learning_rate must{'.' * i}": lambda make=make: make(learning_rate=-1) for i, make in enumerate(ALL)},
    "G must have 2 dim": lambda: newton_schulz(np.ones(3)),
    "G must be finite": lambda: newton_schulz([[np.inf]]),
    "steps": lambda: newton_schulz([[1.0]], -1),
    "S must have 2 dim": lambda: matrix_power(np.ones(3), 1),
    "S must be square": lambda: matrix_power(np.ones((2, 3)), 1),
    "S must be finite": lambda: matrix_power([[np.nan]], 1),
    "S must be positive semidefinite and not 0, got .* 0": lambda: matrix_power(np.zeros((2, 2)), -1),
    "S must be positive semidefinite": lambda: matrix_power(np.diag([1.0, -0.01]), -1),
}


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_argument_is_named(words):
    with pytest.raises(ValueError, match=f"^{words}"):
        WRONG[words]()


BAD = {
    "not finite": ([W, W.T.copy()], [W, np.full((3, 2), np.nan)], r"grads\[1\] must be finite"),
    "other shape": ([W], [W.T], r"grads\[0\] has shape"),
    "a vector": ([W, np.ones(3)], [W, np.ones(3)], r"params\[1\] must be a matrix, got shape \(3,\); give model"),
    "no rows": ([W, np.ones((0, 3))], [W, np.ones((0, 3))], r"params\[1\] must be a matrix, got shape \(0, 3\)"),
    "too large": ([W, W.copy()], [W, -1e200 * np.eye(2, 3)], r"grads\[1\] must be below 6e\+102 in float64, got 1e"),
    "float32": ([W.astype("f")], [1e13 * W], r"grads\[0\] must be below 7e\+12 in float32, got 1e\+13"),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("make", [Shampoo, Muon])
def test_after_an_error_nothing_has_changed(make, bad):
    params, grads, message = BAD[bad]
    new, used = make(), make()
    used.update([W.copy()], [W])
    before = copy.deepcopy((params, vars(new), vars(used)))
    for optimizer in (new, used):
        with pytest.raises(ValueError, match=message):
            optimizer.update(params, grads)
    np.testing.assert_equal((params, vars(new), vars(used)), before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rank", [0, 1, 3])
@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1e3, 6e12, 5e102])
@pytest.mark.parametrize("make", ALL)
def test_every_accepted_gradient_gives_a_finite_step(make, scale, rank, dtype):
    params = [np.ones(s, dtype) for s in [(4, 3), (1, 3), (3, 4)]]
    rng, optimizer, scale = np.random.default_rng(4), make(), min(scale, 6e12 if dtype == np.float32 else scale)
    for _ in range(3):
        grads = [rng.normal(size=(len(p), rank)) @ rng.normal(size=(rank, p.shape[1])) for p in params]
        optimizer.update(params, [scale * g / max(np.abs(g).max(), 1e-300) for g in grads])
    state = [array for name in optimizer._state_names for array in getattr(optimizer, name)]
    assert optimizer.t == 3 and all(np.isfinite(array).all() and array.dtype == dtype for array in [*params, *state])
    if rank == 0:
        np.testing.assert_allclose(params[0], 1, rtol=1e-6)


# Training


@pytest.mark.parametrize(("dtype", "max_norm"), [(np.float64, None), (np.float64, 1.0), (np.float32, 1.0)])
@pytest.mark.parametrize(("make", "lr"), [(Lion, 0.01), (ScheduleFree, 1.0), (Shampoo, 0.5), (Muon, 0.1)])
def test_training_on_the_digits_lowers_the_loss(make, lr, dtype, max_norm):
    (x, y), model = load_digits(), MLP([64, 16, 10], dtype=dtype)
    history = train(model, make(lr), x[:600], y[:600], epochs=6, batch_size=50, max_norm=max_norm)
    assert not history.diverged and history.loss[-10:].mean() < 0.4 * history.loss[:3].mean()
    assert model.theta.dtype == dtype


def test_train_hands_over_matrices_when_the_optimizer_needs_them():
    class Watched(SGD):
        by_matrix = True

        def step(self, W, G):
            shapes.append(W.shape)
            super().step(W, G)

    (x, y), models, shapes = load_digits(), [MLP([64, 5, 10]), MLP([64, 5, 10])], []
    for model, optimizer in zip(models, (Watched(0.1), SGD(0.1)), strict=True):
        train(model, optimizer, x[:100], y[:100], epochs=1, max_norm=0.1)
    assert shapes == 4 * [(64, 5), (1, 5), (5, 10), (1, 10)]
    np.testing.assert_allclose(models[0].theta, models[1].theta, rtol=1e-12)
