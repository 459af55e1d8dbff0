"""The sandboxes and the plans that all tests here use."""

from functools import cache

import pytest
from classroom import CHAPTER, SEED

from lessons_grade import command
from lessons_grade.sandbox import Limits, Sandbox, SandboxMissing
from tools.shared import ROOT

command.course_plan = cache(command.course_plan)  # each takes a process


@pytest.fixture(scope="session")
def sandbox(do_without):
    try:
        return Sandbox(Limits(seconds=1.0))
    except SandboxMissing as error:
        do_without(f"no sandbox: {error}")


@pytest.fixture(scope="session")
def impatient(sandbox):
    return Sandbox(Limits(seconds=0.5))


@pytest.fixture(scope="session")
def plan():
    return command.course_plan(ROOT, CHAPTER, SEED)
