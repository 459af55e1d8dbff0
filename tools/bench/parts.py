"""The library with a part of its fast room taken back: what each part gains is measured, not believed.

`train` uses the fast room for MLP and Adam themselves; a subclass trains by the methods that the chapters show.
"""

from unittest import mock

from lessons_lib import MLP, Adam, _fast
from lessons_lib.losses import LOSSES
from tools.bench.programs import library


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


def program(name, problem, dtype):
    """A function that trains with the library, but without the part `name`."""
    make_model, make_optimizer, loss_and_grad = VARIANTS[name]
    train_on = library(problem, dtype, make_model, make_optimizer)

    def run():
        with mock.patch.object(_fast, "fast_cross_entropy", loss_and_grad):
            return train_on()

    return run
