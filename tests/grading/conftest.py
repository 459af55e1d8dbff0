"""The sandbox and the plan that all tests here use."""

import pytest
from classroom import CHAPTER, SEED

from lessons_grade.command import course_plan
from lessons_grade.sandbox import Limits, Sandbox, SandboxMissing
from tools.shared import ROOT


@pytest.fixture(scope="session")
def sandbox(do_without):
    try:
        return Sandbox(Limits(seconds=1.0))
    except SandboxMissing as error:
        do_without(f"no sandbox: {error}")


@pytest.fixture(scope="session")
def plan():
    return course_plan(ROOT, CHAPTER, SEED)
