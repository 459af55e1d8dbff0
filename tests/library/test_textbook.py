"""The code that pages show is the equation: short, plain, as wide as the page."""

import re

import pytest

import lessons_lib
from lessons_lib import MLP, Adam, find_learning_rate, losses, schedules, show_source
from lessons_lib.losses import LOSSES
from lessons_lib.surfaces import descend

OPTIMIZERS = "SGD SGDMomentum Nesterov AdaGrad RMSprop Adam AdamW Lion ScheduleFree Shampoo Muon"
PAIRS = (
    (losses.binary_cross_entropy, losses.binary_cross_entropy_grad),
    (losses.cross_entropy, losses.cross_entropy_grad),
    *LOSSES.values(),
)
EQUATIONS = {
    **{f"{name}.step": getattr(lessons_lib, name).step for name in OPTIMIZERS.split()},
    **{function.__name__: function for pair in PAIRS for function in pair},
    "MLP.forward": MLP.forward,
    "MLP.backward": MLP.backward,
}
SCHEDULES = [schedules.step_decay, schedules.exponential_decay, schedules.cosine_annealing, schedules.linear_warmup]


def lines(function):
    return repr(show_source(function)).split("\n")


@pytest.mark.parametrize("name", EQUATIONS)
def test_an_equation_has_eight_lines_at_most_and_no_plumbing(name):
    code = lines(EQUATIONS[name])
    assert len(code) <= 8
    assert not re.search(r"\bout=|\b_[a-zA-Z]", "\n".join(code))


@pytest.mark.parametrize("function", [find_learning_rate, descend])
def test_a_loop_has_sixteen_lines_at_most(function):
    assert len(lines(function)) <= 16


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_body_of_a_schedule_ends_with_its_formula_and_checks_nothing(schedule):
    head, *body = [line for line in lines(schedule) if not line.startswith("@")]
    assert head.startswith("def ") and len(body) <= 2 and body[-1].startswith("    return ")


def test_adam_is_five_lines():
    assert lines(Adam.step)[1:] == [
        "    m[...] = self.beta1 * m + (1 - self.beta1) * g",
        "    v[...] = self.beta2 * v + (1 - self.beta2) * g**2",
        "    m_hat = m / (1 - self.beta1**self.t)",
        "    v_hat = v / (1 - self.beta2**self.t)",
        "    theta -= self.lr / (np.sqrt(v_hat) + self.epsilon) * m_hat",
    ]
