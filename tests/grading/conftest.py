"""The sandbox that all tests here use."""

import pytest

from lessons_grade.sandbox import Limits, Sandbox, SandboxMissing


@pytest.fixture(scope="session")
def sandbox(do_without):
    try:
        return Sandbox(Limits(seconds=1.0))
    except SandboxMissing as error:
        do_without(f"no sandbox: {error}")
