"""A network of any depth, and the loop that trains it.

layer_sizes   (inputs, hidden, …, outputs); hidden layers are relu, the last layer gives logits z
θ             all weights and biases in one flat vector; W and b of every layer are views into it
m             samples in a batch; x is (m, inputs)

One vector means that an optimizer sees one array and one norm measures the whole gradient.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lessons_lib._fast import FastAdam, FastBatches, FastPasses
from lessons_lib._validation import as_float, finite, number, positive, quiet, two_dimensional, whole
from lessons_lib.activations import relu, sigmoid, softmax
from lessons_lib.data import Batches
from lessons_lib.gradients import clip_by_global_norm, euclidean_norm
from lessons_lib.losses import LOSSES
from lessons_lib.optimizers import Adam


class MLP:
    """Multilayer perceptron: a ← relu(a W + b) layer by layer, the last one without relu; weights by He.

    W ~ N(0, init_scale² · 2/inputs of the layer), b = 0. loss: "cross_entropy", "binary_cross_entropy" (both from
    logits) or "mse". params is the list [W1, b1, W2, b2, …] and grads the list of their gradients, views into theta
    and flat_grad. Errors: ValueError or TypeError for layer sizes, a loss or a dtype that are not valid.
    Source of the initial scale: He et al., ICCV 2015.

    >>> model = MLP([2, 3, 1], loss="binary_cross_entropy", seed=0)
    >>> [p.shape for p in model.params], model.theta.shape
    ([(2, 3), (1, 3), (3, 1), (1, 1)], (13,))
    """

    def __init__(self, layer_sizes, loss="cross_entropy", seed=0, dtype=np.float64, init_scale=1.0):
        self.layer_sizes = _checked_sizes(layer_sizes)
        if not isinstance(loss, str) or loss not in LOSSES:
            raise ValueError(f"loss must be one of {sorted(LOSSES)}, got {loss!r}")
        if dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype must be float32 or float64, got {dtype!r}")
        init_scale = positive("init_scale", init_scale)
        self.loss = loss
        self._theta = np.zeros(sum((a + 1) * b for a, b in pairwise(self.layer_sizes)), dtype)
        self.flat_grad = np.zeros_like(self.theta)
        self._make_views()
        rng = np.random.default_rng(seed)
        for W in self.W:
            W[...] = rng.normal(0, init_scale * np.sqrt(2 / len(W)), W.shape)

    @property
    def theta(self):
        """All weights and biases. Assigning copies the numbers in: the layers stay views into this vector."""
        return self._theta

    @theta.setter
    def theta(self, values):
        self._theta[...] = values

    def forward(self, x):
        """Forward pass: the logits z of the last layer, (m, inputs) -> (m, outputs). Keeps what backward needs.

        Errors: ValueError for an x of another shape or not finite.
        """
        self.a, self.scored = [self.checked_input(x)], None
        for W, b in zip(self.W[:-1], self.b[:-1], strict=True):
            self.a.append(relu(self.a[-1] @ W + b))
        return self.a[-1] @ self.W[-1] + self.b[-1]

    @quiet
    def compute_loss(self, batch):
        """Loss of a batch (x, y): a forward pass and the mean loss, kept for backward. Errors: of forward, the loss."""
        x, y = batch
        z = self.forward(x)
        loss = LOSSES[self.loss][0](z, y)
        self.scored = z, y
        return loss

    def backward(self):
        """Backward pass of the last compute_loss: fills grads (and flat_grad), returns grads.

        Errors: RuntimeError when there was no compute_loss since the last forward.
        """
        dz = self.loss_gradient()
        for i in reversed(range(len(self.W))):
            self.dW[i][...] = self.a[i].T @ dz
            self.db[i][...] = dz.sum(axis=0, keepdims=True)
            if i > 0:
                dz = dz @ self.W[i].T * (self.a[i] > 0)
        return self.grads

    def loss_gradient(self):
        """∂L/∂z of the last compute_loss, (m, outputs). Errors: those of backward."""
        if self.scored is None:
            raise RuntimeError("backward() needs a loss to start from: call compute_loss(batch) first")
        return LOSSES[self.loss][1](*self.scored)

    def gradient_norm(self):
        """‖∇L‖, the norm of flat_grad."""
        return euclidean_norm(self.flat_grad)

    def update_weights(self, lr):
        """One plain step of gradient descent: θ ← θ - lr ∇L. Errors: ValueError for lr < 0 or not finite."""
        self.theta -= number("lr", lr, 0) * self.flat_grad

    def predict_proba(self, x):
        """Probabilities: softmax(z) for cross_entropy, σ(z) for binary_cross_entropy. Errors: ValueError for mse."""
        if self.loss == "mse":
            raise ValueError("a network with loss 'mse' predicts numbers, not probabilities; use predict")
        z = self.forward(x)
        return softmax(z) if self.loss == "cross_entropy" else sigmoid(z)

    def predict(self, x):
        """Prediction: the likeliest class (m,) for cross_entropy, p >= 0.5 as 0 or 1 (m, outputs), numbers for mse."""
        z = self.forward(x)
        if self.loss == "cross_entropy":
            return np.argmax(z, axis=1)
        return (z >= 0).astype(int) if self.loss == "binary_cross_entropy" else z

    def checked_input(self, x):
        """x as an array (m, inputs) in the network's dtype. Errors: ValueError for another shape or not finite."""
        x = two_dimensional("x", as_float("x", x))
        if x.shape[1] != self.layer_sizes[0]:
            raise ValueError(f"x has {x.shape[1]} features, but the network expects {self.layer_sizes[0]}")
        if len(x) == 0:
            raise ValueError(f"x has no samples: got shape {x.shape}")
        return finite("x", x).astype(self.theta.dtype, copy=False)

    def views(self, shapes):
        """theta and flat_grad, each as consecutive views in the given shapes."""
        ends = np.cumsum([rows * columns for rows, columns in shapes])[:-1]
        parts = np.split(self.theta, ends), np.split(self.flat_grad, ends)
        return [[part.reshape(shape) for part, shape in zip(each, shapes, strict=True)] for each in parts]

    def __getstate__(self):
        """For copies and pickles: without the views, which would become separate arrays."""
        return {name: value for name, value in vars(self).items() if name not in _VIEWS}

    def __setstate__(self, state):
        vars(self).update(state)
        self._make_views()

    def __repr__(self):
        return f"MLP({list(self.layer_sizes)}, loss={self.loss!r}, {self.theta.size} parameters)"

    def _make_views(self):
        shapes = [shape for a, b in pairwise(self.layer_sizes) for shape in [(a, b), (1, b)]]
        self.params, self.grads = self.views(shapes)
        self.W, self.b, self.dW, self.db = self.params[0::2], self.params[1::2], self.grads[0::2], self.grads[1::2]
        self.a, self.scored = [], None


_VIEWS = ("params", "grads", "W", "b", "dW", "db", "a", "scored")


@dataclass(frozen=True)
class History:
    """What happened in a training run, one entry per step, and one evaluation per epoch.

    loss before the step; lr that the step used; grad_norm before clipping; diverged: the run ended at a loss or a
    gradient that was not finite (that step is not recorded).
    """

    loss: np.ndarray
    lr: np.ndarray
    grad_norm: np.ndarray
    evaluations: np.ndarray
    diverged: bool

    def __len__(self):
        return len(self.loss)


@quiet
def train(
    model, optimizer, x, y, *, epochs, batch_size=32, schedule=None,
    max_norm=None, seed=0, evaluate=None,
):  # fmt: skip
    """Training: for every batch the loss, the gradient, clipping, the schedule, the step; returns a History.

    x (samples, inputs), y as the model's loss takes it. schedule: lr as a function of the step t = 0, 1, …;
    max_norm: clip the whole gradient to this norm; seed: the order of the batches; evaluate: a function of the
    model, called after each epoch. Stops when the loss or the gradient is no longer finite (History.diverged).
    Errors: those of Batches, of the optimizer and of the loss; ValueError for epochs < 1 or max_norm <= 0.

    >>> from lessons_lib import Adam, two_moons
    >>> history = train(MLP([2, 8, 1], loss="binary_cross_entropy"), Adam(0.01), *two_moons(), epochs=3, batch_size=50)
    >>> len(history), bool(history.loss[-1] < history.loss[0]), history.diverged
    (12, True, False)
    """
    check_training(epochs, max_norm)
    batches = Batches(x, y, batch_size, seed)
    network, batches, update = hurried(model, batches, optimizer)
    by_matrix = getattr(optimizer, "by_matrix", False)
    steps, evaluations = [], []
    for _ in range(epochs):
        for batch in batches:
            loss = float(network.compute_loss(batch))
            if math.isfinite(loss):
                network.backward()
            norm = network.gradient_norm()
            if not (math.isfinite(loss) and math.isfinite(norm)):
                return history(steps, evaluations, diverged=True)
            if schedule is not None:
                optimizer.lr = float(schedule(len(steps)))
            params = model.params if by_matrix else [model.theta]
            grads = model.grads if by_matrix else [model.flat_grad]
            if max_norm is not None:
                grads, _ = clip_by_global_norm(grads, max_norm)
            update(params, grads)
            steps.append((loss, optimizer.lr, norm))
        if evaluate is not None:
            evaluations.append(evaluate(model))
    return history(steps, evaluations, diverged=False)


def check_training(epochs, max_norm):
    """Check the arguments of train that nothing else checks."""
    whole("epochs", epochs, 1)
    if max_norm is not None:
        positive("max_norm", max_norm)


def hurried(model, batches, optimizer):
    """What train works with: the model, the batches and optimizer.update, or the fast twins of an MLP and an Adam."""
    update = FastAdam(optimizer).update if _as_made(optimizer, Adam) else optimizer.update
    if _as_made(model, MLP) and LOSSES[model.loss] is _LOSSES_AS_MADE.get(model.loss):
        return FastPasses(model), FastBatches(batches, model), update
    return model, batches, update


def _methods(thing):
    return {name: value for name, value in vars(thing).items() if callable(value)}


_AS_MADE, _LOSSES_AS_MADE = {cls: _methods(cls) for cls in (MLP, Adam)}, dict(LOSSES)


def _as_made(thing, cls):
    """Whether a thing is of exactly this class and no method was replaced, neither its own nor one of the class."""
    return type(thing) is cls and _methods(cls) == _AS_MADE[cls] and not _methods(thing)


def history(steps, evaluations, diverged):
    """A History from the tuples (loss, lr, norm) of all steps."""
    loss, lr, grad_norm = np.array(steps).reshape(-1, 3).T
    return History(loss, lr, grad_norm, np.array(evaluations), diverged)


def _checked_sizes(layer_sizes):
    if not isinstance(layer_sizes, (list, tuple)) or len(layer_sizes) < 2:
        raise ValueError(f"layer_sizes must be a list of at least 2 sizes (inputs, …, outputs), got {layer_sizes!r}")
    return tuple(whole(f"layer_sizes[{i}]", size, 1) for i, size in enumerate(layer_sizes))
