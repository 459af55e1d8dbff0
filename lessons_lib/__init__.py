"""The companion library of the course «Від правила ланцюга до Adam»: every formula as readable, tested NumPy.

Everything on the crib sheet can be imported from here. The mathematics needs only NumPy; figures and controls need
matplotlib and ipywidgets and are loaded on first use.
"""

from importlib import import_module

from lessons_lib.activations import log_softmax, relu, relu_grad, sigmoid, sigmoid_grad, softmax, softmax_grad
from lessons_lib.after_adam import Lion, Muon, ScheduleFree, Shampoo, newton_schulz
from lessons_lib.backprop import backward_pass, compute_loss, forward_pass
from lessons_lib.chain_rule import Node, backward, topological_order
from lessons_lib.data import (
    Batches,
    load_breast_cancer,
    load_digits,
    noisy_line,
    standardize,
    train_test_split,
    two_moons,
)
from lessons_lib.gradients import (
    check_gradient,
    clip_by_global_norm,
    clip_by_norm,
    gradient_norms,
    numerical_gradient,
)
from lessons_lib.losses import (
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    binary_cross_entropy_from_logits_grad,
    binary_cross_entropy_grad,
    cross_entropy,
    cross_entropy_from_logits,
    cross_entropy_from_logits_grad,
    cross_entropy_grad,
    mse,
    mse_grad,
    one_hot,
)
from lessons_lib.lr_finder import find_learning_rate, suggest_learning_rate
from lessons_lib.network import MLP, History, train
from lessons_lib.optimizers import SGD, AdaGrad, Adam, AdamW, Nesterov, RMSprop, SGDMomentum
from lessons_lib.schedules import (
    cosine_annealing,
    exponential_decay,
    linear_to_zero,
    linear_warmup,
    step_decay,
    warmup_cosine,
    wsd,
)

_LOADED_WHEN_ASKED_FOR = {
    "check": "lessons_lib.checks",
    "explore": "lessons_lib.controls",
    "predict": "lessons_lib.controls",
    "progress": "lessons_lib.checks",
    "quiz": "lessons_lib.controls",
    "show_source": "lessons_lib.source",
    "visualize_backprop": "lessons_lib.figures.backprop",
}

__all__ = [
    "MLP",
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Batches",
    "History",
    "Lion",
    "Muon",
    "Nesterov",
    "Node",
    "RMSprop",
    "SGDMomentum",
    "ScheduleFree",
    "Shampoo",
    "backward",
    "backward_pass",
    "binary_cross_entropy",
    "binary_cross_entropy_from_logits",
    "binary_cross_entropy_from_logits_grad",
    "binary_cross_entropy_grad",
    "check",
    "check_gradient",
    "clip_by_global_norm",
    "clip_by_norm",
    "compute_loss",
    "cosine_annealing",
    "cross_entropy",
    "cross_entropy_from_logits",
    "cross_entropy_from_logits_grad",
    "cross_entropy_grad",
    "explore",
    "exponential_decay",
    "find_learning_rate",
    "forward_pass",
    "gradient_norms",
    "linear_to_zero",
    "linear_warmup",
    "load_breast_cancer",
    "load_digits",
    "log_softmax",
    "mse",
    "mse_grad",
    "newton_schulz",
    "noisy_line",
    "numerical_gradient",
    "one_hot",
    "predict",
    "progress",
    "quiz",
    "relu",
    "relu_grad",
    "show_source",
    "sigmoid",
    "sigmoid_grad",
    "softmax",
    "softmax_grad",
    "standardize",
    "step_decay",
    "suggest_learning_rate",
    "topological_order",
    "train",
    "train_test_split",
    "two_moons",
    "visualize_backprop",
    "warmup_cosine",
    "wsd",
]


def __getattr__(name):
    if name in _LOADED_WHEN_ASKED_FOR:
        return getattr(import_module(_LOADED_WHEN_ASKED_FOR[name]), name)
    raise AttributeError(f"module 'lessons_lib' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
