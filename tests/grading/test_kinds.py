"""Orders and inputs are judged in the grader as by `check`; a hostile value costs its own task alone."""

import pytest
from classroom import handed_in, points, solved

from lessons_grade.marking import grade
from lessons_lib import checks
from lessons_lib.checks import records

ORDER, TEST = "order_softmax", "huber_tests"
DEEP = "x = []\nfor _ in range(10**5):\n    x = [x]\n"
VALUES = {  # of the order and of the inputs
    "a known mistake": ("[2, 7, 1, 4]", "[{'error': [-3, 2], 'delta': 2}]"),
    "no data": ("object()", "[{'error': print, 'delta': object()}]"),
    "huge": ("[1] * 150_000", "[{'error': list(range(150_000)), 'delta': 1}]"),
    "deep": ("x", "[{'error': x, 'delta': 1}]"),
    "not finite": ("[float('nan'), 10**400]", "[{'error': [float('inf')], 'delta': 10**400}]"),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_that_is_not_right_costs_its_task_alone(name, plan, sandbox):
    order, inputs = VALUES[name]
    answers = solved() | {ORDER: f"{DEEP}{ORDER} = {order}\n", TEST: f"{DEEP}{TEST} = {inputs}\n"}
    result = grade(handed_in(answers, 0).content, plan, sandbox)
    assert (result.status, result.points) == ("graded", points() - points(ORDER, TEST))
    names = {}
    for task, source in ((ORDER, order), (TEST, inputs)):
        exec(f"{DEEP}answer = {source}", names)
        verdict = checks.judge(records.load("losses")[task], names["answer"])
        (graded,) = (one for one in result.tasks if one.id == f"losses.{task}")
        assert (graded.status, graded.mistake) == (verdict.status, verdict.mistake)
