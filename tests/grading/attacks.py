"""More hostile attempts, as data: ways out of the box, ways to points, files and names that harm whoever reads them."""

import json
import platform
import zlib
from base64 import b85encode
from functools import cache
from pathlib import Path

from classroom import HandedIn, after, attack, handed_in, points, solved, tool

HERE = Path(__file__).with_name("hostile")
ARM = platform.machine() == "aarch64"
# System calls by their numbers on x86-64 and aarch64, with arguments that work outside of the box.
CALLS = {
    "ptrace": (101, 117, 0, 0, 0, 0), "process_vm_readv": (310, 270, 1, 0, 0, 0, 0, 0), "unshare": (272, 97, 1 << 28),
    "mount": (165, 40, 0, 0, 0, 0, 0), "keyctl": (250, 219, 0, -3, 0), "userfaultfd": (323, 282, 1),
    "bpf": (321, 280, 0, 0, 0), "perf_event_open": (298, 241, 0, 0, -1, -1, 0), "memfd_create": (319, 279, b"x", 0),
    "io_uring_setup": (425, 425, 1, bytes(120)), "pidfd_open": (434, 434, 1, 0), "clone3": (435, 435, bytes(88), 88),
    "memfd_secret": (447, 447, 0), "fsopen": (430, 430, b"tmpfs", 0), "landlock": (444, 444, 0, 0, 1),
    "msgget": (68, 186, 0, 0o1600), "semget": (64, 190, 0, 1, 0o1600), "shmget": (29, 194, 0, 4096, 0o1600),
    "mq_open": (240, 180, b"x", 0o102, 0o600, 0), "personality": (135, 92, 0x40000), "kcmp": (312, 272, 1, 1, 1, 0, 0),
    "fork": (57, 220, 17, 0, 0, 0, 0), "chroot": (161, 51, b"/tmp"),
    "sched_setscheduler": (144, 119, 0, 1, b"\1\0\0\0"),
}  # fmt: skip
TRY_ALL = """
import ctypes, fcntl, gc, mmap, os, platform, resource, socket, subprocess, sys
import numpy as np
def frames():
    frame = sys._getframe()
    while frame := frame.f_back:
        yield frame
def opens(family):
    try:
        return socket.socket(family, socket.SOCK_DGRAM if family != 40 else socket.SOCK_STREAM)
    except OSError:
        return False
hit = []
for name, code in WAYS.items():
    try:
        if eval(code):
            hit.append(name)
    except (Exception, SystemExit):
        pass
    os.closerange(4, 200)
    for file in os.listdir('/tmp'):
        os.remove(f'/tmp/{file}')
for name, (number, *values) in CALLS.items():
    if ctypes.CDLL(None, use_errno=True).syscall(number, *values) >= 0 or ctypes.get_errno() not in REFUSED:
        hit.append(name)
raise LookupError(', '.join(hit))
"""


def table(name):
    """{name: code} of a file in which a line with ### begins each."""
    parts = (HERE / f"{name}.txt").read_text(encoding="utf-8").split("### ")[1:]
    return dict(part.split("\n", 1) for part in parts)


def says(*messages):
    """Code that sends these messages to the judge, and ends before the child can speak."""
    lines = b"".join((m if isinstance(m, bytes) else json.dumps(m).encode()) + b"\n" for m in messages)
    packed = b85encode(zlib.compress(lines))
    head = "import os, zlib\nfrom base64 import b85decode\n"
    return f"{head}os.write(3, zlib.decompress(b85decode({packed!r})))\nos._exit(0)"


def all_ways_out(course):
    """A cell that tries them, and raises an error that names those that lead out."""
    calls = {name: numbers[1 if ARM else 0 : 1 if not ARM else 2] + numbers[2:] for name, numbers in CALLS.items()}
    lines = (HERE / "ways_out.txt").read_text().replace("COURSE", str(course)).splitlines()
    ways = dict(line.split(": ", 1) for line in lines)
    return f"WAYS, CALLS, REFUSED = {ways!r}, {calls!r}, (1, 38)\n{TRY_ALL}"


def value(plain, times=6):
    return {"task": "losses.mse", "outcomes": [{"kind": "value", "names": [], "value": plain}] * times}


def given(*outcomes):
    return [{"task": "losses.mse", "outcomes": some} for some in outcomes]


# Odd messages to the judge, by what is odd in them.
ODD = {
    "no number": map(value, ({"number": "nan"}, {"number": [1]}, {"number": "1e999"}, "0.5", True, None)),
    "dtypes": (value({"array": [number], "dtype": dtype, "shape": []}) for number, dtype in (
        ("x" * 99, "U1000000"), ({}, "object"), (1, "longdouble"), (1, ">f8"), (1, "V9"), (1, "datetime64[s]"),
        ([1, 2], "float64"), ("1", "float64"), (1 << 99, "int64"), ([[]], "float64"))),
    "shapes": (value({"array": [], "dtype": "float64", "shape": shape}) for shape in (
        [0, 1 << 40], [1] * 99, [-1], [True], ["0"], {}, None, [0] * 32, [100_000, 100_000])),
    "containers": map(value, (
        {"tuple": "ab"}, {"dict": ["ab"]}, {"dict": [[[], 1]]}, {"unknown": [[]]}, {"unknown": "<b>"}, {"tuple": {}},
        {"array": [1], "tuple": []}, {"function": "os:system"}, {}, {"dict": [[1]]})),
    "outcomes": given(
        5, "x", {}, [[]], [{}], [{"kind": []}], [{"kind": "value", "names": 5}], value(1)["outcomes"] * 9),
    "long text": given([
        {"kind": "raised", "names": ["E"], "detail": {"message": "ufunc " * 10**6, "line": "9" * 10**6}}]),
    "names": given([{"kind": "library", "names": ["<b>" * 9] * 10**5}], [{"kind": "raised", "names": {"a": 1}}]),
    "tasks": [{"task": "backprop.forward", "missing": True}, {"start": "task", "of": "x"}, {"cell": 10**300}],
}  # fmt: skip
RAW = {
    "a number of a million digits": b'{"task": 1' + b"0" * 10**6 + b"}",
    "a million empty lists": b'{"end": [' + b"[]," * 10**6 + b"[]]}",
    "a deep list": b'{"end": ' + b"[" * 10**5 + b"]" * 10**5 + b"}",
    "no UTF-8": b'\xff\xfe\0\n\xef\xbb\xbf{"end": true}',
    "keys twice, NaN, half a character": b'{"end": NaN, "end": 1}\n{"task": "\\ud800", "task": "losses.mse"}',
}


def forged():
    """Name → cell that stands before wrong answers."""
    found = table("forged") | {f"odd {name}": says(*messages) for name, messages in ODD.items()}
    return found | {name: says(line) for name, line in RAW.items()}


def source(words, *more):
    """A notebook with cells of these sources and no answers."""
    cells = [{"cell_type": "code", "source": source} for source in (words, *more)]
    return HandedIn(json.dumps({"cells": cells}).encode(), 0)


def _whole(change):
    return handed_in(solved(), points(), change=change)


def _of_two_chapters(content):
    more = json.loads(tool.serialize(tool.notebook("backprop", {})))["cells"]
    content["cells"] = more + content["cells"] + [cell | {"id": f"{cell['id']}2"} for cell in more]


def _lies_about_the_chapter(content):
    content["metadata"]["title"] = "03_backprop"
    for cell in content["cells"]:
        cell["metadata"] = {"nbgrader": {"grade_id": "backprop.forward", "points": 10**9, "solution": True}}
        cell["id"] = "same"


def files():
    """Name → HandedIn: what the reader of notebooks must not stumble over."""
    answer = "def mse(y_pred, y_true):\n    return 0.0\n"
    refused = {
        "a million cells": b'{"cells": [' + b'{"cell_type": "code", "source": ""},' * 500_000 + b"0]}",
        "a million lists": b'{"cells": [' + b"[]," * 6_000_000 + b"0]}",
        "three thousand cells": source(*[answer] * 3000).content,
        "deep objects": b'{"cells":' * 100_000,
        "megabytes of code": source(answer, "x = [" + "1," * 3_000_000 + "]").content,
        "a zip": b"PK\3\4" + bytes(1000),
        "gzip": b"\x1f\x8b\x08" + bytes(1000),
        "UTF-32": b"\xff\xfe\0\0" + "{}".encode("utf-32-le"),
    }
    found = {name: HandedIn(content, 0, "rejected") for name, content in refused.items()}
    found |= {
        "a long line of blanks": source(answer, "x = (1\n" + " " * 49_000),
        "blanks in a cell that is too long": source(answer, "x = (1\n" + " " * 400_000),
        "a long sum": source(answer + "x = " + "-" * 20_000 + "1"),
        "a long chain": source(answer + "x = " + "1 + " * 10_000 + "1"),
        "brackets without end": source(answer + "(" * 40_000),
        "a fold of gigabytes": source(answer + "x = " + "'x' * 10**9 + " * 9 + "''\ny = 2 ** 10**9"),
        "names without end": source(answer + "a = " * 10_000 + "1"),
        "lines that are none": HandedIn(source(answer).content.replace(b'"def', b'["", 5, null, "def').replace(
            b'0.0\\n"', b'0.0\\n"]'), 0),
        "cells twice": HandedIn(b'{"cells": 5, ' + source(answer).content[1:], 0),
        "two chapters": _whole(_of_two_chapters),
        "lies about the chapter": _whole(_lies_about_the_chapter),
        "a large attachment": _whole(lambda content: content["cells"][0].update(attachments={"a": "x" * (18 << 20)})),
        "a large output": _whole(lambda content: content["cells"][-1].update(outputs=[{"text": ["x" * 99] * 10**5}])),
    }  # fmt: skip
    return found


@cache
def attempts():
    """Name → HandedIn: none may gain a point that it did not earn."""
    found = {f"lie: {name}": attack(code) for name, code in table("lies").items()}
    found |= {f"forged: {name}": handed_in(solved(True), 0, change=after("how-to", c)) for name, c in forged().items()}
    return found | {f"file: {name}": given for name, given in files().items()}


# Members of an archive, (name, content): the names are the students'.
NAMES = (
    "../../up_1_assignsubmission_file_/a.ipynb", "/etc/x_2_assignsubmission_file_/a.ipynb",
    "C:\\x_3_assignsubmission_file_/a.ipynb",
    "\x1b]0;title\x07\x1b[2J_4_assignsubmission_file_/a.ipynb", "\u202eнавпаки_5_assignsubmission_file_/a.ipynb",
    "=HYPERLINK(1)_6_assignsubmission_file_/a.ipynb", "<svg onload=x>_7_assignsubmission_file_/a.ipynb",
    "a\nb\r\tc_8_assignsubmission_file_/a.ipynb", "x" * 9000 + "_9_assignsubmission_file_/a.ipynb",
    "(1)" * 80 + "_10_assignsubmission_file_/" + "(1)" * 80 + ".ipynb", "CON_11_assignsubmission_file_/NUL.ipynb",
    " _12_assignsubmission_file_/.ipynb.ipynb", "a" + "/b" * 900 + "_13_assignsubmission_file_/a.ipynb",
)  # fmt: skip
