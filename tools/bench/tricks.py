"""The library with one of its tricks taken back: what each gains is measured, not believed.

Each variant trains by lessons_lib.train as ever; `without(name)` replaces what the trick is made of.
"""

import contextlib
from unittest import mock

import numpy as np

from lessons_lib import MLP, Adam, Batches, network
from lessons_lib.activations import log_softmax, relu_grad, softmax
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
        super().update(self.model.params, self.model.grads)


class NewArraysMLP(MLP):
    """Both passes with a new array for every result."""

    def forward(self, x, *, prepared=False):
        a = x
        self._inputs, self._sums = [], []
        for W, b in zip(self.params[0::2], self.params[1::2], strict=True):
            z = a @ W + b
            self._inputs.append(a)
            self._sums.append(z)
            a = np.maximum(z, 0)
        return z

    def backward(self):
        dz = self._dz
        for layer in reversed(range(len(self._inputs))):
            dW, db = self.grads[2 * layer : 2 * layer + 2]
            dW[...] = self._inputs[layer].T @ dz
            db[...] = dz.sum(axis=0, keepdims=True)
            if layer > 0:
                dz = (dz @ self.params[2 * layer].T) * relu_grad(self._sums[layer - 1])
        return self.grads


def _new_batches(x, y, batch_size, seed, reuse):
    return Batches(x, y, batch_size, seed=seed)


def _two_softmaxes(z, y):
    m = len(z)
    return -1 / m * np.sum(y * log_softmax(z)), 1 / m * (softmax(z) - y)


# What each variant trains with, and what is replaced meanwhile.
MODEL, OPTIMIZER, PATCHES = MLP, lambda model, rate: Adam(rate), ()
VARIANTS = {
    "library": (MODEL, OPTIMIZER, PATCHES),
    "buffers of the step": (MODEL, lambda model, rate: NewArraysAdam(rate), PATCHES),
    "buffers of the passes": (NewArraysMLP, OPTIMIZER, PATCHES),
    "buffers of the batches": (MODEL, OPTIMIZER, [(network, "Batches", _new_batches)]),
    "one vector": (MODEL, SeparateAdam, PATCHES),
    "one softmax": (MODEL, OPTIMIZER, [(network._LOSSES, "cross_entropy", _two_softmaxes)]),
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
