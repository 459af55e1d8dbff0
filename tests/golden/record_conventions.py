"""Record what PyTorch, Keras, optax and scikit-learn do where conventions differ; the page «Домовленості» tells it.

Writes conventions.json beside this file. Everything is float64 and starts from numbers in the file itself, so the tests
need none of these libraries. Run in an environment with torch, keras, jax[cpu], optax, scikit-learn and numpy:

    python tests/golden/record_conventions.py
"""

import inspect
import os
import pkgutil
import warnings

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import sklearn
import torch
from record_clipping import by_optax, by_torch
from recording import normal_start_and_grads, optimizer_record, torch_path, torch_rates, write
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.neural_network._base import binary_log_loss
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer
from torch.nn import functional as F

keras.config.set_floatx("float64")
warnings.filterwarnings("ignore", message="Using a target size")

RATE = 0.1
CONSTANT, DROPPED = [RATE] * 12, [RATE] * 6 + [RATE / 10] * 6

# ---- optimizers: the same start and the same 12 gradients for all; more of PyTorch's are in record_optimizers.py ----


def keras_path(make, settings, rates, start, grads):
    params = [keras.Variable(np.array(p)) for p in start]
    optimizer, steps = make(learning_rate=RATE, **settings), []
    for rate, step in zip(rates, grads, strict=True):
        optimizer.learning_rate = rate
        optimizer.apply([jnp.array(g) for g in step], params)
        steps.append([np.asarray(p.value).tolist() for p in params])
    return steps


def optax_path(make, settings, rates, start, grads):
    params = [jnp.array(p) for p in start]
    optimizer = make(learning_rate=lambda count: jnp.array(rates)[count], **settings)
    state, steps = optimizer.init(params), []
    for step in grads:
        updates, state = optimizer.update([jnp.array(g) for g in step], state, params)
        params = optax.apply_updates(params, updates)
        steps.append([np.asarray(p).tolist() for p in params])
    return steps


def sklearn_path(make, settings, rates, start, grads):
    params = [np.array(p) for p in start]
    optimizer, steps = make(params, learning_rate_init=RATE, **settings), []
    for rate, step in zip(rates, grads, strict=True):
        # AdamOptimizer works its rate out of learning_rate_init at every step, SGDOptimizer keeps learning_rate.
        optimizer.learning_rate = optimizer.learning_rate_init = rate
        optimizer.update_params(params, [np.array(g) for g in step])
        steps.append([p.tolist() for p in params])
    return steps


T, K = torch.optim, keras.optimizers
OPTIMIZERS = [
    ("torch momentum, dampening", torch_path, T.SGD, {"lr": RATE, "momentum": 0.9, "dampening": 0.5}, CONSTANT),
    ("torch nesterov, rate dropped", torch_path, T.SGD, {"lr": RATE, "momentum": 0.9, "nesterov": True}, DROPPED),
    ("torch weight decay", torch_path, T.SGD, {"lr": RATE, "momentum": 0.9, "weight_decay": 0.05}, CONSTANT),
    ("torch adam, weight decay", torch_path, T.Adam, {"lr": RATE, "weight_decay": 0.05}, CONSTANT),
    ("keras momentum, rate dropped", keras_path, K.SGD, {"momentum": 0.9}, DROPPED),
    ("keras nesterov, rate dropped", keras_path, K.SGD, {"momentum": 0.9, "nesterov": True}, DROPPED),
    ("keras weight decay", keras_path, K.SGD, {"momentum": 0.9, "weight_decay": 0.05}, CONSTANT),
    ("keras adagrad", keras_path, K.Adagrad, {}, CONSTANT),
    ("keras rmsprop", keras_path, K.RMSprop, {}, CONSTANT),
    ("keras adam", keras_path, K.Adam, {}, CONSTANT),
    ("keras adam, weight decay", keras_path, K.Adam, {"weight_decay": 0.05}, CONSTANT),
    ("keras adamw", keras_path, K.AdamW, {}, CONSTANT),
    ("optax momentum, rate dropped", optax_path, optax.sgd, {"momentum": 0.9}, DROPPED),
    ("optax nesterov, rate dropped", optax_path, optax.sgd, {"momentum": 0.9, "nesterov": True}, DROPPED),
    ("optax adagrad", optax_path, optax.adagrad, {}, CONSTANT),
    ("optax rmsprop", optax_path, optax.rmsprop, {}, CONSTANT),
    ("optax rmsprop, outside", optax_path, optax.rmsprop, {"eps_in_sqrt": False}, CONSTANT),
    ("optax adam", optax_path, optax.adam, {}, CONSTANT),
    ("optax adamw", optax_path, optax.adamw, {}, CONSTANT),
    ("sklearn momentum, rate dropped", sklearn_path, SGDOptimizer, {"momentum": 0.9, "nesterov": False}, DROPPED),
    ("sklearn nesterov", sklearn_path, SGDOptimizer, {"momentum": 0.9, "nesterov": True}, CONSTANT),
    ("sklearn adam", sklearn_path, AdamOptimizer, {}, CONSTANT),
]

DEFAULTS = """
torch.optim.SGD torch.optim.Adagrad torch.optim.RMSprop torch.optim.Adam torch.optim.AdamW
keras.optimizers.SGD keras.optimizers.Adagrad keras.optimizers.RMSprop keras.optimizers.Adam keras.optimizers.AdamW
optax.sgd optax.adagrad optax.rmsprop optax.adam optax.adamw
sklearn.neural_network.MLPClassifier torch.optim.lr_scheduler.LinearLR
"""


def defaults(name):
    """The default numbers, names and switches of a signature."""
    items = inspect.signature(pkgutil.resolve_name(name)).parameters.items()
    return {key: p.default for key, p in items if isinstance(p.default, bool | int | float | str | tuple)}


# ---- losses: (m, k) = (3, 2) ----------------------------------------------------------------------------------------

PRED = np.array([[0.9, 0.2], [0.4, 0.7], [0.5, 0.95]])
TRUE = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
ROWS = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.25, 0.5, 0.25]])
LABELS = [0, 2, 2]
ONE_HOT = np.eye(3)[LABELS]
SURE_AND_WRONG = (np.array([[0.0]]), np.array([[1.0]]))


def losses():
    p, y, rows = torch.tensor(PRED), torch.tensor(TRUE), torch.tensor(ROWS)
    wrong, right = SURE_AND_WRONG
    logits, row_logits = np.log(PRED / (1 - PRED)), np.log(ROWS)
    scaled = 2.0 * ROWS  # rows that do not sum to 1
    found = {
        "mse": {
            "torch.nn.functional.mse_loss": F.mse_loss(p, y),
            "torch.nn.functional.mse_loss, sum": F.mse_loss(p, y, reduction="sum"),
            "keras.losses.MeanSquaredError": keras.losses.MeanSquaredError()(TRUE, PRED),
            "keras.losses.mean_squared_error": keras.losses.mean_squared_error(TRUE, PRED),
            "optax.squared_error": optax.squared_error(jnp.array(PRED), jnp.array(TRUE)),
            "optax.l2_loss": optax.l2_loss(jnp.array(PRED), jnp.array(TRUE)),
            "sklearn.metrics.mean_squared_error": mean_squared_error(TRUE, PRED),
        },
        "bce": {
            "torch.nn.functional.binary_cross_entropy": F.binary_cross_entropy(p, y),
            "keras.losses.BinaryCrossentropy": keras.losses.BinaryCrossentropy()(TRUE, PRED),
            "optax.sigmoid_binary_cross_entropy": optax.sigmoid_binary_cross_entropy(
                jnp.array(logits), jnp.array(TRUE)
            ),
            "sklearn MLPClassifier": binary_log_loss(TRUE, PRED),
        },
        "ce": {
            "torch.nn.functional.cross_entropy": F.cross_entropy(torch.tensor(row_logits), torch.tensor(LABELS)),
            "torch.nn.functional.cross_entropy of probabilities": F.cross_entropy(rows, torch.tensor(LABELS)),
            "keras.losses.CategoricalCrossentropy": keras.losses.CategoricalCrossentropy()(ONE_HOT, ROWS),
            "keras.losses.CategoricalCrossentropy, rows twice as large": keras.losses.CategoricalCrossentropy()(
                ONE_HOT, scaled
            ),
            "optax.softmax_cross_entropy_with_integer_labels": optax.softmax_cross_entropy_with_integer_labels(
                jnp.array(row_logits), jnp.array(LABELS)
            ),
            "sklearn.metrics.log_loss": log_loss(LABELS, ROWS, labels=[0, 1, 2]),
        },
        "p = 0, y = 1": {
            "torch.nn.functional.binary_cross_entropy": F.binary_cross_entropy(
                torch.tensor(wrong), torch.tensor(right)
            ),
            "keras.losses.BinaryCrossentropy": keras.losses.BinaryCrossentropy()(right, wrong),
            "sklearn.metrics.log_loss": log_loss([1], [0.0], labels=[0, 1]),
        },
    }
    return {loss: {name: np.asarray(value).tolist() for name, value in row.items()} for loss, row in found.items()}


def sklearn_gradients():
    """Loss and gradients of small scikit-learn networks: without and with alpha, and with two outputs."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(5, 2))
    found = {}
    for name, model, y in [
        ("classifier, two labels", MLPClassifier, (rng.random((5, 2)) > 0.5).astype(int)),
        ("regressor, two outputs", MLPRegressor, rng.normal(size=(5, 2))),
    ]:
        runs = {}
        for alpha in (0.0, 0.3):
            net = model(hidden_layer_sizes=(3,), activation="relu", alpha=alpha, random_state=3, max_iter=1)
            net.set_params(solver="sgd", learning_rate_init=1e-300)  # a fit that changes no weight
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                net.fit(x, y)
            weights = [*net.coefs_], [*net.intercepts_]
            activations, *empty = net._forward_pass([x, None, None]), [None, None], [None, None], [None, None]
            loss, coef_grads, bias_grads = net._backprop(x, y.astype(float), None, activations, *empty)
            runs[f"alpha={alpha:g}"] = {
                "loss": float(loss),
                "coef_grads": [g.tolist() for g in coef_grads],
                "bias_grads": [g.tolist() for g in bias_grads],
            }
        found[name] = {
            "x": x.tolist(),
            "y": y.tolist(),
            "coefs": [w.tolist() for w in weights[0]],
            "intercepts": [b.tolist() for b in weights[1]],
            **runs,
        }
    return found


# ---- the rest -------------------------------------------------------------------------------------------------------


def clipping():
    """The gradients [3], [4] (norm 5) and the limits 1 (clips), 5 (exactly the norm) and 10 (does not clip)."""
    arrays = [[3.0], [4.0]]
    found = {}
    for limit in (1.0, 5.0, 10.0):
        torchs = by_torch(arrays, limit)
        by_keras = K.SGD(global_clipnorm=limit)._clip_gradients([jnp.array(g) for g in arrays])
        per_array = K.SGD(clipnorm=limit)._clip_gradients([jnp.array(g) for g in arrays])
        found[f"{limit:g}"] = {
            "torch.nn.utils.clip_grad_norm_": torchs["clipped"],
            "torch.nn.utils.clip_grad_norm_ returns": torchs["norm"],
            "keras global_clipnorm": [np.asarray(g).tolist() for g in by_keras],
            "keras clipnorm": [np.asarray(g).tolist() for g in per_array],
            "optax.clip_by_global_norm": by_optax(arrays, limit)["clipped"],
        }
    return {"grads": arrays, "limits": found}


def schedules():
    """Rates at t = 0, 1, …: step decay of 3 steps, γ = 1/2; exponential; cosine of 10 steps; warmup of 4 steps."""
    s, steps = T.lr_scheduler, range(25)
    ks = K.schedules

    def rates(schedule):
        return [float(schedule(jnp.asarray(t))) for t in steps]

    def torch_warmup_cosine(optimizer):
        warmup = s.LinearLR(optimizer, start_factor=1e-12, total_iters=4)
        cosine = s.CosineAnnealingLR(optimizer, T_max=10, eta_min=0.01)
        return s.SequentialLR(optimizer, [warmup, cosine], milestones=[4])

    return {
        "step": {
            "keras ExponentialDecay, staircase": rates(ks.ExponentialDecay(RATE, 3, 0.5, staircase=True)),
            "keras PiecewiseConstantDecay": rates(ks.PiecewiseConstantDecay([3, 6], [RATE, RATE / 2, RATE / 4])),
            "optax exponential_decay, staircase": rates(optax.exponential_decay(RATE, 3, 0.5, staircase=True)),
            "optax piecewise_constant_schedule": rates(optax.piecewise_constant_schedule(RATE, {3: 0.5, 6: 0.5})),
        },
        "exponential": {
            "keras ExponentialDecay": rates(ks.ExponentialDecay(RATE, 5, 0.5)),
            "optax exponential_decay": rates(optax.exponential_decay(RATE, 5, 0.5)),
        },
        "cosine": {
            "torch CosineAnnealingLR": torch_rates(s.CosineAnnealingLR, RATE, 25, T_max=10, eta_min=0.01),
            "keras CosineDecay": rates(ks.CosineDecay(RATE, 10, alpha=0.1)),
            "optax cosine_decay_schedule": rates(optax.cosine_decay_schedule(RATE, 10, alpha=0.1)),
        },
        "warmup": {
            "torch LinearLR, defaults": torch_rates(s.LinearLR, RATE, 25),
            "torch LinearLR": torch_rates(s.LinearLR, RATE, 25, start_factor=0.25, total_iters=3),
            "optax linear_schedule": rates(optax.linear_schedule(0.0, RATE, 4)),
        },
        "warmup_cosine": {
            "torch SequentialLR": torch_rates(torch_warmup_cosine, RATE, 25),
            "keras CosineDecay": rates(ks.CosineDecay(0.0, 10, alpha=0.1, warmup_target=RATE, warmup_steps=4)),
            "optax warmup_cosine_decay_schedule": rates(
                optax.warmup_cosine_decay_schedule(0.0, RATE, warmup_steps=4, decay_steps=14, end_value=0.01)
            ),
        },
    }


def sklearn_schedules():
    """Rates of MLP's invscaling after 0, 1, 4 and 9 training samples, and of adaptive after each trigger."""
    inverse = SGDOptimizer([np.zeros(1)], learning_rate_init=RATE, lr_schedule="invscaling", power_t=0.5)
    rates = []
    for seen in (0, 3, 8):
        inverse.iteration_ends(seen)
        rates.append(float(inverse.learning_rate))
    adaptive = SGDOptimizer([np.zeros(1)], learning_rate_init=RATE, lr_schedule="adaptive")
    adaptive.trigger_stopping("", False)
    return {"invscaling at 0, 3, 8 samples": rates, "adaptive after one trigger": float(adaptive.learning_rate)}


def relu_at_zero():
    z = torch.zeros(1, requires_grad=True)
    torch.relu(z).sum().backward()
    return {
        "torch.relu": z.grad.item(),
        "jax.nn.relu": float(jax.grad(jax.nn.relu)(0.0)),
        "keras.activations.relu": float(jax.grad(lambda v: keras.activations.relu(v).sum())(jnp.zeros(1))[0]),
        "jax.numpy.maximum(z, 0)": float(jax.grad(lambda v: jnp.maximum(v, 0.0))(0.0)),
    }


def weight_shapes():
    """Shapes of the weights and biases of a layer from 2 to 3 values."""
    layer = torch.nn.Linear(2, 3)
    dense = keras.layers.Dense(3)
    dense.build((None, 2))
    return {
        "torch.nn.Linear": [list(layer.weight.shape), list(layer.bias.shape)],
        "keras.layers.Dense": [list(dense.kernel.shape), list(dense.bias.shape)],
    }


def main():
    start, grads = normal_start_and_grads(np.random.default_rng(11), (2, 3), len(CONSTANT))
    recorded = {
        "source": "recorded by record_conventions.py; float64; Keras with the JAX backend",
        "versions": {m.__name__: m.__version__ for m in (torch, keras, jax, optax, sklearn, np)},
        "start": start,
        "grads": grads,
        "optimizers": {name: optimizer_record(*row, start, grads) for name, *row in OPTIMIZERS},
        "defaults": {name: defaults(name) for name in DEFAULTS.split()},
        "loss_inputs": {"pred": PRED.tolist(), "true": TRUE.tolist(), "rows": ROWS.tolist(), "labels": LABELS},
        "losses": losses(),
        "sklearn_gradients": sklearn_gradients(),
        "clipping": clipping(),
        "schedules": schedules(),
        "sklearn_schedules": sklearn_schedules(),
        "relu_at_zero": relu_at_zero(),
        "weight_shapes": weight_shapes(),
    }
    write("conventions.json", recorded)


if __name__ == "__main__":
    main()
