"""The library with one of its tricks taken back: what each gains is measured, not believed.

Each variant trains by lessons_lib.train as ever; `without(name)` replaces what the trick is made of.
"""

import contextlib
from unittest import mock

import numpy as np

from lessons_lib import MLP, Adam, Batches, losses, network
from lessons_lib.activations import log_softmax, softmax
from lessons_lib.optimizers import FiniteGrads
from tools.bench.programs import EPOCHS


class NewArraysAdam(Adam):
    """The formula with a new array for every intermediate result."""

    def update(self, params, grads):
        grads = self._start(params, grads)
        self.t += 1
        for theta, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g**2
            m_hat = m / (1 - self.beta1**self.t)
            v_hat = v / (1 - self.beta2**self.t)
            theta -= self.lr * m_hat / (np.sqrt(v_hat) + self.epsilon)


class CorrectedArraysAdam(Adam):
    """The corrected m̂ and v̂ as arrays, and no other new one."""

    def update(self, params, grads):
        grads = self._start(params, grads)
        self.t += 1
        for theta, g, m, v, step, root in zip(params, grads, self.m, self.v, self._step, self._root, strict=True):
            m *= self.beta1
            m += np.multiply(1 - self.beta1, g, out=step)
            v *= self.beta2
            v += np.multiply(1 - self.beta2, np.square(g, out=step), out=step)
            m_hat = np.divide(m, 1 - self.beta1**self.t, out=step)
            v_hat = np.divide(v, 1 - self.beta2**self.t, out=root)
            root = np.sqrt(v_hat, out=root)
            root += self.epsilon
            m_hat *= self.lr
            m_hat /= root
            theta -= m_hat


class UncheckedAdam(Adam):
    """Without a look at what it was given."""

    def _start(self, params, grads):
        return grads if self.t else super()._start(params, grads)


class SeparateAdam(Adam):
    """One array for each W and b, as in most programs, instead of the one vector that they are views of."""

    def __init__(self, model, learning_rate):
        super().__init__(learning_rate)
        self.model = model

    def update(self, params, grads):
        super().update(self.model.params, FiniteGrads(self.model.grads))


class NewArraysMLP(MLP):
    """Both passes with new arrays at every step."""

    def _hidden_arrays(self, m):
        self._hidden_m = None
        return super()._hidden_arrays(m)


class SeparateBiasMLP(MLP):
    """b added to a product, and dz summed into db, instead of a column of ones that lets the products do both."""

    def forward(self, x, *, prepared=False):
        a = x[:, :-1]
        self._inputs = [a]
        *hidden, (W_last, b_last) = zip(self.params[0::2], self.params[1::2], strict=True)
        for (W, b), (z, _) in zip(hidden, self._hidden_arrays(len(a)), strict=True):
            np.matmul(a, W, out=z)
            z += b
            a = np.maximum(z, 0, out=z)
            self._inputs.append(a)
        return a @ W_last + b_last

    def backward(self):
        dz = self._dz
        for layer in reversed(range(len(self._inputs))):
            a = self._inputs[layer]
            dW, db = self.grads[2 * layer : 2 * layer + 2]
            np.matmul(a.T, dz, out=dW)
            dz.sum(axis=0, keepdims=True, out=db)
            if layer > 0:
                W, (_, da) = self.params[2 * layer], self._hidden[layer - 1]
                dz = np.matmul(dz, W.T, out=da)
                dz *= a > 0
        return self.grads

    def _hidden_arrays(self, m):
        if m != self._hidden_m:
            shapes = [(m, size) for size in self.layer_sizes[1:-1]]
            self._hidden = [(np.empty(shape, self.theta.dtype), np.empty(shape, self.theta.dtype)) for shape in shapes]
            self._hidden_m = m
        return self._hidden


def _new_batches(x, y, batch_size, seed, reuse):
    return Batches(x, y, batch_size, seed=seed)


def _two_softmaxes(z, y):
    m = len(z)
    return -1 / m * np.sum(y * log_softmax(z)), 1 / m * (softmax(z) - y)


def _quiet_in_each_step(z, y):
    with network._quiet():
        return losses.cross_entropy_from_logits_and_grad(z, y)


# What each variant trains with, and what is replaced meanwhile.
MODEL, OPTIMIZER, PATCHES = MLP, lambda model, rate: Adam(rate), ()
VARIANTS = {
    "library": (MODEL, OPTIMIZER, PATCHES),
    "buffers of the step": (MODEL, lambda model, rate: NewArraysAdam(rate), PATCHES),
    "buffers of the passes": (NewArraysMLP, OPTIMIZER, PATCHES),
    "buffers of the batches": (MODEL, OPTIMIZER, [(network, "Batches", _new_batches)]),
    "one vector": (MODEL, SeparateAdam, PATCHES),
    "bias in the product": (SeparateBiasMLP, OPTIMIZER, PATCHES),
    "corrections as numbers": (MODEL, lambda model, rate: CorrectedArraysAdam(rate), PATCHES),
    "one softmax": (MODEL, OPTIMIZER, [(network._LOSSES, "cross_entropy", _two_softmaxes)]),
    "quiet once": (MODEL, OPTIMIZER, [(network._LOSSES, "cross_entropy", _quiet_in_each_step)]),
    "finite once": (MODEL, OPTIMIZER, [(network, "FiniteGrads", list)]),
    "checks": (MODEL, lambda model, rate: UncheckedAdam(rate), PATCHES),
}


def program(name, problem, dtype, rate=0.001):
    """A function that trains by the library without the trick `name`."""
    make_model, make_optimizer, patches = VARIANTS[name]
    model = make_model(list(problem.sizes), dtype=dtype)
    optimizer, x = make_optimizer(model, rate), problem.x.astype(dtype)
    runs = iter(range(10**9))

    def run():
        with contextlib.ExitStack() as replaced:
            for where, what, by in patches:
                patch = (
                    mock.patch.dict(where, {what: by})
                    if isinstance(where, dict)
                    else mock.patch.object(where, what, by)
                )
                replaced.enter_context(patch)
            network.train(model, optimizer, x, problem.y, epochs=EPOCHS, batch_size=problem.batch_size, seed=next(runs))
        return model.params

    return run
