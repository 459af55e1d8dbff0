"""A network of any depth, and the loop that trains it.

layer_sizes   (inputs, hidden, …, outputs); hidden layers are relu, the last layer gives logits z
θ             all weights and biases in one flat vector; W and b of every layer are views into it
m             samples in a batch; x is (m, inputs)
[a 1], [W; b] a with a column of ones, and W over b as one matrix: their product is a W + b

One vector means that an optimizer sees one array and one norm measures the whole gradient.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lessons_lib import losses
from lessons_lib._validation import as_float, finite, number, positive, two_dimensional, whole
from lessons_lib.activations import sigmoid, softmax
from lessons_lib.data import Batches, samples
from lessons_lib.gradients import clip_by_norm, euclidean_norm
from lessons_lib.optimizers import FiniteGrads


def _quiet():
    """No warnings: numbers out of range show in the loss. Once a training, since in each step it takes about 2 %."""
    return np.errstate(over="ignore", under="ignore", invalid="ignore")


def _both(loss, grad):
    return lambda z, y: (loss(z, y), grad(z, y))


# Each gives the pair (L, ∂L/∂z).
_LOSSES = {
    "cross_entropy": losses.cross_entropy_from_logits_and_grad,
    "binary_cross_entropy": _both(
        losses.binary_cross_entropy_from_logits, losses.binary_cross_entropy_from_logits_grad
    ),
    "mse": _both(losses.mse, losses.mse_grad),
}
_NOT_COPIED = ("params", "grads", "_layers", "_layer_grads", "_inputs", "_dz", "_hidden", "_hidden_m")


class MLP:
    """Multilayer perceptron: a ← relu(a W + b) layer by layer, the last one without relu; weights by He.

    W ~ N(0, init_scale² · 2/inputs of the layer), b = 0. loss: "cross_entropy", "binary_cross_entropy" (both from
    logits) or "mse". params and grads are the lists [W1, b1, W2, b2, …] and of their gradients, views of theta and
    flat_grad. Errors: ValueError or TypeError for layer sizes, loss or dtype that are none.
    Source of the initial scale: He et al., ICCV 2015.

    >>> model = MLP([2, 3, 1], loss="binary_cross_entropy", seed=0)
    >>> [p.shape for p in model.params], model.theta.shape
    ([(2, 3), (1, 3), (3, 1), (1, 1)], (13,))
    """

    def __init__(self, layer_sizes, loss="cross_entropy", seed=0, dtype=np.float64, init_scale=1.0):
        self.layer_sizes = _checked_sizes(layer_sizes)
        if not isinstance(loss, str) or loss not in _LOSSES:
            raise ValueError(f"loss must be one of {sorted(_LOSSES)}, got {loss!r}")
        if dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype must be float32 or float64, got {dtype!r}")
        init_scale = positive("init_scale", init_scale)
        self.loss = loss
        shapes = _shapes(self.layer_sizes)
        self.theta = np.zeros(sum(rows * columns for rows, columns in shapes), dtype=dtype)
        self.flat_grad = np.zeros_like(self.theta)
        self._make_views()
        rng = np.random.default_rng(seed)
        for W in self.params[0::2]:
            W[...] = rng.normal(0, init_scale * np.sqrt(2 / len(W)), W.shape)

    def prepared(self, x, y):
        """Samples as compute_loss(…, prepared=True) takes them: checked, [x 1] in its dtype, labels as rows."""
        x = self._checked_input(x)
        if self.loss == "cross_entropy":
            y = losses.class_rows(y, (len(x), self.layer_sizes[-1]), x.dtype)
        return x, y

    def forward(self, x, *, prepared=False):
        """Forward pass: the logits z of the last layer, (m, inputs) -> (m, outputs). Keeps what backward needs."""
        self._dz = None
        self._inputs = [x if prepared else self._checked_input(x)]
        *hidden, last = self._layers
        for Wb, (a_ones, a, _) in zip(hidden, self._hidden_arrays(len(x)), strict=True):
            # z = [a 1] [W; b]: the product adds b, and in backward it sums dz.
            # With both apart a step of 64-64-10 is about 9 % longer.
            z = np.matmul(self._inputs[-1], Wb, out=a)
            np.maximum(z, 0, out=a)
            self._inputs.append(a_ones)
        return self._inputs[-1] @ last

    def compute_loss(self, batch, *, prepared=False):
        """Loss of a batch (x, y): a forward pass and the mean loss, kept for backward."""
        if not prepared:
            batch = self.prepared(*batch)
            with _quiet():
                return self.compute_loss(batch, prepared=True)
        x, y = batch
        loss_and_grad = _LOSSES[self.loss]
        z = self.forward(x, prepared=True)
        loss, self._dz = loss_and_grad(z, y)
        return loss

    def backward(self):
        """Backward pass of the last compute_loss: fills grads (and flat_grad), returns grads.

        Errors: RuntimeError when there was no compute_loss since the last forward.
        """
        if self._dz is None:
            raise RuntimeError("backward() needs a loss to start from: call compute_loss(batch) first")
        dz = self._dz
        for layer in reversed(range(len(self._inputs))):
            np.matmul(self._inputs[layer].T, dz, out=self._layer_grads[layer])
            if layer > 0:
                W, (_, a, da) = self.params[2 * layer], self._hidden[layer - 1]
                dz = np.matmul(dz, W.T, out=da)
                dz *= a > 0
        return self.grads

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

    def __getstate__(self):
        """For copies and pickles: without the views, which would come out as arrays of their own."""
        return {name: value for name, value in vars(self).items() if name not in _NOT_COPIED}

    def __setstate__(self, state):
        vars(self).update(state)
        self._make_views()

    def __repr__(self):
        return f"MLP({list(self.layer_sizes)}, loss={self.loss!r}, {self.theta.size} parameters)"

    def _make_views(self):
        self._inputs, self._dz, self._hidden, self._hidden_m = [], None, [], None
        self.params = _views(self.theta, _shapes(self.layer_sizes))
        self.grads = _views(self.flat_grad, _shapes(self.layer_sizes))
        layers = [(inputs + 1, outputs) for inputs, outputs in pairwise(self.layer_sizes)]
        self._layers, self._layer_grads = _views(self.theta, layers), _views(self.flat_grad, layers)

    def _hidden_arrays(self, m):
        """For every hidden layer [a 1] (m, size + 1), its part a, and da (m, size), which becomes dz."""
        # The same arrays at every step: new ones would make it about 6 % longer. Order F puts column after column, so
        # that a without the ones is one piece of memory.
        if m != self._hidden_m:
            with_ones = [np.ones((m, size + 1), self.theta.dtype, order="F") for size in self.layer_sizes[1:-1]]
            self._hidden = [(a_ones, a_ones[:, :-1], np.empty_like(a_ones[:, :-1])) for a_ones in with_ones]
            self._hidden_m = m
        return self._hidden

    def _checked_input(self, x):
        self._dz = None
        x = two_dimensional("x", as_float("x", x))
        if x.shape[1] != self.layer_sizes[0]:
            raise ValueError(f"x has {x.shape[1]} features, but the network expects {self.layer_sizes[0]}")
        if len(x) == 0:
            raise ValueError(f"x has no samples: got shape {x.shape}")
        x_ones = np.empty((len(x), x.shape[1] + 1), self.theta.dtype)
        x_ones[:, :-1], x_ones[:, -1] = finite("x", x), 1
        return x_ones


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


def train(model, optimizer, x, y, *, epochs, batch_size=32, schedule=None, max_norm=None, seed=0, evaluate=None):
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
    epochs = whole("epochs", epochs, 1)
    max_norm = None if max_norm is None else positive("max_norm", max_norm)
    # All samples are checked at once, not batch by batch: that makes a step of 64-64-10 about 15 % longer.
    batches = Batches(*model.prepared(*samples(x, y)), batch_size, seed=seed, reuse=True)
    steps, evaluations, diverged = [], [], False
    with _quiet():
        for _ in range(epochs):
            for batch in batches:
                loss = float(model.compute_loss(batch, prepared=True))
                if math.isfinite(loss):
                    model.backward()
                norm = euclidean_norm(model.flat_grad)
                diverged = not (math.isfinite(loss) and math.isfinite(norm))
                if diverged:
                    break
                if schedule is not None:
                    optimizer.lr = float(schedule(len(steps)))
                grad = model.flat_grad if max_norm is None else clip_by_norm(model.flat_grad, max_norm)
                optimizer.update([model.theta], FiniteGrads([grad]))
                steps.append((loss, optimizer.lr, norm))
            if diverged:
                break
            if evaluate is not None:
                evaluations.append(evaluate(model))
    loss, lr, grad_norm = np.array(steps, dtype=np.float64).reshape(-1, 3).T
    return History(loss, lr, grad_norm, np.array(evaluations), diverged)


def _checked_sizes(layer_sizes):
    if not isinstance(layer_sizes, (list, tuple)) or len(layer_sizes) < 2:
        raise ValueError(f"layer_sizes must be a list of at least 2 sizes (inputs, …, outputs), got {layer_sizes!r}")
    return tuple(whole(f"layer_sizes[{i}]", size, 1) for i, size in enumerate(layer_sizes))


def _shapes(layer_sizes):
    return [shape for a, b in pairwise(layer_sizes) for shape in [(a, b), (1, b)]]


def _views(vector, shapes):
    """Views of one flat vector, one after the other, in the given shapes."""
    ends = np.cumsum([rows * columns for rows, columns in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(vector, ends[:-1]), shapes, strict=True)]
