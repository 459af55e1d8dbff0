"""Whatever bytes a student's process, notebook or archive holds, the judge answers, soon, and only as it should."""

import io
import json
import os
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exercises.plan import plan as plain_plan
from lessons_grade import engine
from lessons_grade.marking import Plan, grade
from lessons_grade.normalising import Rejected, student_code
from lessons_grade.sandbox import Limits, Sandbox
from lessons_grade.submissions import find
from tools.shared import ROOT

PLAN = Plan.from_plain(plain_plan("losses", 3))
NOTEBOOK = (ROOT / "book" / "exercises" / "02_losses.ipynb").read_bytes()
ANSWERED = NOTEBOOK.replace(b"    ...", b"    return 0.5").replace(b"= None", b"= 7")
long = settings(max_examples=1500, deadline=2000, suppress_health_check=list(HealthCheck))

WORDS = st.sampled_from(
    "start cell task end timeout died of error outcomes value kind names detail message line code seconds missing "
    "not_function signature array dtype shape number tuple dict unknown function float64 int64 U9 passed raised "
    "changed library flood nan losses.mse losses.mse_by_hand losses.which_factor".split()
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8) | st.just(10**400)
JSON = st.recursive(LEAVES, lambda s: st.lists(s, max_size=4) | st.dictionaries(WORDS, s, max_size=5), max_leaves=25)
OUTCOME = st.fixed_dictionaries({"kind": WORDS | JSON, "names": JSON}, optional={"value": JSON, "detail": JSON})
OUTCOMES = st.lists(OUTCOME, min_size=6, max_size=6) | JSON
TASK = st.sampled_from([record.id for record in PLAN.records])
ANSWER = st.fixed_dictionaries({"task": TASK}, optional={"outcomes": OUTCOMES, "value": JSON, "missing": JSON})
LINE = (ANSWER | JSON).map(lambda m: json.dumps(m).encode()) | st.binary(max_size=60)


def broken(whole):
    """The bytes of a file with a few places cut, doubled or replaced."""
    edit = st.tuples(st.integers(0, len(whole)), st.integers(0, 300), st.binary(max_size=8) | WORDS.map(str.encode))

    def apply(edits):
        content = whole
        for place, length, new in edits:
            content = content[:place] + new + content[place + length :]
        return content

    return st.lists(edit, min_size=1, max_size=4).map(apply)


@long
@given(lines=st.lists(LINE, max_size=6))
def test_messages(lines):
    def child(**options):
        reading, writing = os.pipe()
        os.write(writing, b"\n".join(lines)[:60_000] + b"\n")
        os.close(writing)
        return SimpleNamespace(stdout=os.fdopen(reading, "rb"))

    judge = Sandbox(Limits(seconds=0.5), protected=False)
    judge._start, judge._running, judge._end = child, SimpleNamespace(add=id, discard=id), lambda p: p.stdout.close()
    result = grade(ANSWERED, PLAN, judge)
    assert result.status in ("graded", "died", "timed out") and result.reason != "fault"
    assert result.points == 0, "nobody can make up the right numbers of a secret seed"
    json.dumps(result.to_plain(), ensure_ascii=False).encode()


CODE = st.lists(WORDS | st.sampled_from([*"()[]{}:=%!?\n\t \\\"'#@", "def mse", "lambda", "\r\n", "'''"])).map(" ".join)
CELL = st.fixed_dictionaries({"cell_type": st.just("code") | JSON, "source": CODE | JSON}) | JSON
MORE = {"metadata": JSON, "worksheets": JSON}
CELLS = st.fixed_dictionaries({"cells": st.lists(CELL, max_size=5) | JSON}, optional=MORE)


@long
@given(content=broken(NOTEBOOK) | CELLS.map(lambda n: json.dumps(n).encode()) | st.binary())
def test_notebooks(content):
    try:
        code = student_code(content, ["mse", "bce"], PLAN.given)
    except Rejected as error:
        assert error.reason in {"empty", "too_large", "html", "truncated", "not_notebook", "foreign_kernel", "no_tasks"}
    else:
        assert all(isinstance(source, str) for source in code.cells) and set(code.defined_in) <= {"mse", "bce"}


def archive(names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in names:
            packed.writestr(name.replace("\0", "").encode("utf-8", "replace").decode() + ".ipynb", b'{"cells": []}' * 9)
    return file.getvalue()


NAMES = st.lists(st.text(st.sampled_from("аєї'_-–()1 a/.\\\n\x1b") | st.characters(), max_size=40), max_size=6)
MOODLE = archive(["Аня_1_assignsubmission_file_/a", "Ян_2_assignsubmission_file_/02_losses", "x/y"])


@pytest.mark.filterwarnings("ignore:Duplicate name")
@long
@given(content=broken(MOODLE) | NAMES.map(archive) | st.binary())
def test_archives(content, tmp_path_factory):
    file = Path(tmp_path_factory.getbasetemp(), "fuzzed.zip")
    file.write_bytes(content)
    try:
        found, _ = find(file, "losses")
    except ValueError:
        return
    assert len({one.key for one in found}) == len(found) and all(one.student.isprintable() for one in found)
    for submission in found:
        given = engine._content(submission)
        assert (grade(given, PLAN, None) if isinstance(given, bytes) else given).status == "rejected"
