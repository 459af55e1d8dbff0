// Runs lessons_lib/checks/watching.py in Pyodide on endless programs, and prints what it says about each as JSON.
// Pyodide's core has no NumPy: the watch needs only the name of its array type.
import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const python = await loadPyodide();
const watching = new URL("../../../lessons_lib/checks/watching.py", import.meta.url);
python.FS.mkdirTree("/course/numpy");
python.FS.writeFile("/course/numpy/__init__.py", "class ndarray: pass\n");
python.FS.writeFile("/course/watching.py", readFileSync(watching, "utf8"));

python.runPython(`
import json
import sys

sys.path.insert(0, "/course")
from watching import call


def one_line():
    while True: pass


def swallows():
    while True:
        try:
            x = 1
        except:
            pass


def nested():
    while True:
        try:
            one_line()
        except BaseException:
            continue


def generator():
    return sum(1 for _ in iter(int, 1))


def prints():
    while True:
        print("loss")


def divides():
    return 1 / 0


def sorts(values):
    values.sort()


def fine():
    return sum(range(1000))


programs = [one_line, swallows, nested, generator, prints, divides, fine]
kinds = {program.__name__: call(program, {}, seconds=0.3).kind for program in programs}
kinds["sorts"] = call(sorts, {"values": [3, 1]}).kind
print(json.dumps(kinds | {"python": sys.version}))
`);
