"""The page «Домовленості»: each conversion on it turns our step into the one that the other library was seen to make.

tests/golden/conventions.json holds what PyTorch, Keras, optax and scikit-learn computed; record_conventions.py beside
it recorded that. More of PyTorch's optimizers are in optimizers.json (test_optimizers.py), those of chapter 8 in
after_adam.json (test_after_adam.py).
"""

import ast
import inspect
import json
import re

import numpy as np
import pytest

import lessons_lib
from lessons_lib import (
    AdaGrad,
    Adam,
    AdamW,
    Nesterov,
    RMSprop,
    SGDMomentum,
    backward_pass,
    binary_cross_entropy,
    clip_by_global_norm,
    clip_by_norm,
    cosine_annealing,
    cross_entropy,
    cross_entropy_from_logits,
    exponential_decay,
    forward_pass,
    linear_warmup,
    mse,
    mse_grad,
    relu,
    relu_grad,
    step_decay,
    warmup_cosine,
)
from tools.shared import ROOT

GOLDEN = json.loads((ROOT / "tests" / "golden" / "conventions.json").read_text(encoding="utf-8"))
AFTER_ADAM = json.loads((ROOT / "tests" / "golden" / "after_adam.json").read_text(encoding="utf-8"))
DEFAULTS = GOLDEN["defaults"] | AFTER_ADAM["defaults"]
PAGE = (ROOT / "book" / "reference" / "conventions.md").read_text(encoding="utf-8")
RATE = 0.1
FLOAT32 = {"rtol": 1e-6}  # Keras works out its losses from NumPy arrays, and π in its cosine, in float32

# ---- optimizers -----------------------------------------------------------------------------------------------------


def plain(optimizer, params, grads, rate, t):
    optimizer.lr = rate
    optimizer.update(params, grads)


def velocity_scaled(optimizer, params, grads, rate, t):
    """The momentum of PyTorch and optax: what is gathered changes with the rate."""
    for v in optimizer.velocity or ():
        v *= rate / optimizer.lr
    plain(optimizer, params, grads, rate, t)


def dampened(optimizer, params, grads, rate, t):
    plain(optimizer, params, grads if t == 1 else [(1 - 0.5) * g for g in grads], rate, t)


def with_l2(optimizer, params, grads, rate, t):
    plain(optimizer, params, [g + 0.05 * theta for g, theta in zip(grads, params, strict=True)], rate, t)


def decayed_first(optimizer, params, grads, rate, t):
    for theta in params:
        theta -= rate * 0.05 * theta
    plain(optimizer, params, grads, rate, t)


def epsilon_before_correction(epsilon):
    def step(optimizer, params, grads, rate, t):
        optimizer.epsilon = epsilon / np.sqrt(1 - 0.999**t)
        plain(optimizer, params, grads, rate, t)

    return step


def accumulator_begun(optimizer, params, grads, rate, t):
    if t == 1:
        optimizer.cache = [np.full_like(p, 0.1 + 1e-7) for p in params]
    plain(optimizer, params, grads, rate, t)


MOMENTUM, NESTEROV = (lambda: SGDMomentum(RATE, 0.9)), (lambda: Nesterov(RATE, 0.9))
CONVERSIONS = {
    "torch momentum, dampening": (MOMENTUM, dampened),
    "torch nesterov, rate dropped": (NESTEROV, velocity_scaled),
    "torch weight decay": (MOMENTUM, with_l2),
    "torch adam, weight decay": (lambda: Adam(RATE), with_l2),
    "keras momentum, rate dropped": (MOMENTUM, plain),
    "keras nesterov, rate dropped": (NESTEROV, plain),
    "keras weight decay": (MOMENTUM, decayed_first),
    "keras adagrad": (lambda: AdaGrad(RATE, epsilon=1e-300), accumulator_begun),
    "keras rmsprop": (lambda: RMSprop(RATE, epsilon=1e-7, eps_in_sqrt=True), plain),
    "keras adam": (lambda: Adam(RATE), epsilon_before_correction(1e-7)),
    "keras adam, weight decay": (lambda: AdamW(RATE, weight_decay=0.05), epsilon_before_correction(1e-7)),
    "keras adamw": (lambda: AdamW(RATE, weight_decay=0.004), epsilon_before_correction(1e-7)),
    "optax momentum, rate dropped": (MOMENTUM, velocity_scaled),
    "optax nesterov, rate dropped": (NESTEROV, velocity_scaled),
    "optax adagrad": (lambda: AdaGrad(RATE, epsilon=1e-300), accumulator_begun),
    "optax rmsprop": (lambda: RMSprop(RATE, eps_in_sqrt=True), plain),
    "optax rmsprop, outside": (lambda: RMSprop(RATE), plain),
    "optax adam": (lambda: Adam(RATE), plain),
    "optax adamw": (lambda: AdamW(RATE, weight_decay=1e-4), plain),
    "sklearn momentum, rate dropped": (MOMENTUM, plain),
    "sklearn nesterov": (NESTEROV, plain),
    "sklearn adam": (lambda: Adam(RATE), epsilon_before_correction(1e-8)),
}


def path(make, step, rates):
    """Parameters after every step, all in one array."""
    params = [np.array(p) for p in GOLDEN["start"]]
    optimizer, steps = make(), []
    for t, (grads, rate) in enumerate(zip(GOLDEN["grads"], rates, strict=True), start=1):
        step(optimizer, params, [np.array(g) for g in grads], rate, t)
        steps.append(np.concatenate(params))
    return np.array(steps)


def recorded(name):
    return np.array([np.concatenate(step) for step in GOLDEN["optimizers"][name]["params"]])


def test_every_recorded_optimizer_has_a_conversion():
    assert CONVERSIONS.keys() == GOLDEN["optimizers"].keys()


@pytest.mark.parametrize("name", CONVERSIONS)
def test_converted_steps_are_those_of_the_other_library(name):
    make, step = CONVERSIONS[name]
    np.testing.assert_allclose(path(make, step, GOLDEN["optimizers"][name]["lr_per_step"]), recorded(name), rtol=1e-11)


@pytest.mark.parametrize("name", [name for name, (_, step) in CONVERSIONS.items() if step is not plain])
def test_without_its_conversion_the_steps_differ(name):
    make, _ = CONVERSIONS[name]
    ours = path(make, plain, GOLDEN["optimizers"][name]["lr_per_step"])
    assert np.max(np.abs(ours / recorded(name) - 1)) > 1e-6


# ---- default values -------------------------------------------------------------------------------------------------


def calls_on_the_page():
    """[(name, {argument: value})] of the calls with keyword arguments alone in the table of default values."""
    table = PAGE.split("## Типові значення", 1)[1].split("\n## ", 1)[0]
    found = []
    for code in re.findall(r"`([\w.]+\([^`]*\))`", table):
        call = ast.parse(code, mode="eval").body
        found.append((ast.unparse(call.func), {k.arg: ast.literal_eval(k.value) for k in call.keywords}))
    return found


@pytest.mark.parametrize(("name", "shown"), [pytest.param(*call, id=call[0]) for call in calls_on_the_page()])
def test_default_values_on_the_page_are_the_real_ones(name, shown):
    actual = DEFAULTS.get(name)
    if actual is None:
        actual = {key: p.default for key, p in inspect.signature(getattr(lessons_lib, name)).parameters.items()}
    assert shown and json.loads(json.dumps(shown)) == {key: actual[key] for key in shown}


def test_all_kinds_of_defaults_are_on_the_page():
    names = {name for name, _ in calls_on_the_page()}
    assert {n for n in DEFAULTS if "lr_scheduler" not in n} - names == {"optax.sgd"}  # no default rate
    assert {"SGD", "AdaGrad", "RMSprop", "Adam", "AdamW"} <= names


# ---- losses ---------------------------------------------------------------------------------------------------------

PRED, TRUE = np.array(GOLDEN["loss_inputs"]["pred"]), np.array(GOLDEN["loss_inputs"]["true"])
ROWS, LABELS = np.array(GOLDEN["loss_inputs"]["rows"]), np.array(GOLDEN["loss_inputs"]["labels"])


OURS = {"mse": mse(PRED, TRUE), "bce": binary_cross_entropy(PRED, TRUE), "ce": cross_entropy(ROWS, LABELS)}
# The mean of what another library gives is ours times this; times 1 where nothing is said.
TIMES = {
    "torch.nn.functional.mse_loss, sum": PRED.size,
    "optax.l2_loss": 1 / 2,
    "sklearn MLPClassifier": PRED.shape[1],
    # PyTorch's function applied to probabilities is softmax twice.
    "torch.nn.functional.cross_entropy of probabilities": cross_entropy_from_logits(ROWS, LABELS) / OURS["ce"],
}


@pytest.mark.parametrize(("loss", "name"), [(loss, name) for loss in OURS for name in GOLDEN["losses"][loss]])
def test_reductions_of_losses(loss, name):
    found, wanted = np.mean(GOLDEN["losses"][loss][name]), OURS[loss] * TIMES.get(name, 1)
    np.testing.assert_allclose(found, wanted, **(FLOAT32 if "keras" in name else {}))


def test_losses_of_rows():
    found, rows = GOLDEN["losses"]["mse"]["keras.losses.mean_squared_error"], zip(PRED, TRUE, strict=True)
    np.testing.assert_allclose(found, [mse(p, y) for p, y in rows], **FLOAT32)
    np.testing.assert_allclose(cross_entropy_from_logits(np.log(ROWS), LABELS), OURS["ce"])
    with pytest.raises(ValueError, match="sum to 1"):
        cross_entropy(0.9 * ROWS, LABELS)


def test_probability_zero_of_the_right_answer():
    found = GOLDEN["losses"]["p = 0, y = 1"]
    ours = binary_cross_entropy([0.0], [1.0])
    np.testing.assert_allclose(found["sklearn.metrics.log_loss"], ours)
    assert rows_of("Імовірність нуль") == {
        "scikit-learn, `lessons_lib`": [f"{ours:.2f}".replace(".", ",")],
        "PyTorch": [f"{found['torch.nn.functional.binary_cross_entropy']:.0f}"],
        "Keras": [f"{found['keras.losses.BinaryCrossentropy']:.2f}".replace(".", ",")],
    }


def sklearn_network(kind):
    record = GOLDEN["sklearn_gradients"][kind]
    (W1, W2), (b1, b2) = ([np.array(a) for a in record[key]] for key in ("coefs", "intercepts"))
    return record, np.array(record["x"]), np.array(record["y"], dtype=float), W1, b1[None], W2, b2[None]


def test_alpha_of_scikit_learn_adds_a_share_of_the_weights_but_not_of_the_biases():
    for kind in GOLDEN["sklearn_gradients"]:
        record, x, _, W1, _, W2, _ = sklearn_network(kind)
        bare, decayed = record["alpha=0"], record["alpha=0.3"]
        for W, g, with_decay in zip((W1, W2), bare["coef_grads"], decayed["coef_grads"], strict=True):
            np.testing.assert_allclose(with_decay, np.array(g) + 0.3 / len(x) * W, atol=1e-14)
        for g, with_decay in zip(bare["bias_grads"], decayed["bias_grads"], strict=True):
            np.testing.assert_allclose(g, with_decay, atol=1e-14)


def test_scikit_learn_sums_its_classifier_over_outputs_and_is_consistent_there():
    record, x, y, W1, b1, W2, b2 = sklearn_network("classifier, two labels")
    a2, cache = forward_pass(x, W1, b1, W2, b2)
    ours, k = backward_pass(x, y, cache, W2), y.shape[1]
    np.testing.assert_allclose(record["alpha=0"]["loss"], k * binary_cross_entropy(a2, y))
    np.testing.assert_allclose(record["alpha=0"]["coef_grads"][0], k * ours["dW1"], atol=1e-14)
    np.testing.assert_allclose(record["alpha=0"]["bias_grads"][1], k * ours["db2"][0], atol=1e-14)


def test_the_regressor_of_scikit_learn_has_a_gradient_k_times_that_of_its_loss():
    record, x, y, W1, b1, W2, b2 = sklearn_network("regressor, two outputs")
    z1, k = x @ W1 + b1, y.shape[1]
    prediction = relu(z1) @ W2 + b2
    dz = mse_grad(prediction, y) / 2
    np.testing.assert_allclose(record["alpha=0"]["loss"], mse(prediction, y) / 2)
    np.testing.assert_allclose(record["alpha=0"]["bias_grads"][1], k * dz.sum(axis=0))
    dz1 = dz @ W2.T * relu_grad(z1)
    np.testing.assert_allclose(record["alpha=0"]["coef_grads"][0], k * x.T @ dz1, atol=1e-14)


# ---- clipping, schedules, the rest ----------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1.0, 5.0, 10.0])
def test_clipping_by_the_global_norm(limit):
    """What optax and PyTorch make of the gradients is compared in tests/library/test_golden_clipping.py."""
    grads = [np.array(g) for g in GOLDEN["clipping"]["grads"]]
    found = GOLDEN["clipping"]["limits"][f"{limit:g}"]
    clipped, norm = clip_by_global_norm(grads, limit)
    np.testing.assert_allclose(found["keras global_clipnorm"], clipped, rtol=1e-15)
    np.testing.assert_allclose(found["keras clipnorm"], [clip_by_norm(g, limit) for g in grads])
    assert found["torch.nn.utils.clip_grad_norm_ returns"] == norm


def test_clipping_table_of_the_page():
    found = GOLDEN["clipping"]["limits"]["1"]
    rows = list(rows_of("## Обрізання").values())
    by_torch = [f"{g[0]:.8f}".replace(".", ",") for g in found["torch.nn.utils.clip_grad_norm_"]]
    assert rows[0] == ["0,6 і 0,8"] and np.round(found["optax.clip_by_global_norm"], 9).ravel().tolist() == [0.6, 0.8]
    assert rows[1] == [" і ".join(by_torch)]
    assert rows[2] == ["1 і 1"] and np.ravel(found["keras clipnorm"]).tolist() == [1, 1]


T = np.arange(25)
SAME_SCHEDULES = {
    ("step", "keras ExponentialDecay, staircase"): step_decay(T, RATE, 0.5, 3),
    ("step", "optax exponential_decay, staircase"): step_decay(T, RATE, 0.5, 3),
    ("step", "keras PiecewiseConstantDecay"): step_decay(np.clip(T - 1, 0, 6), RATE, 0.5, 3),  # a step later
    ("step", "optax piecewise_constant_schedule"): step_decay(np.minimum(T, 6), RATE, 0.5, 3),
    ("exponential", "keras ExponentialDecay"): exponential_decay(T, RATE, 0.5 ** (1 / 5)),
    ("exponential", "optax exponential_decay"): exponential_decay(T, RATE, 0.5 ** (1 / 5)),
    ("cosine", "torch CosineAnnealingLR"): cosine_annealing(10 - np.abs(T % 20 - 10), RATE, 0.1 * RATE, 10),  # rises
    ("cosine", "keras CosineDecay"): cosine_annealing(T, RATE, 0.1 * RATE, 10),
    ("cosine", "optax cosine_decay_schedule"): cosine_annealing(T, RATE, 0.1 * RATE, 10),
    ("warmup", "torch LinearLR, defaults"): RATE * (1 / 3 + 2 / 3 * np.minimum(T, 5) / 5),
    ("warmup", "torch LinearLR"): linear_warmup(T + 1, RATE, 4),
    ("warmup", "optax linear_schedule"): linear_warmup(T, RATE, 4),
    ("warmup_cosine", "keras CosineDecay"): warmup_cosine(T, RATE, 0.1 * RATE, 4, 10),
    ("warmup_cosine", "optax warmup_cosine_decay_schedule"): warmup_cosine(T, RATE, 0.1 * RATE, 4, 14 - 4),
}


@pytest.mark.parametrize(("schedule", "name"), SAME_SCHEDULES)
def test_converted_schedule_is_that_of_the_other_library(schedule, name):
    np.testing.assert_allclose(GOLDEN["schedules"][schedule][name], SAME_SCHEDULES[schedule, name], **FLOAT32)


def test_warmup_and_cosine_of_pytorch_agree_up_to_the_end_alone():
    found = GOLDEN["schedules"]["warmup_cosine"]["torch SequentialLR"]
    ours = warmup_cosine(T, RATE, 0.1 * RATE, 4, 10)
    np.testing.assert_allclose(found[:15], ours[:15], atol=1e-12)
    assert found[15] > ours[15] == pytest.approx(0.1 * RATE)


def test_every_recorded_schedule_is_compared():
    recorded = {(schedule, name) for schedule, rows in GOLDEN["schedules"].items() for name in rows}
    assert recorded == {*SAME_SCHEDULES, ("warmup_cosine", "torch SequentialLR")}


def test_ends_of_the_cosine_on_the_page():
    at = [0, 10, 11, 20]
    found = GOLDEN["schedules"]["cosine"]
    ours = cosine_annealing(np.array(at), RATE, 0.01, 10)
    wanted = [ours, *(np.array(found[name])[at] for name in found)]
    shown = list(rows_of("**На кінцях.**").values())
    assert shown == [[f"{rate:.4f}".rstrip("0").replace(".", ",") for rate in row] for row in wanted]


def test_schedules_of_scikit_learn():
    found = GOLDEN["sklearn_schedules"]
    np.testing.assert_allclose(found["invscaling at 0, 3, 8 samples"], [RATE / (t + 1) ** 0.5 for t in (0, 3, 8)])
    assert found["adaptive after one trigger"] == pytest.approx(RATE / 5)


def test_shapes_of_weights_and_relu_at_zero():
    shapes = GOLDEN["weight_shapes"]
    assert shapes["torch.nn.Linear"] == [[3, 2], [3]]
    assert shapes["keras.layers.Dense"] == [[2, 3], [3]]
    by_sklearn = GOLDEN["sklearn_gradients"]["regressor, two outputs"]
    assert [np.shape(by_sklearn[key][0]) for key in ("coefs", "intercepts")] == [(2, 3), (3,)]
    slopes = GOLDEN["relu_at_zero"]
    assert slopes.pop("jax.numpy.maximum(z, 0)") == 0.5
    assert set(slopes.values()) == {float(relu_grad(0.0))} == {0.0}


def test_first_step_of_adam_on_the_page():
    """Epsilon before the correction is larger by 1/√(1 - β₂), 31.6 times, in the first step."""
    assert round(1 / np.sqrt(1 - 0.999), 1) == 31.6
    assert "31{,}6" in PAGE


def rows_of(start):
    """{first cell: the numbers of the other cells} of the first table after a text of the page."""
    lines = PAGE.split(start, 1)[1].splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("|"))
    rows = {}
    for line in lines[begin + 2 :]:
        if not line.startswith("|"):
            return rows
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        rows[name] = [cell for cell in cells if re.fullmatch(r"[\d,]+(?: і [\d,]+)?", cell)]
    return rows
