"""Nothing gets out of the box, nothing gets points, nothing holds up the class: the table `attacks`."""

import os
import random
import time
import zipfile

import attacks
import pytest
from classroom import honest
from test_class import grades, run
from test_grading import error_of

from lessons_grade import sandbox as sandbox_module
from lessons_grade.marking import _request, grade
from lessons_grade.sandbox import Sandbox
from tools.shared import ROOT

NAMES = sorted(attacks.attempts())


@pytest.mark.parametrize("name", NAMES if os.environ.get("REACH") else random.Random(17).sample(NAMES, 9))
def test_an_attempt_gains_nothing(name, plan, impatient):
    """A sample: `make reach` tries them all."""
    given, start = attacks.attempts()[name], time.monotonic()
    result = grade(given.content, plan, impatient)
    assert result.points == given.points and result.reason != "fault", result
    assert len(str(result)) < 20_000, "a page of feedback without end"
    assert time.monotonic() - start < 30


def ways_out(plan, sandbox):
    cell, tasks = [0, attacks.all_ways_out(ROOT)], list(map(_request, plan.records))
    error = next(message["error"] for message in sandbox.run([cell], tasks) if "cell" in message)
    return set(error["message"].split(", ")) if error["names"][0] == "LookupError" else error


def test_no_way_leads_out_of_the_box(plan, sandbox, monkeypatch):
    assert ways_out(plan, sandbox) == {""}
    # What stops the calls is the filter.
    monkeypatch.setattr(sandbox, "_filter", sandbox_module.struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000))
    out = ways_out(plan, sandbox)
    assert {"msgget", "sockets of any family", "memfd_create", "kcmp", "clone3", "personality"} <= out
    assert not {"settings of the kernel", "memory in pipes", "open files", "files of the teacher"} & out


def test_a_checkout_where_python_is_installed_is_hidden(monkeypatch, tmp_path):
    course = tmp_path / "lib" / "course"
    for name in ("exercises", "book", ".venv/lib"):
        (course / name).mkdir(parents=True)
    (course / "lessons_lib").symlink_to(ROOT / "lessons_lib")
    monkeypatch.setattr(sandbox_module, "_LIBRARY", course / "lessons_lib")
    monkeypatch.setattr(sandbox_module.sys, "base_prefix", str(tmp_path))
    code = f"import os\nassert os.listdir({str(tmp_path)!r}) == ['lib'] and not os.listdir({str(course)!r})"
    assert error_of(code, Sandbox()) is None


def test_names_in_an_archive_do_no_harm(tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for name in attacks.names():
            archive.writestr(name, honest()["stub"].content)
        archive.writestr("Бомба_20_assignsubmission_file_/a.ipynb", bytes(1 << 28), zipfile.ZIP_DEFLATED)
        archive.writestr("Зайве_21_assignsubmission_file_/a.zip", (tmp_path / "class.zip").read_bytes())
    assert run(tmp_path / "class.zip", tmp_path / "out", "--workers", "1") == 0
    assert len(grades(tmp_path / "out")) == len(attacks.names()) + 2
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out and "\u202e" not in shown.out
    for path in (tmp_path / "out").rglob("*"):
        packed = path.is_dir() or path.suffix in (".zip", ".xlsx")
        assert path.name.isprintable() and (packed or b"\x1b" not in path.read_bytes())
    assert not list(tmp_path.glob("*up*"))
