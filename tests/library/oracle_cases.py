"""The cases of tests/library/oracles/ as parameters of tests.

A test takes its cases with one of two decorators and receives each as the dict `case` of the JSON file:

    from oracle_cases import agrees, bad_input, published

    @published("schedule/step", "sch-07")         # whole areas (the field "area") and single ids, mixed
    def test_schedule_gives_the_published_values(case):
        agrees(case, step_decay(...))              # compares with case["expected"] at case["rtol"], case["atol"]

    @bad_input("SGD", "bad-53")                    # whole APIs (the field "api") and single ids
    def test_optimizer_refuses_bad_input(case): ...

The decorators parametrise (ids are the case ids) and note the claim; `test_oracles_complete.py` fails when no test or
two tests claim a case. `case["inputs"]` is as published: `array(...)` below reads "-inf" in it.
"""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parent / "oracles"
PUBLISHED = json.loads((FOLDER / "published_cases.json").read_text(encoding="utf-8"))["cases"]
BAD_INPUTS = json.loads((FOLDER / "bad_inputs.json").read_text(encoding="utf-8"))

claims = defaultdict(set)  # case id -> names of the tests that took it


def published(*areas_or_ids):
    """Parametrise a test over published cases, chosen by area or id."""
    return _claim(PUBLISHED, "area", areas_or_ids)


def bad_input(*apis_or_ids):
    """Parametrise a test over bad inputs, chosen by API or id."""
    return _claim(BAD_INPUTS, "api", apis_or_ids)


def agrees(case, actual, expected=None):
    """Assert that `actual` is what the case publishes, within the tolerance of its source."""
    expected = case["expected"] if expected is None else expected
    message = f"{case['id']}: {case['description']}, from {case['source']}"
    np.testing.assert_allclose(actual, expected, rtol=case["rtol"], atol=case["atol"], err_msg=message)


def array(numbers):
    """A nested list of the JSON file as a float64 array; the text "-inf" is a number there."""
    return np.array(numbers, dtype=object).astype(np.float64)


def _claim(cases, field, names):
    known = {case[field] for case in cases} | {case["id"] for case in cases}
    unknown = set(names) - known
    if unknown:
        raise ValueError(f"no oracle is called {sorted(unknown)}; there are {sorted(known)}")
    chosen = [case for case in cases if case[field] in names or case["id"] in names]

    def decorate(test):
        for case in chosen:
            claims[case["id"]].add(f"{test.__module__}.{test.__name__}")
        return pytest.mark.parametrize("case", chosen, ids=[case["id"] for case in chosen])(test)

    return decorate
