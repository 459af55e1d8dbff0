"""More hostile attempts, as data in `hostile/`: ways out of the box, ways to points, files and names that do harm."""

import json
import platform
import zlib
from base64 import b85encode
from functools import cache
from pathlib import Path

from classroom import HandedIn, after, attack, handed_in, points, solved, tool

HERE = Path(__file__).with_name("hostile")
ANSWER = "def mse(y_pred, y_true):\n    return 0.0\n"


def words(name):
    return (HERE / f"{name}.txt").read_text(encoding="utf-8")


def table(name):
    """{name: code} of a file in which a line with ### begins each."""
    return dict(part.split("\n", 1) for part in words(name).split("### ")[1:])


def lines(name):
    """{name: code} of a file with one in each line."""
    return dict(line.split(": ", 1) for line in words(name).splitlines())


def names():
    """Names of files in an archive; they are the students'."""
    return list(map(eval, words("names").splitlines()))


def all_ways_out(course):
    """A cell that tries them, and raises an error that names those that lead out."""
    calls = {}  # their numbers on x86-64 and aarch64, then arguments that work outside of the box
    for name, code in lines("calls").items():
        x86, arm, *values = eval(code)
        calls[name] = (arm if platform.machine() == "aarch64" else x86, *values)
    ways = {name: code.replace("COURSE", str(course)) for name, code in lines("ways_out").items()}
    return f"WAYS, CALLS, REFUSED = {ways!r}, {calls!r}, (1, 38)\n{words('try_all')}"


def says(messages):
    """Code that sends these messages to the judge, and ends before the child can speak."""
    sent = b"".join((m if isinstance(m, bytes) else json.dumps(m).encode()) + b"\n" for m in messages)
    head = "import os, zlib\nfrom base64 import b85decode\n"
    return f"{head}os.write(3, zlib.decompress(b85decode({b85encode(zlib.compress(sent))!r})))\nos._exit(0)"


def outcomes(plain):
    return {"task": "losses.mse", "outcomes": plain}


def value(plain):
    return outcomes([{"kind": "value", "names": [], "value": plain}] * 6)


def cells(*sources):
    """A notebook with cells of these sources and no answers."""
    return json.dumps({"cells": [{"cell_type": "code", "source": source} for source in sources]}).encode()


def _of_two_chapters(content):
    more = json.loads(tool.serialize(tool.notebook("backprop", {})))["cells"]
    content["cells"] = more + content["cells"] + [cell | {"id": f"{cell['id']}2"} for cell in more]


def _lies_about_the_chapter(content):
    content["metadata"]["title"] = "03_backprop"
    for cell in content["cells"]:
        cell["metadata"] = {"nbgrader": {"grade_id": "backprop.forward", "points": 10**9, "solution": True}}
        cell["id"] = "same"


def _large(content):
    content["cells"][0]["attachments"] = {"a.png": "x" * (18 << 20)}
    content["cells"][-1]["outputs"] = [{"text": ["x" * 9] * 10**5}]


@cache
def attempts():
    """Name → HandedIn: none may gain a point that it did not earn."""
    found = {f"lie: {name}": attack(code) for name, code in table("lies").items()}
    forged = table("forged") | {name: says(eval(code)) for name, code in table("messages").items()}
    found |= {f"forged: {name}": handed_in(solved(True), 0, change=after("how-to", c)) for name, c in forged.items()}
    found |= {f"file: {name}": HandedIn(eval(code), 0, "") for name, code in table("files").items()}
    for change in (_of_two_chapters, _lies_about_the_chapter, _large):
        found[f"file: {change.__name__}"] = handed_in(solved(), points(), change=change)
    return found
