"""A submission gets the points it earned, whatever it tries, and a clear status."""

import json
import select
import socket
import sys
import time
from dataclasses import replace

import psutil
import pytest
from classroom import ENDINGS, attack, honest, hostile

from lessons_grade import marking
from lessons_grade import sandbox as sandbox_module
from lessons_grade.marking import canary, grade
from lessons_grade.normalising import student_code
from lessons_grade.sandbox import Limits, Sandbox, SandboxMissing
from tools.shared import ROOT


@pytest.fixture(scope="module")
def listener():
    """A port of this machine; whoever comes waits there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture(scope="module")
def trap(tmp_path_factory):
    return tmp_path_factory.mktemp("teacher") / "file.txt"


def error_of(code, sandbox):
    """What the child says of one cell."""
    return next(message["error"] for message in sandbox.run([[0, code]], []) if "cell" in message)


@pytest.mark.parametrize("name", honest())
def test_an_honest_submission_gets_its_points(name, plan, sandbox):
    given = honest()[name]
    result = grade(given.content, plan, sandbox)
    assert (result.status, result.points) == (given.status, given.points), result
    if name == "stub":
        assert {task.status for task in result.tasks} == {"unsolved"}


@pytest.mark.parametrize("name", hostile(1, "/trap"))
def test_a_hostile_submission_gains_nothing(name, plan, impatient, listener, trap):
    given = hostile(listener.getsockname()[1], trap)[name]
    result = grade(given.content, plan, impatient)
    assert (result.status, result.points) == (given.status, given.points), result
    assert all(task.words for task in result.tasks)
    json.dumps(result.to_plain(), ensure_ascii=False).encode("utf-8")  # as the log and the pages hold it
    assert not select.select([listener], [], [], 0)[0], "the code reached the network"
    assert not trap.exists(), "the code wrote a file of the teacher"
    assert "antigravity" not in sys.modules, "the code made the judge import a module"
    assert "bwrap" not in [child.name() for child in psutil.Process().children(recursive=True)], "a box is left"
    commands = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert not any(f"sleep({listener.getsockname()[1]})" in command for command in commands), "a process runs on"


def test_the_expected_values_never_enter_the_sandbox(plan, sandbox, monkeypatch):
    requests = []
    monkeypatch.setattr(sandbox, "run", lambda *given: requests.append(given) or iter([{"end": True}]))
    grade(honest()["all right"].content, plan, sandbox)
    ((_, tasks, _),) = requests
    assert {name for task in tasks for name in task} == {"id", "name", "kind", "inputs", "allows", "changes"}


def test_a_box_in_which_the_library_cannot_start_is_refused(monkeypatch, tmp_path, sandbox):
    broken = tmp_path / "child.py"
    broken.write_text("import what_the_box_does_not_show")
    monkeypatch.setattr(sandbox_module, "_CHILD", broken)
    with pytest.raises(SandboxMissing, match="No module named 'what_the_box_does_not_show'"):
        Sandbox()


LOOKS_AROUND = """
import ctypes, os, socket
assert 't0p-s3cret' not in open('/proc/1/environ').read()
assert sorted(os.listdir('/course')) == ['child.py', 'lessons_lib']
assert not os.path.exists('/course/lessons_lib/checks/recorded') and not os.path.exists('ROOT/exercises/losses.py')
def is_refused(error, call, *arguments):
    try:
        call(*arguments)
    except error:
        return True
assert is_refused(ModuleNotFoundError, __import__, 'lessons_grade')
assert all(is_refused(OSError, open, f'{folder}/x', 'w') for folder in ('/', '/dev', '/dev/shm'))
assert is_refused(PermissionError, socket.socket) and is_refused(PermissionError, socket.socket, 40, 1)
libc = ctypes.CDLL(None)
assert libc.unshare(0x10000000) == libc.shmget(0, 4096, 0o1600) == -1
"""


def test_the_box_tells_nothing_of_the_teacher_and_takes_no_memory(sandbox, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "t0p-s3cret")
    assert error_of(LOOKS_AROUND.replace("ROOT", str(ROOT)), sandbox) is None


def test_messages_without_end_hold_no_worker(plan, impatient, monkeypatch):
    monkeypatch.setattr(Limits, "in_all", lambda self, tasks: 2.0)
    message = json.dumps({"start": "cell", "of": 1}).encode() + b"\n"
    code = "import os, signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
    code += f"while True:\n    os.write(3, {message})\n    time.sleep(0.1)\n"
    start = time.monotonic()
    assert grade(attack(f"exec({code!r}, {{'__name__': 'x'}})\n").content, plan, impatient).points < plan.points
    assert time.monotonic() - start < 6


def test_where_the_right_answers_fail_nobody_is_graded(plan, sandbox):
    canary(plan, sandbox)
    with pytest.raises(ValueError, match="mse_by_hand"):
        canary(replace(plan, right=["", *plan.right[1:]]), sandbox)


def test_a_fault_of_ours_costs_one_submission(plan, sandbox, monkeypatch):
    monkeypatch.setattr(marking, "student_code", lambda *given: 1 / 0)
    assert grade(honest()["all right"].content, plan, sandbox).reason == "fault"


def test_long_blank_text_is_read_in_no_time():
    start = time.monotonic()
    cells = [{"cell_type": "code", "source": "\n" * 200_000 + "x = (1"}, {"cell_type": "code", "source": "mse = 1"}]
    student_code(json.dumps({"cells": cells}).encode(), ["mse"], [])
    assert time.monotonic() - start < 2


def test_an_unknown_processor_has_no_filter(monkeypatch):
    monkeypatch.setattr(sandbox_module.platform, "machine", lambda: "abacus")
    with pytest.raises(SandboxMissing, match="abacus"):
        sandbox_module._filter_of_calls()


@pytest.mark.parametrize("name", ["all right", "mistake no_mean", "endless loop in C", "twenty gigabytes"])
def test_unprotected_gives_the_same_grades_and_limits_time_and_memory(name, plan):
    given = honest().get(name) or attack(ENDINGS[name])
    result = grade(given.content, plan, Sandbox(Limits(seconds=0.5), protected=False))
    assert (result.status, result.points) == (given.status, given.points)


def test_the_filter_is_what_stops_new_processes(plan, sandbox, monkeypatch):
    """Without the filter of system calls the left-over process would start: the test above can fail."""
    code = "import os\nif os.fork() == 0:\n    os._exit(0)\nanswer = 1\n"
    assert error_of(code, sandbox)["names"][0] == "PermissionError"
    allow_all = sandbox_module.struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000)
    monkeypatch.setattr(sandbox, "_filter", allow_all)
    assert error_of(code, sandbox) is None
