"""Run exercise notebooks as a student does, with nothing but NumPy beside the library; print what each check says.

    python run_checks.py NOTEBOOK…

The import of anything that is neither NumPy, the library nor part of Python is refused. The output is JSON:
{notebook: [status of each check]}, with the versions of Python and NumPy under "versions".
"""

import ast
import json
import sys
from pathlib import Path

ALLOWED = {"numpy", "lessons_lib"}


class NothingElse:
    """Refuses modules of other packages."""

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in ALLOWED and top not in sys.stdlib_module_names:
            raise ModuleNotFoundError(f"No module named {name!r} (only NumPy may be used here)", name=name)
        return None


def statuses(notebook):
    """Execute the code cells but the set-up and the figures, and return the status of every check."""
    names, found = {"__name__": "__main__"}, []
    for cell in json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code" or cell["id"] == "set-up" or cell["id"].endswith("-figure"):
            continue
        source = "".join(cell["source"])
        if cell["id"].endswith("-check"):
            found.append(eval(compile(ast.parse(source, mode="eval"), cell["id"], "eval"), names).verdict.status)
        else:
            exec(compile(source, cell["id"], "exec"), names)
    return found


if __name__ == "__main__":
    sys.meta_path.insert(0, NothingElse())
    import numpy

    result = {"versions": [sys.version.split()[0], numpy.__version__]}
    print(json.dumps(result | {Path(path).stem: statuses(path) for path in sys.argv[1:]}))
