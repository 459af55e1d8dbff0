"""Every right answer of the exercises, broken in every small way, with the inputs of all seeds."""

from tools import answers


def test_no_broken_answer_passes_with_any_seed():
    assert answers.main([]) == 0
