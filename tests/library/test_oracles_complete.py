"""Every case of tests/library/oracles/ is claimed by exactly one test."""

from importlib import import_module
from pathlib import Path

import pytest
from oracle_cases import BAD_INPUTS, PUBLISHED, claims

HERE = Path(__file__)
CASE_IDS = [case["id"] for case in [*PUBLISHED, *BAD_INPUTS]]


@pytest.fixture(scope="module")
def all_claims():
    for path in sorted(HERE.parent.glob("test_*.py")):
        if path != HERE and "from oracle_cases import" in path.read_text(encoding="utf-8"):
            import_module(path.stem)
    return claims


def test_oracle_ids_are_unique():
    assert len(CASE_IDS) == len(set(CASE_IDS))


@pytest.mark.parametrize("case_id", CASE_IDS)
def test_oracle_is_claimed_by_exactly_one_test(case_id, all_claims):
    tests = sorted(all_claims[case_id])
    assert len(tests) == 1, f"{case_id} is claimed by {tests or 'no test'}; see the decorators of oracle_cases.py"
