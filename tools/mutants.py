"""Break the library on purpose, one small change at a time, and see whether a test notices.

    python -m tools.mutants                          all five modules
    python -m tools.mutants losses gradients         some of them
    python -m tools.mutants losses --list            only show the mutants

Every mutant of lessons_lib/<module>.py is written into a scratch copy of the library and
tests/library/test_<module>*.py run there until the first failure. A mutant that no test notices survives: it is printed
with its line, before and after. Messages of errors and docstrings are not mutated. Exit status 1 when a module has
fewer than 95 % killed.
"""

import argparse
import ast
import copy
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

# Imported here so that the forked children have them: every mutant then costs its tests and little more.
import autograd.numpy  # noqa: F401
import hypothesis.extra.numpy  # noqa: F401
import pytest

from tools.shared import ROOT

MODULES = ["losses", "backprop", "optimizers", "scheduling", "gradients"]
ENOUGH = 0.95
WORKERS = 2
FORK = multiprocessing.get_context("fork")  # Linux and macOS
TIMEOUT = 60  # seconds for one mutant; one that loops for ever is killed by it

# Mutants that compute the same: (module, line without indentation, what the mutation makes of it) -> reason.
LAST_AXIS = "of a matrix, axis 1 is axis -1"
A_MARGIN = "a margin between a kink and a curve, or rounding; not a formula"
SLOPES = "return _slope_jump(f, x, index, 2 * h) > 0.5 * _slope_jump(f, x, index, 10 * h)"
ONLY_A_COPY = "one copy more, of the same numbers"
OTHER_CACHE = "a cache of another size"
EQUIVALENT = {
    ("backprop", "if x.shape[1] != W1.shape[0]:", "-1"): LAST_AXIS,
    ("backprop", "if W1.shape[1] != W2.shape[0]:", "-1"): LAST_AXIS,
    ("backprop", "if b.shape != (1, W.shape[1]):", "-1"): LAST_AXIS,
    (
        "backprop",
        'same_shape("W2", W2, "what the cache expects", np.empty((cache["a1"].shape[1], cache["a2"].shape[1])))',
        "-1",
    ): LAST_AXIS,
    (
        "losses",
        "return _one_hot_rows(y, rows.shape[1]).astype(rows.dtype, copy=False)",
        "_one_hot_rows(y, rows.shape[1]).astype(rows.dtype)",
    ): ONLY_A_COPY,
    ("losses", "return _one_hot_rows(y, rows.shape[1]).astype(rows.dtype, copy=False)", "True"): ONLY_A_COPY,
    ("losses", "return _one_hot_rows(y, rows.shape[1]).astype(rows.dtype, copy=False)", "-1"): LAST_AXIS,
    (
        "losses",
        'y = as_float("y_true", y).astype(rows.dtype, copy=False)',
        "as_float('y_true', y).astype(rows.dtype)",
    ): ONLY_A_COPY,
    ("losses", 'y = as_float("y_true", y).astype(rows.dtype, copy=False)', "True"): ONLY_A_COPY,
    ("losses", "sums = rows.sum(axis=1)", "-1"): LAST_AXIS,
    ("losses", "log_p = z - z.max(axis=1, keepdims=True)", "-1"): LAST_AXIS,
    ("losses", "total = p.sum(axis=1, keepdims=True)", "-1"): LAST_AXIS,
    (
        "losses",
        'return _class_targets("z", np.broadcast_to(np.zeros((), dtype), shape), y_true)',
        "np.ones",
    ): "of this array only the shape and the dtype are looked at",
    ("losses", "@lru_cache(maxsize=8)", "lru_cache()"): OTHER_CACHE,
    ("losses", "@lru_cache(maxsize=8)", "0"): OTHER_CACHE,
    ("losses", "@lru_cache(maxsize=8)", "-8"): OTHER_CACHE,
    ("losses", "@lru_cache(maxsize=8)", "9"): OTHER_CACHE,
    (
        "losses",
        "wrong = np.abs(sums - 1) > ROW_SUM_TOLERANCE",
        "np.abs(sums - 1) >= ROW_SUM_TOLERANCE",
    ): "no float near 1 differs from it by exactly 0.001",
    ("gradients", "rounding = 10 * np.finfo(x.dtype).eps * abs(middle) / h", "11"): A_MARGIN,
    (
        "gradients",
        "suspects = np.argwhere(jumps > KINK_JUMP * np.max(np.abs(numeric)) + rounding)",
        "jumps >= KINK_JUMP * np.max(np.abs(numeric)) + rounding",
    ): "equal only where both are 0, and then _is_kink says no",
    ("gradients", "if norm <= max_norm:", "norm < max_norm"): "at equality the factor is exactly 1",
    ("gradients", SLOPES, "_slope_jump(f, x, index, 2 * h) >= 0.5 * _slope_jump(f, x, index, 10 * h)"): A_MARGIN,
    ("gradients", SLOPES, "3"): A_MARGIN,
    ("gradients", SLOPES, "11"): A_MARGIN,
}

SWAPPED_OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
# Every comparison becomes its neighbour at the boundary and its opposite.
SWAPPED_COMPARISONS = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}
SWAPPED_NAMES = {"minimum": "maximum", "min": "max", "mean": "sum", "all": "any", "zeros": "ones", "sin": "cos"}
SWAPPED_NAMES |= {new: old for old, new in SWAPPED_NAMES.items()}
DELETED_STATEMENTS = (ast.Expr, ast.AugAssign, ast.If, ast.Raise, ast.For)


@dataclass(frozen=True)
class Mutant:
    module: str
    number: int  # of its line
    line: str
    before: str
    after: str
    source: str

    @property
    def key(self):
        return self.module, self.line, self.after

    def __str__(self):
        return f"lessons_lib/{self.module}.py:{self.number}: {self.line}\n    - {self.before}\n    + {self.after}"


def variations(node):
    """The wrong versions of one piece of syntax."""
    match node:
        case ast.BinOp(op=ast.MatMult()):
            yield ast.BinOp(node.right, node.op, node.left)
        case ast.BinOp() | ast.AugAssign() | ast.BoolOp() if type(node.op) in SWAPPED_OPERATORS:
            yield _changed(node, op=SWAPPED_OPERATORS[type(node.op)]())
        case ast.Compare():
            for place, op in enumerate(node.ops):
                for swapped in SWAPPED_COMPARISONS[type(op)]:
                    yield _changed(node, ops=[*node.ops[:place], swapped(), *node.ops[place + 1 :]])
        case ast.UnaryOp():
            yield node.operand
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int() | float() as value):
            for other in dict.fromkeys([0, -value, value + 1]):
                if other != value:
                    yield ast.Constant(other)
        case ast.Attribute(attr="T"):
            yield node.value
        case ast.Attribute(attr=name) if name in SWAPPED_NAMES:
            yield _changed(node, attr=SWAPPED_NAMES[name])
        case ast.Name(id=name) if name in SWAPPED_NAMES:
            yield _changed(node, id=SWAPPED_NAMES[name])
        case ast.IfExp():
            yield _changed(node, body=node.orelse, orelse=node.body)
        case ast.Call(keywords=[_, *_]):
            for place in range(len(node.keywords)):
                yield _changed(node, keywords=node.keywords[:place] + node.keywords[place + 1 :])
    if isinstance(node, DELETED_STATEMENTS):
        yield ast.Pass()
    if isinstance(node, ast.Assign) and not isinstance(node.targets[0], (ast.Name, ast.Tuple)):
        yield ast.Pass()


def mutants(module, source):
    """All mutants of a module's source, in the order of its lines."""
    tree, lines, found = ast.parse(source), source.splitlines(), []
    left_alone = _left_alone(tree)
    for place, node in enumerate(ast.walk(tree)):
        if node in left_alone:
            continue
        for wrong in variations(node):
            broken = copy.deepcopy(tree)
            broken = _Replace(list(ast.walk(broken))[place], wrong).visit(broken)
            line = lines[node.lineno - 1].strip()
            before, after = _one_line(node), _one_line(wrong)
            code = ast.unparse(ast.fix_missing_locations(broken))
            found.append(Mutant(module, node.lineno, line, before, after, code))
    return sorted(found, key=lambda mutant: mutant.number)


def _left_alone(tree):
    """Text: docstrings, f-strings, and what is raised."""
    alone = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            alone.update(ast.walk(node))
        elif isinstance(node, ast.Raise) and node.exc:
            alone.update(ast.walk(node.exc))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            alone.update(ast.walk(node))
    return alone


class _Replace(ast.NodeTransformer):
    def __init__(self, target, wrong):
        self.target, self.wrong = target, wrong

    def visit(self, node):
        return self.wrong if node is self.target else self.generic_visit(node)


def _changed(node, **fields):
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _one_line(node):
    text = " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())
    return text if len(text) <= 110 else text[:107] + "..."


def make_scratch(folder):
    """A copy of the library and its tests, to be broken."""
    for name in ("lessons_lib", "tests", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def tests_pass(scratch, module, source):
    """Write a version of the module into the scratch copy, and run its tests there until the first failure."""
    child = started(scratch, module, source)
    child.join(TIMEOUT)
    return verdict(child)


def started(scratch, module, source):
    """A forked process that tests one version of the module; what takes long to import it has already."""
    (scratch / "lessons_lib" / f"{module}.py").write_text(source, encoding="utf-8")
    for stale in (scratch / "lessons_lib" / "__pycache__").glob(f"{module}.*.pyc"):
        stale.unlink()
    child = FORK.Process(target=_run_tests, args=(scratch, module))
    child.start()
    return child


def verdict(child):
    """Whether the tests passed; a child that still runs is out of time and is stopped."""
    if child.is_alive():
        child.kill()
        child.join()
        return False
    if child.exitcode not in (0, 1, 2):  # 1: a test failed, 2: the module cannot even be imported
        raise SystemExit(f"pytest ended with status {child.exitcode}")
    return child.exitcode == 0


def _run_tests(scratch, module):
    files = sorted(str(path) for path in (scratch / "tests" / "library").glob(f"test_{module}*.py"))
    os.chdir(scratch)
    # scikit-learn takes longer to import than all other tests of a module take to run.
    options = ["-x", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "-k", "not scikit", "--hypothesis-seed=0"]
    with Path("pytest.log").open("w") as log, redirect_stdout(log), redirect_stderr(log):
        status = pytest.main([*options, *files])
    os._exit(status)


def survivors_of(module, scratches):
    """Try all mutants of one module; return those that no test noticed, how many were tried, how many left out."""
    original = (ROOT / "lessons_lib" / f"{module}.py").read_text(encoding="utf-8")
    candidates = mutants(module, original)
    for key in EQUIVALENT:
        if key[0] == module and key not in {mutant.key for mutant in candidates}:
            print(f"EQUIVALENT names a mutant that there is not: {key}")
    equivalent = sum(mutant.key in EQUIVALENT for mutant in candidates)
    candidates = [mutant for mutant in candidates if mutant.key not in EQUIVALENT]
    for scratch in scratches:
        if not tests_pass(scratch, module, original):
            raise SystemExit(f"before anything is broken:\n{(scratch / 'pytest.log').read_text(encoding='utf-8')}")

    survivors, free, running, waiting = [], list(scratches), {}, list(reversed(candidates))
    while waiting or running:
        while free and waiting:
            scratch, mutant = free.pop(), waiting.pop()
            child = started(scratch, module, mutant.source)
            running[child.sentinel] = (child, mutant, scratch, time.monotonic() + TIMEOUT)
        ended = wait(running, timeout=1)
        late = [key for key, (*_, deadline) in running.items() if time.monotonic() > deadline]
        for key in {*ended, *late}:
            child, mutant, scratch, _ = running.pop(key)
            if key in ended:
                child.join()
            if verdict(child):
                survivors.append(mutant)
            free.append(scratch)
            tried = len(candidates) - len(waiting) - len(running)
            if tried % 20 == 0:
                print(f"{module}: {tried} of {len(candidates)} tried, {len(survivors)} survive", flush=True)
    for scratch in scratches:
        (scratch / "lessons_lib" / f"{module}.py").write_text(original, encoding="utf-8")
    return sorted(survivors, key=lambda mutant: mutant.number), len(candidates), equivalent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="module", help=f"of {', '.join(MODULES)}; default: all")
    parser.add_argument("--list", action="store_true", help="show the mutants and run nothing")
    arguments = parser.parse_args()
    modules = arguments.modules or MODULES
    if unknown := set(modules) - set(MODULES):
        parser.error(f"unknown modules {sorted(unknown)}; there are {', '.join(MODULES)}")

    if arguments.list:
        for module in modules:
            for mutant in mutants(module, (ROOT / "lessons_lib" / f"{module}.py").read_text(encoding="utf-8")):
                print(mutant)
        return 0

    # Plugins of the other checks load for seconds; the database of hypothesis must not lie in the scratch copy.
    os.environ.update(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTEST_PLUGINS="_hypothesis_pytestplugin")
    results = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(Path(folder) / "hypothesis")
        scratches = [make_scratch(Path(folder) / f"copy{i}") for i in range(WORKERS)]
        for module in modules:
            survivors, total, equivalent = survivors_of(module, scratches)
            print(*survivors, sep="\n")
            results.append((module, total, len(survivors), equivalent))

    print(f"\n{'module':<12}{'mutants':>8}{'killed':>8}{'score':>8}   equivalent, not run")
    for module, total, alive, equivalent in results:
        print(f"{module:<12}{total:>8}{total - alive:>8}{1 - alive / total:>8.1%}   {equivalent}")
    return int(any(1 - alive / total < ENOUGH for _, total, alive, _ in results))


if __name__ == "__main__":
    sys.exit(main())
