"""One direction of imports: between the rooms of the course, and inside the library: maths ← figures ← controls."""

import ast
import os
import re
import subprocess
import sys
from functools import cache

import pytest

from tools.shared import ROOT

LIBRARY = ROOT / "lessons_lib"
MATHS = (
    "_validation", "chain_rule", "activations", "losses", "backprop", "network", "optimizers", "schedules",
    "lr_finder", "gradients", "surfaces", "data", "_fast", "after_adam", "race",
)  # fmt: skip
SHEET = (
    "forward_pass", "compute_loss", "backward_pass", "visualize_backprop", "SGD", "SGDMomentum", "RMSprop", "Adam",
    "find_learning_rate",
)  # fmt: skip
HEAVY = ("matplotlib", "ipywidgets", "IPython")
# Every room with code, and the other rooms that it may import.
ROOMS = {
    "lessons_lib": (),
    "lessons_grade": ("lessons_lib",),
    "exercises": ("lessons_lib",),
    "tools.shared": ("lessons_lib",),
    "tools": ("lessons_lib", "exercises", "tools.shared"),
    "extensions": ("lessons_lib", "tools.shared"),
    "tests": ("lessons_lib", "lessons_grade", "exercises", "tools.shared", "tools", "extensions"),
}


def room_of(name):
    """The room of a dotted name, or None for a library from elsewhere."""
    return next((room for room in ROOMS if f"{name}.".startswith(f"{room}.")), None)


def faults(source, room):
    """What a program of a room must not do: import from above, look for modules by itself, say where the top is."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute | ast.Name)]
    found = [f"imports {name}" for name in imports(source, "", room) if room_of(name) not in (None, room, *ROOMS[room])]
    found += ["uses sys.path" for node in nodes if ast.unparse(node) == "sys.path"]
    return found + ["defines ROOT" for node in nodes if ast.unparse(node) == "ROOT" and isinstance(node.ctx, ast.Store)]


@cache
def modules():
    """{dotted name below lessons_lib: path} of every module of the library."""
    return {".".join(path.relative_to(LIBRARY).with_suffix("").parts): path for path in LIBRARY.rglob("*.py")}


def imports(source, module, package="lessons_lib"):
    """The dotted names that a module imports, inside functions too; those of its own library as lessons_lib.x."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            home = [*package.split("."), *module.split(".")][: -node.level] if node.level else []
            base = ".".join([*home, *filter(None, [node.module])])
            names |= {f"{base}.{alias.name}" for alias in node.names} if base in (package, "") else {base}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names |= {place.value for place in node.args if isinstance(place, ast.Constant)}
    return names


def within(name):
    """The first part of a name below lessons_lib, or None for other packages."""
    parts = name.split(".")
    return (parts[1] if len(parts) > 1 else "") if parts[0] == "lessons_lib" else None


def of(module):
    return imports(modules()[module].read_text(encoding="utf-8"), module)


def controls():
    """Every module that is neither maths nor figure nor text: explore, quizzes, show_source and what they share."""
    return sorted(name for name in modules() if name not in (*MATHS, "__init__") and "." not in name)


def fresh(code):
    """Run code in a new interpreter; return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY.parent)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_a_room_imports_from_the_rooms_below_alone():
    found = {}
    for path in ROOT.glob("[a-z]*/**/*.py"):
        name = path.relative_to(ROOT).as_posix()
        if (room := room_of(name.replace("/", "."))) not in (None, "tests") and "node_modules" not in name:
            found[name] = faults(path.read_text(encoding="utf-8"), room)
    assert len(found) > 80
    assert {name: wrong for name, wrong in found.items() if wrong} == {"tools/shared/__init__.py": ["defines ROOT"]}


@pytest.mark.parametrize(
    ("room", "source", "fault"),
    [
        ("lessons_lib", "from exercises import tasks_of", "imports exercises"),
        ("exercises", "def f():\n    from tools import notebooks", "imports tools"),
        ("lessons_grade", "tasks = import_module('exercises.tasks')", "imports exercises.tasks"),
        ("tools", "import extensions.previews", "imports extensions.previews"),
        ("tools", "from tests.conftest import share", "imports tests.conftest"),
        ("tools.shared", "from tools.notebooks import check", "imports tools.notebooks"),
        ("extensions", "import tools.reference", "imports tools.reference"),
        ("extensions", "import sys\nsys.path.insert(0, 'tools')", "uses sys.path"),
        ("tools", "ROOT = Path(__file__).parent", "defines ROOT"),
    ],
)
def test_a_program_that_leaves_its_room_is_seen(room, source, fault):
    assert faults(source, room) == [fault]


def test_the_modules_of_the_design_are_there():
    assert {*MATHS, "controls", "source", "figures.__init__", "text.__init__"} <= set(modules())
    assert {"controls", "source"} <= set(controls())


def test_maths_imports_numpy_the_standard_library_and_maths():
    allowed = {"numpy", *sys.stdlib_module_names}
    imported = [(module, name, within(name)) for module in MATHS for name in of(module)]
    assert [row for row in imported if not (row[2] in MATHS if row[2] else row[1].split(".")[0] in allowed)] == []


def test_figures_and_texts_know_nothing_of_controls():
    imported = [(module, n) for module in modules() if module.startswith(("figures.", "text.")) for n in of(module)]
    widgets = ("ipywidgets", "IPython")
    assert [row for row in imported if within(row[1]) == "controls" or row[1].split(".")[0] in widgets] == []


def test_controls_compute_nothing():
    imported = [(module, within(name)) for module in controls() for name in of(module)]
    assert [row for row in imported if row[1] in MATHS and row[1] != "_validation"] == []


def test_importing_the_maths_loads_neither_matplotlib_nor_widgets():
    code = f"""
import importlib, sys
import lessons_lib
for module in {MATHS!r}:
    importlib.import_module("lessons_lib." + module)
print(*(name for name in {HEAVY!r} if name in sys.modules))
"""
    assert fresh(code) == ""


def test_every_name_of_the_sheet_imports_from_the_top():
    code = f"from lessons_lib import {', '.join(SHEET)}\nprint(all(map(callable, [{', '.join(SHEET)}])))"
    assert fresh(code) == "True"


def ukrainian_strings(source):
    """Strings with Cyrillic letters, docstrings aside."""
    tree = ast.parse(source)
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [
        f"line {node.lineno}: {node.value[:60]}"
        for node in strings
        if id(node) not in statements and re.search("[\u0400-\u04ff]", node.value)
    ]


def test_visible_strings_stand_in_the_text_tables():
    code = [path for name, path in modules().items() if not name.startswith("text.")]
    code += LIBRARY.with_name("lessons_grade").glob("*.py")
    found = {path: ukrainian_strings(path.read_text(encoding="utf-8")) for path in code}
    assert len(found) > 40 and not any(found.values()), found


def test_a_ukrainian_string_in_the_code_is_seen():
    source = '"""Модуль."""\nx = 1  # коментар\ny = f"втрати {x}"'
    assert ukrainian_strings(source) == ["line 3: втрати "]


def test_imports_in_every_notation_are_seen():
    source = "import numpy as np\nfrom . import losses\nfrom .figures import style\nfrom lessons_lib import data\n"
    found = imports(source + "import lessons_lib.text", "backprop")
    assert found == {"numpy", "lessons_lib.losses", "lessons_lib.figures", "lessons_lib.data", "lessons_lib.text"}
    assert imports("from .. import losses", "figures.style") == {"lessons_lib.losses"}
    assert imports("def f():\n    from ..controls import explore", "figures.style") == {"lessons_lib.controls"}
