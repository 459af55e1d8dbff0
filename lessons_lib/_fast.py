"""The fast room: training `MLP` and `Adam` by the same equations, in arrays that are allocated once.

Only `train` uses it; tests compare every class with its textbook twin. What makes it fast:

[a 1], [W; b]   a column of ones beside a, and b as the last row of W: one product gives a W + b, one gives dW and db
…_T             transposed, one sample per column, so that a without its ones is contiguous in memory
out             every result overwrites the one of the previous step
c1, c2          the bias corrections of Adam as two numbers instead of the arrays m̂ and v̂
"""

import math
from itertools import pairwise

import numpy as np
from numpy import add, divide, dot, exp, log, maximum, multiply, sqrt, square, subtract, vdot

from lessons_lib._validation import number
from lessons_lib.gradients import euclidean_norm
from lessons_lib.losses import LOSSES, class_targets, cross_entropy_from_logits


class FastBatches:
    """The batches of a Batches as pairs [x 1], yᵀ; each batch size has its own two arrays, refilled for every batch."""

    def __init__(self, batches, model):
        self.rows = batches.rows
        self.x = np.empty((len(batches.x), model.layer_sizes[0] + 1), model.theta.dtype)
        self.x[:, :-1], self.x[:, -1] = model.checked_input(batches.x), 1
        y, z = batches.y, np.zeros((len(batches.x), model.layer_sizes[-1]), self.x.dtype)
        if model.loss == "cross_entropy":
            y = class_targets("z", z, y)
        else:
            LOSSES[model.loss][0](z, y)  # refuses targets that do not fit
        self.y_T = np.ascontiguousarray(y.T)
        self.arrays = {}

    def __iter__(self):
        for rows in self.rows():
            m = len(rows)
            if m not in self.arrays:
                self.arrays[m] = self.x[:m].copy(), self.y_T[:, :m].copy()
            x, y_T = self.arrays[m]
            # mode="clip" writes into `out` itself; the default fills a copy of it first.
            yield self.x.take(rows, 0, x, "clip"), self.y_T.take(rows, 1, y_T, "clip")


class FastPasses:
    """compute_loss and backward of an MLP, for the batches of FastBatches. Reads theta, fills flat_grad."""

    def __init__(self, model):
        sizes, dtype = model.layer_sizes, model.theta.dtype
        shapes = [(inputs + 1, outputs) for inputs, outputs in pairwise(sizes)]
        self.grad, (Wb, self.dWb) = model.flat_grad, model.views(shapes)
        self.W, self.Wb_T = [array[:-1] for array in Wb], [array.T for array in Wb]
        self.sizes, self.dtype, self.arrays = sizes, dtype, {}
        textbook = model.loss != "cross_entropy"
        self.loss_and_grad = of_the_textbook(*LOSSES[model.loss]) if textbook else fast_cross_entropy
        model.scored = None  # flat_grad is about to hold another loss's gradient

    def compute_loss(self, batch):
        x, y_T = batch
        if len(x) not in self.arrays:
            self.arrays[len(x)] = self._arrays(len(x))
        self.a_ones_T, self.a_T, self.zeros_T, self.da_T, self.da, self.row = self.arrays[len(x)]
        self.a_ones_T[0] = x.T
        for Wb_T, inputs, outputs in zip(self.Wb_T, self.a_ones_T, self.a_T, strict=False):
            dot(Wb_T, inputs, outputs)
            if outputs is not self.a_T[-1]:
                maximum(outputs, self.zeros_T[: len(outputs)], out=outputs)  # 3 times as fast as with the number 0
        return self.loss_and_grad(self.a_T[-1], y_T, self.da_T[-1], self.row)

    def backward(self):
        for i in reversed(range(len(self.W))):
            dot(self.a_ones_T[i], self.da[i], self.dWb[i])
            if i > 0:
                da_T = dot(self.W[i], self.da_T[i], self.da_T[i - 1])
                da_T *= self.a_T[i - 1] > 0

    def gradient_norm(self):
        """euclidean_norm of flat_grad, summed in its own dtype where that can hold the squares."""
        squares = float(vdot(self.grad, self.grad))
        return math.sqrt(squares) if 1e-28 < squares < 1e37 else euclidean_norm(self.grad)

    def _arrays(self, m):
        """For m samples: a place for [x 1]ᵀ and every [a 1]ᵀ, their parts aᵀ, zeros, ∂L/∂zᵀ, ∂L/∂z, and one row."""
        a_ones_T = [None, *(np.ones((size + 1, m), self.dtype) for size in self.sizes[1:])]
        da_T = [np.empty((size, m), self.dtype) for size in self.sizes[1:]]
        zeros_T, row = np.zeros((max(self.sizes[1:]), m), self.dtype), np.empty(m, self.dtype)
        return a_ones_T, [a[:-1] for a in a_ones_T[1:]], zeros_T, da_T, [a.T for a in da_T], row


def fast_cross_entropy(z_T, y_T, dz_T, row):
    """cross_entropy_from_logits(z, y); writes its gradient to dz_T: one softmax serves both. Overwrites z_T and row."""
    m = z_T.shape[1]
    subtract(z_T, maximum.reduce(z_T, 0, None, row), z_T)
    exp(z_T, dz_T)
    divide(dz_T, add.reduce(dz_T, 0, None, row), dz_T)
    log_p_T = subtract(z_T, log(row, row), z_T)
    loss = -vdot(y_T, log_p_T) / m
    multiply(subtract(dz_T, y_T, dz_T), 1 / m, dz_T)
    # A loss that is not finite is perhaps only 0 · log 0, which is 0.
    return loss if math.isfinite(loss) else cross_entropy_from_logits(log_p_T.T, y_T.T)


def of_the_textbook(loss, grad):
    """A loss of `losses` and its gradient, called in the same way as fast_cross_entropy."""

    def loss_and_grad(z_T, y_T, dz_T, row):
        dz_T[...] = grad(z_T.T, y_T.T).T
        return loss(z_T.T, y_T.T)

    return loss_and_grad


class FastAdam:
    """The update of an Adam for one array, the same array at every step, whose gradient is known to be finite."""

    def __init__(self, optimizer):
        self.optimizer, self.lr, self.step = optimizer, None, None

    def update(self, params, grads):
        adam = self.optimizer
        if adam.lr is not self.lr:
            self.lr = number("lr", adam.lr, 0)
        if self.step is None or adam.m is None or adam.v is None:
            adam._checked(params, grads)
            self.step, self.root = (np.empty_like(params[0]) for _ in range(2))
        (theta,), (g,), (m,), (v,) = params, grads, adam.m, adam.v
        step, root = self.step, self.root
        adam.t += 1
        # With m̂ = m / c1 and √v̂ = √v / c2
        # η / (√v̂ + ε) · m̂ = (η c2/c1) m / (√v + ε c2).
        c1, c2 = 1 - adam.beta1**adam.t, math.sqrt(1 - adam.beta2**adam.t)
        add(multiply(m, adam.beta1, m), multiply(g, 1 - adam.beta1, step), m)
        multiply(square(g, step), 1 - adam.beta2, step)
        add(multiply(v, adam.beta2, v), step, v)
        add(sqrt(v, root), adam.epsilon * c2, root)
        divide(multiply(m, self.lr * c2 / c1, step), root, step)
        subtract(theta, step, theta)
