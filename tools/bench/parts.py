"""The library with a part of its fast room taken back: what each part gains is measured, not believed.

`train` uses the fast room for MLP and Adam themselves; a subclass trains by the methods that the chapters show.
"""

from unittest import mock

from lessons_lib import MLP, Adam, _fast, train
from lessons_lib.losses import LOSSES
from tools.bench.programs import EPOCHS


class TextbookMLP(MLP):
    """Batches, passes and loss as the chapters show them."""


class TextbookAdam(Adam):
    """The update as the chapters show it."""


LOSS_AND_GRADIENT_APART = _fast.of_the_textbook(*LOSSES["cross_entropy"])
VARIANTS = {
    "library": (MLP, Adam, _fast.fast_cross_entropy),
    "one softmax": (MLP, Adam, LOSS_AND_GRADIENT_APART),
    "fast Adam": (MLP, TextbookAdam, _fast.fast_cross_entropy),
    "fast batches and passes": (TextbookMLP, Adam, _fast.fast_cross_entropy),
    "fast room": (TextbookMLP, TextbookAdam, _fast.fast_cross_entropy),
}


def program(name, problem, dtype, rate=0.001):
    """A function that trains with the library, but without the part `name`."""
    make_model, make_optimizer, loss_and_grad = VARIANTS[name]
    model, optimizer = make_model(list(problem.sizes), dtype=dtype), make_optimizer(rate)
    x, runs = problem.x.astype(dtype), iter(range(10**9))

    def run():
        with mock.patch.object(_fast, "fast_cross_entropy", loss_and_grad):
            train(model, optimizer, x, problem.y, epochs=EPOCHS, batch_size=problem.batch_size, seed=next(runs))
        return model.params

    return run
