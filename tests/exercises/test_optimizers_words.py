"""What the tasks of chapters 4 and 8 and their feedback say about runs and numbers is what these runs give."""

import re

import numpy as np

import exercises
from lessons_lib import AdamW, Shampoo, checks
from lessons_lib.checks.trials import TRIALS
from lessons_lib.optimizers import SGDMomentum
from lessons_lib.surfaces import descend, quadratic_bowl, steps_until_close

TASKS = {task.name: task for chapter in ("optimizers", "after_adam") for task in exercises.tasks_of(chapter)}
BOWL = quadratic_bowl(30)


def steps(beta):
    return steps_until_close(descend(BOWL, SGDMomentum(1 / 30, beta), 1500), BOWL.minimum)


def test_the_right_option_is_the_fastest_and_the_others_are_as_told():
    shown = steps(0.97)
    assert steps(0.7) < steps(0.0) < shown / 2, "no_momentum: shorter by more than half, yet another is faster"
    assert 2.9 < steps(0.99) / shown < 3.2, "more_momentum: three times as long"
    assert np.abs(descend(BOWL, SGDMomentum(0.2, 0.97), 50)[-1]).max() > 1e6, "larger_rate: leaves the valley"


def test_below_one_half_no_rate_reaches_the_goal():
    run, goal = TRIALS["momentum_on_a_bowl"], TASKS["bowl_settings"].goal
    rates = np.linspace(0.015, 0.03, 31)
    losses = [run({"learning_rate": rate, "momentum": beta}, 0).loss for beta in (0.4, 0.499) for rate in rates]
    assert min(losses) > goal


def test_the_faulty_adamw_does_what_the_text_tells():
    task = TASKS["adamw"]
    grads = np.array([0.1, 10.0]) * (-1.0) ** np.arange(20_000)[:, None]
    faulty, right = (task.defined(source)(np.ones(2), grads, 0.001, 0.01) for source in (task.stub, task.rights[0]))
    np.testing.assert_allclose(faulty, [0.14, 0.98], atol=0.005)
    np.testing.assert_allclose(right[0], right[1], rtol=1e-6)


def test_the_library_s_own_adamw_is_no_repair():
    def adamw(theta, grads, lr, weight_decay):
        theta, optimizer = theta.copy(), AdamW(lr, weight_decay=weight_decay)
        for g in grads:
            optimizer.update([theta], [g])
        return theta

    verdict = checks.judge(TASKS["adamw"].record(0), adamw)
    assert verdict.status == "library" and "AdamW" in verdict.detail["names"]


def test_each_option_of_shampoo_is_what_its_words_tell():
    first, G = np.array([[[0, 9.0], [-4, 0]], [[0, 12.0], [3, 0]]])
    W, shampoo = np.zeros((2, 2)), Shampoo(1.0, epsilon=1e-12)
    for gradient in (first, G):
        before = W.copy()
        shampoo.update([W], [gradient])
    L, R = (np.sum(first**2 + G**2, axis=axis, keepdims=True) for axis in (1, 0))
    steps = np.sign(G), L**-0.25 * G, before - W, G / np.sqrt(L * R), G / (L * R[:, ::-1]) ** 0.25
    for option, step in zip(TASKS["shampoo_choice"].options, steps, strict=True):
        shown = re.findall(r"\d[\d.]*", option.replace("{,}", "."))
        np.testing.assert_allclose(np.array(shown, float).reshape(2, 2), step, atol=0.005)


def test_the_faulty_lion_turns_back_too_early_as_told():
    task, case = TASKS["lion_steps"], (np.ones(1), np.array([[4.0], [-3.0]]), 0.1, 0.75, 0.5)
    assert [task.defined(source)(*case).round(6) for source in (task.stub, task.rights[0])] == [1.0, 0.8]
