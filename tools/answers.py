"""Break the right answers of the exercises in every small way, and see which broken ones a check accepts.

    python -m tools.answers [CHAPTER …]
    python -m tools.answers --told [--file FILE] [CHAPTER …]

Each function's first right answer is changed in one place: a constant, a comparison, a guard, a bound, an axis, a copy,
a call for its neighbour, an operator, the order of two lines, what is kept between two calls. The check must reject
every such answer, with the public inputs and with those of each seed. equivalents.txt, beside this file, lists the
changes that leave the answer right, each with its reason. Exit status 1 when others are accepted.

With --told: of how many of these answers, where they match no known mistake, does the feedback say more than that they
are wrong, or in how many cases? Or of the wrong answers of FILE, a list of {"task", "kind", "cell" that defines f}.
"""

import argparse
import ast
import json
import sys
from ast import unparse
from itertools import pairwise
from pathlib import Path

from exercises import CHAPTERS, tasks_of
from exercises.tasks import Function, namespace
from lessons_lib.checks import judge, records
from lessons_lib.checks.judging import judge_outcomes
from lessons_lib.checks.watching import call
from tools.exercises import PUBLIC_SEED

EQUIVALENTS = Path(__file__).with_name("equivalents.txt")
SEEDS = 20

OTHER_SIGNS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+": "-", "-": "+", "*": "/",
               "/": "*", "**": "*", "//": "/", "%": "*"}  # fmt: skip
NEIGHBOURS = {"min": "max", "minimum": "maximum", "argmin": "argmax", "sum": "mean", "zeros": "ones", "floor": "ceil",
              "any": "all", "zeros_like": "ones_like", "isfinite": "isnan", "log": "log2", "sin": "cos"}  # fmt: skip
NEIGHBOURS |= {new: old for old, new in NEIGHBOURS.items()} | {"relu": "abs"}
OF_MANY = ("np.any", "np.all", "np.max", "np.min", "np.argmin", "np.argmax", "max", "min")


def broken(source):
    """{changed line, before → after: the program} of all small changes of a program."""
    source = unparse(ast.parse(source))
    lines, found = source.encode().split(b"\n"), {}
    for node, text in _changes(ast.parse(source).body[0]):
        first, last = node.lineno - 1, node.end_lineno
        start, end = lines[first][: node.col_offset], lines[last - 1][node.end_col_offset :]
        after = (start + text.encode() + end).split(b"\n")
        program = b"\n".join([*lines[:first], *after, *lines[last:]]).decode()
        try:
            compile(program, "<changed>", "exec")
        except SyntaxError:  # a keyword twice
            continue
        if unparse(ast.parse(program)) != source:
            found.setdefault(f"{_short(lines[first:last])} → {_short(after)}", program)
    return found


def _short(lines):
    return " ⏎ ".join(line.decode().strip() for line in lines)


def _changes(function):
    """Pairs (node, the text that takes its place); what an error says is left alone."""
    parameters = [argument.arg for argument in function.args.args]
    nodes = [node for statement in function.body for node in _walk(statement)]
    for node in nodes:
        for texts in (_expressions(node), _statements(node, parameters)):
            yield from ((node, text) for text in texts)
        yield from _parts(node)
    for node in [function, *nodes]:
        for body in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if isinstance(body, list):
                yield from (_exchanged(*two) for two in pairwise(body) if _depend(*two))


def _walk(node):
    yield node
    if not isinstance(node, ast.Raise):
        for child in ast.iter_child_nodes(node):
            yield from _walk(child)


def _sign(op):
    name = ast.Name("a")
    return unparse(ast.Compare(name, [op], [name]) if isinstance(op, ast.cmpop) else ast.BinOp(name, op, name))[2:-2]


def _expressions(node):
    match node:
        case ast.Constant(value=bool()):
            yield str(not node.value)
        case ast.Constant(value=int() | float()):
            yield from (f"({value})" for value in (node.value + 1, node.value - 1, 2 * node.value, 0))
        case ast.Compare():
            yield f"(not {unparse(node)})"
            parts = [f" {_sign(op)} {unparse(right)}" for op, right in zip(node.ops, node.comparators, strict=True)]
            for i, part in enumerate(parts):
                _, sign, right = part.split(" ", 2)
                others = [f" {OTHER_SIGNS[sign]} {right}"] if sign in OTHER_SIGNS else []
                if sign in ("<", "<=", ">", ">="):
                    others += [f"{part} {near}" for near in ("+ 1e-12", "- 1e-12")]
                    others += [f"{part} * {near}" for near in (1.01, 0.99) if right != "0"]
                    others += [f" == {right}{step}" for step in ("", " - 1", " + 1")]
                yield from (
                    f"({''.join([unparse(node.left), *parts[:i], other, *parts[i + 1 :]])})" for other in others
                )
                if sign == "==":
                    yield f"(abs({unparse(node.left)} - {right}) < 1e-12)"
        case ast.BoolOp():
            values = [f"({unparse(value)})" for value in node.values]
            yield from values
            yield f"({(' or ' if isinstance(node.op, ast.And) else ' and ').join(values)})"
        case ast.UnaryOp():
            yield f"({unparse(node.operand)})"
        case ast.BinOp(op=ast.MatMult()):
            yield f"(({unparse(node.right)}) @ ({unparse(node.left)}))"
        case ast.BinOp():
            left, right = f"({unparse(node.left)})", f"({unparse(node.right)})"
            yield f"({left} {OTHER_SIGNS[_sign(node.op)]} {right})"
            if isinstance(node.op, ast.Div) and not isinstance(node.right, ast.Constant):
                yield f"({left} / ({right} + 1e-08))"
        case ast.Attribute(attr="T") | ast.Subscript(ctx=ast.Load(), slice=ast.Slice()):
            yield unparse(node.value)
        case ast.Attribute(attr=name) if name in NEIGHBOURS:
            yield f"{unparse(node.value)}.{NEIGHBOURS[name]}"
        case ast.Name(id=name) if name in NEIGHBOURS:
            yield NEIGHBOURS[name]
        case ast.Call():
            yield from _calls(node, unparse(node.func))


def _calls(node, name):
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("copy", "astype", "ravel"):
        yield unparse(node.func.value)
    if name.startswith(("np.zeros", "np.empty")):
        yield f"{unparse(node)[:-1]}, dtype=int)"
    if len(node.args) == 1:
        inside = unparse(node.args[0])
        yield f"({inside})"
        if name in OF_MANY:
            yield from (f"np.ravel({inside})[{i}]" for i in (0, -1))
        if name in ("np.log", "np.sqrt"):
            yield f"{name}({inside} + 1e-08)"
        if name == "np.sign":
            yield from (f"np.tanh(1000000.0 * ({inside}))", f"(({inside}) / (abs({inside}) + 1e-12))")
        if name == "range":
            yield from (f"range(min({inside}, 4))", f"range(max({inside}, 1))")
        if name == "np.isfinite":
            yield from (f"({inside} {limit})" for limit in ("< np.inf", "> -np.inf", f"== {inside}"))


def _parts(node):
    """Guards that always or never hold; bounds of loops and slices moved by one; keywords of calls left out."""
    bounds = ()
    if isinstance(node, ast.If | ast.IfExp):
        yield from ((node.test, always) for always in ("True", "False"))
    elif isinstance(node, ast.Call):
        bounds = node.args if unparse(node.func) in ("range", "np.arange") else ()
        for keyword in node.keywords:
            kept = [unparse(part) for part in [*node.args, *node.keywords] if part is not keyword]
            yield node, f"{unparse(node.func)}({', '.join(kept)})"
    elif isinstance(node, ast.Slice):
        bounds = [bound for bound in (node.lower, node.upper) if bound]
    for bound in bounds:
        if not isinstance(bound, ast.Constant):
            yield from ((bound, f"{unparse(bound)} {step}") for step in ("+ 1", "- 1"))


def _statements(node, parameters):
    match node:
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            text, first = unparse(value), next(iter(parameters), "()")
            yield f"return ({text})[::-1]"
            yield f"return globals().setdefault('kept', {text})"
            yield f"return globals().setdefault(str(getattr({first}, 'shape', '')), {text})"
            parts = [*map(unparse, value.elts)] if isinstance(value, ast.Tuple) else [text]
            for i, part in enumerate(parts):
                yield f"return {', '.join([*parts[:i], f'np.squeeze({part})', *parts[i + 1 :]])}"
            yield f"return np.asarray({text}).astype(int)"
        case ast.Assign(targets=[ast.Name(name)], value=value):
            if not isinstance(value, ast.Constant):
                yield f"{name} = globals().setdefault(str(np.shape({unparse(value)})), {unparse(value)})"
            if name in parameters:
                yield f"{name}[...] = {unparse(value)}"
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=x))], value=value) if x is Ellipsis:
            yield f"{unparse(node.targets[0].value)} = {unparse(value)}"
            yield f"np.ravel({unparse(node.targets[0].value)})[...] = np.ravel({unparse(value)})"
        case ast.AugAssign(target=target):
            yield "pass"
            yield f"{unparse(target)} {OTHER_SIGNS[_sign(node.op)]}= {unparse(node.value)}"
            if isinstance(target, ast.Name) and target.id in parameters:
                yield f"{target.id} = {unparse(ast.BinOp(target, node.op, node.value))}"
                yield f"np.ravel({target.id})[...] {_sign(node.op)}= np.ravel({unparse(node.value)})"
        case ast.Expr():
            yield "pass"


def _depend(one, other):
    """Say whether two statements may mean something else in the other order."""
    parts = [list(ast.walk(statement)) for statement in (one, other)]
    names = [{part.id for part in found if isinstance(part, ast.Name)} for found in parts]
    leaves = any(isinstance(part, ast.Raise | ast.Return | ast.Break) for found in parts for part in found)
    return leaves or bool(_stored(parts[0]) & names[1] or _stored(parts[1]) & names[0])


def _stored(parts):
    """Names that get a value in the parts of a statement, also inside: x, x[i], x.append(…)."""
    found = set()
    for place in parts:
        if isinstance(place, ast.Call) or isinstance(getattr(place, "ctx", None), ast.Store):
            place = place.func if isinstance(place, ast.Call) else place
            while isinstance(place, ast.Subscript | ast.Attribute):
                place = place.value
            found.add(getattr(place, "id", ""))
    return found - {"", "np"}


def _exchanged(one, other):
    """Two neighbouring statements as one node, and their text in the other order."""
    places = {"lineno": one.lineno, "col_offset": one.col_offset}
    margin = "\n" + " " * one.col_offset
    lines = [line for part in (other, one) for line in unparse(part).split("\n")]
    return ast.Pass(**places, end_lineno=other.end_lineno, end_col_offset=other.end_col_offset), margin.join(lines)


def equivalents():
    """{(task, the line as it becomes): reason}; in the file a reason stands above its lines, after #."""
    found, reason = {}, ""
    for line in filter(None, EQUIVALENTS.read_text(encoding="utf-8").splitlines()):
        if line.startswith("# "):
            reason = line[2:]
        else:
            found[tuple(line.split(": ", 1))] = reason
    return found


def passes(record, function):
    """Say whether a check lets a function pass; in this process, and with little time."""
    outcomes = []
    for case in record.cases:
        outcomes.append(call(function, case.inputs, **record.settings, seconds=0.3))  # enough for all right answers
        if outcomes[-1].kind not in ("value", "raised"):
            break
    return judge_outcomes(record, outcomes).passed


def judged(task, seeds):
    """{change: the seeds that let it pass}, of all changes of a task."""
    sources = list(broken(task.rights[0]).items())
    found = {change: [] for change, _ in sources}
    for seed in seeds:
        record = task.record(seed)
        for change, program in sources:
            if passes(record, task.defined(program)):
                found[change].append(seed)
    return found


def survivors(task, found):
    """Of what `judged` returned, the changes that pass somewhere and are not listed as right."""
    known = equivalents()
    return {change: passed for change, passed in found.items() if passed and (task.id, line(change)) not in known}


def line(change):
    """The line as it becomes."""
    return change.partition(" → ")[2]


def told(verdict):
    """Say whether the feedback on a wrong answer says more than that it is wrong, or in how many cases."""
    detail = verdict.detail
    if verdict.status != "difference" or detail["what"] not in ("value", "number"):
        return True
    said = [key for key, _ in detail.get("symptom") or () if key != "some"]
    return bool(said or detail.get("perhaps") or detail.get("which"))


def wrong_answers(task, file):
    """The answers of a file to a task, or all small changes of the right one, as programs that define f."""
    if file:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return [row["cell"] for row in rows if (row["task"], row["kind"]) == (task.id, "wrong")]
    programs = broken(task.rights[0]).values() if isinstance(task, Function) else ()
    return [f"{program}\nf = {task.name}" for program in programs]


def share_told(tasks, file=None):
    """How many wrong answers that are no known mistake are told more, and how many there are."""
    found = []
    for task in tasks:
        for program in wrong_answers(task, file):
            exec(compile(program, f"<{task.id}>", "exec"), names := namespace(task.chapter))
            found.append(judge(records.load(task.chapter)[task.name], names["f"]))
    unnamed = [told(verdict) for verdict in found if verdict.status not in ("passed", "mistake", "unsolved")]
    return sum(unnamed), len(unnamed)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many besides the public one")
    parser.add_argument("--told", action="store_true", help="how much the feedback says of what it cannot name")
    parser.add_argument("--file", type=Path, help="answers for --told")
    options = parser.parse_args(arguments)
    if options.told:
        tasks = [task for chapter in options.chapters or CHAPTERS for task in tasks_of(chapter)]
        some, every = share_told(tasks, options.file)
        print(f"of {every} wrong answers that are no known mistake, {some} are told more: {some / every:.1%}")
        return 0
    seeds, alive = [PUBLIC_SEED, *range(1, options.seeds + 1)], 0
    for chapter in options.chapters or CHAPTERS:
        sums = [0, 0, 0]
        for task in tasks_of(chapter):
            if isinstance(task, Function):
                found = judged(task, seeds)
                bad = survivors(task, found)
                right = sum(bool(passed) for passed in found.values()) - len(bad)
                sums = [a + b for a, b in zip(sums, (len(found), right, len(bad)), strict=True)]
                for change, passed in bad.items():
                    print(f"{task.id}: {change}    accepted by {len(passed)} of {len(seeds)}")
        print(f"{chapter}: {sums[0]} changes, {sums[1]} of them leave the answer right, {sums[2]} others accepted")
        alive += sums[2]
    return int(alive > 0)


if __name__ == "__main__":
    sys.exit(main())
