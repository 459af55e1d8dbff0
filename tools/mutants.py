"""Break the library on purpose, one small change at a time, and see whether a test notices.

    make mutants                 all modules
    make mutants ONLY=losses     one of them

mutmut makes the changes and runs, for each, the tests that reach it; [tool.mutmut] in pyproject.toml says which modules
and tests. Here stand two more kinds of change, mistakes of this subject, and the changes that are no mistake. Exit
status 1 when of some module fewer than 97 % are noticed. All of the last run is in mutants/: `mutmut browse` shows it.
"""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import libcst as cst
from mutmut.__main__ import cli
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators

ENOUGH = 0.97
UNNOTICED = (0, 33)  # mutmut's codes: all tests passed, no test reaches it

# A change is no mistake when the line before and after it differ in nothing but this.
ALIKE = {
    r'\((None|name|"\w+"), ': "the name of an argument, which is for messages",
    r'"[^" ]+ [^"]*"': "the text of a message",
    r"((copy|strict)=\w+)?\)": "one copy more of the same numbers, or lengths that are equal",
    r'"(XX)?iuf?(XX)?"': "no kind of dtype is called X",
    r"astype\((None|np\.float64), ": "float64 is what NumPy takes by itself",
    r"warnings\.warn\(.*": "where a warning points: the test of it cannot look through mutmut's own frames",
    r'(, (None|"clip"))?\)$': "how take looks at row numbers that are right",
    r"if .* else euclidean_norm": "euclidean_norm gives the same norm, only later",
    r"signature = .*": "runs at import, before mutmut changes anything",
    r", (keepdims=(True|False))?\)": "(1, n) takes a row of n numbers as well",
}
# The line as it becomes.
EQUIVALENT = {
    "if norm < max_norm:": "at equality the factor is exactly 1",
    "wrong = np.abs(sums - 1) >= ROW_SUM_TOLERANCE": "no float near 1 differs from it by exactly 0.001",
    "return np.where(t <= T_warmup, rising, falling)": "where they meet both are the same",
    "return np.where(t < T_warmup, t / T_warmup, 2) * lr_target": "no rate is above its peak, so 2 is 1",
    "gradient = curvature * theta[t] - noise * rng.normal(size=theta.shape[1])": "the noise is symmetric",
    "if fall <= 4 * noise:": "a threshold of the advice, not a formula",
    "while given <= num_steps:": "nobody asks for one batch more",
    "y, z = batches.y, np.ones((len(batches.x), model.layer_sizes[-1]), self.x.dtype)": "only its shape is looked at",
    "LOSSES[model.loss][1](z, y)  # refuses targets that do not fit": "the gradient refuses the same",
    "return loss if (math.isfinite(loss)) and False else cross_entropy_from_logits(log_p_T.T, y_T.T)": "the same loss",
    "X = X / (np.abs(X).max(initial=0) or 2)  # no square overflows": "0 by anything is 0",
    "X = X / (euclidean_norm(X) or 2)": "0 by anything is 0",
    "if eigenvalues[-1] <= 0 or eigenvalues[0] <= -1e-3 * eigenvalues[-1]:": "the bound is a rough one",
    "if i >= 0:": "the gradient of x is used by nobody",
    "loss, lr, grad_norm = np.array(steps).reshape(-2, 3).T": "any negative length is found by NumPy",
    "checked.append(g.copy() if (any(np.may_share_memory(g, p) for p in params)) or True else g)": "one copy more",
}

SWAPPED = {"minimum": "maximum", "min": "max", "mean": "sum", "all": "any", "zeros": "ones", "sin": "cos"}
SWAPPED |= {new: old for old, new in SWAPPED.items()}


def other_function(node):
    """np.mean -> np.sum; W.T -> W."""
    if node.attr.value == "T":
        yield node.value
    elif node.attr.value in SWAPPED:
        yield node.with_changes(attr=cst.Name(SWAPPED[node.attr.value]))


def other_order(node):
    """a @ W -> W @ a."""
    if isinstance(node.operator, cst.MatrixMultiply):
        yield node.with_changes(left=node.right, right=node.left)


def is_left_out(visitor, node, by_mutmut=MutationVisitor._skip_node_and_children):
    """What mutmut leaves out, but not the functions under the library's own decorators: these only pass on."""
    ours = isinstance(node, cst.FunctionDef) and [getattr(d.decorator, "value", "") for d in node.decorators]
    return ours not in (["quiet"], ["schedule"]) and by_mutmut(visitor, node)


def changed_line(name, path):
    """The line that a mutant changes, before and after."""
    lines = get_diff_for_mutant(name, path=path).splitlines()
    return [next(line[1:].strip() for line in lines if re.match(rf"{sign}(?!{sign})", line)) for sign in (r"\-", r"\+")]


def no_mistake(before, after):
    return after in EQUIVALENT or any(re.sub(what, "", before) == re.sub(what, "", after) for what in ALIKE)


def result(meta):
    """The module of a file of mutmut's results, how many changes are mistakes, and those that no test noticed."""
    path = f"lessons_lib/{meta.name.removesuffix('.meta')}"
    codes = {name: code for name, code in json.loads(meta.read_text())["exit_code_by_key"].items() if code is not None}
    unnoticed = [changed_line(name, path) for name, code in codes.items() if code in UNNOTICED]
    mistakes = [lines for lines in unnoticed if not no_mistake(*lines)]
    return path, len(codes) - len(unnoticed) + len(mistakes), mistakes


def main(only=""):
    shutil.rmtree("mutants", ignore_errors=True)
    # Plugins of the other checks load for seconds.
    os.environ.update(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTEST_PLUGINS="_hypothesis_pytestplugin")
    MutationVisitor._skip_node_and_children = is_left_out
    mutation_operators.extend([(cst.Attribute, other_function), (cst.BinaryOperation, other_order)])
    cli(["run", "--max-children", "2", *([f"lessons_lib.{only}.*"] if only else [])], standalone_mode=False)

    results = [result(meta) for meta in sorted(Path("mutants/lessons_lib").glob("*.meta"))]
    for path, _, mistakes in results:
        for before, after in mistakes:
            print(f"{path}: no test notices\n    - {before}\n    + {after}")
    tried = [(path, total, len(mistakes)) for path, total, mistakes in results if total]
    for path, total, alive in tried:
        print(f"{path:<28}{total - alive:>5} of {total:>4} noticed, {1 - alive / total:.1%}")
    return int(not tried or any(1 - alive / total < ENOUGH for _, total, alive in tried))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
