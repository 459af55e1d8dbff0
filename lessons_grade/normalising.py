"""Take the code cells of whatever was handed in, as «Restart & Run All» would run them.

Cells that still hold what was given out (set-up, imports, figures, progress) are left out; whatever else stands there,
in a given cell or in one of the student's own, is run where it stands, the checks with it.
"""

import ast
import codecs
import json
import re
import warnings
from dataclasses import dataclass

__all__ = ["LARGEST_FILE", "Rejected", "StudentCode", "decoded", "parsed", "read_cells", "student_code"]

LARGEST_FILE = 20 << 20  # bytes
_MOST_PARTS = 500_000  # lists and objects of the JSON, which take far more memory than their characters
_MOST_CODE = 2_000, 500_000  # cells, characters
_LONGEST_PARSED = 50_000  # characters of a cell: a syntax tree takes some hundred times as much
_HTML = re.compile(r"\s*<(!doctype|html|\?xml)", re.IGNORECASE)
_CHECK = re.compile(r"\bcheck\s*\(")
_CHECKED = re.compile(r"""\bcheck\s*\(\s*["'](\w+\.\w+)["']""")
# No blank is tried twice: the time is linear.
_MAGIC = re.compile(r"^([ \t]*+)([%!?].*|.*\?|\w++[ \t]*+=[ \t]*+[%!].*)$", re.MULTILINE)
warnings.filterwarnings("ignore", category=SyntaxWarning)  # of students' code, which would fill the teacher's screen


class Rejected(Exception):
    """The file cannot be graded; `reason` is a key of the texts: "grading.rejected.<reason>"."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class StudentCode:
    """The student's cells in order; for each task the index of the cell that defines it last; the ids of the tasks
    that the saved output of their last check calls right."""

    cells: tuple
    defined_in: dict
    claimed: frozenset


def read_cells(content):
    """Return (source, what the saved output says) of each code cell of a notebook file given as bytes.

    Errors: Rejected for anything but a Python notebook.
    """
    if not content.strip():
        raise Rejected("empty")
    if len(content) > LARGEST_FILE:
        raise Rejected("too_large")
    words = decoded(content)
    if _HTML.match(words):
        raise Rejected("html")
    if words.count("{") + words.count("[") > _MOST_PARTS:
        raise Rejected("too_large")
    try:
        notebook = json.loads(words, strict=False)
    except (ValueError, RecursionError):
        raise Rejected("truncated" if words.lstrip().startswith("{") else "not_notebook") from None
    if not isinstance(notebook, dict):
        raise Rejected("not_notebook")
    cells = notebook.get("cells")
    if isinstance(sheets := notebook.get("worksheets"), list):  # nbformat 3
        cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells") or ()]
    if not isinstance(cells, list):
        raise Rejected("not_notebook")
    if not _is_python(notebook):
        raise Rejected("foreign_kernel")
    cells = [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    sources = [_joined(cell.get("source", cell.get("input", ""))) for cell in cells]
    if len(sources) > _MOST_CODE[0] or sum(map(len, sources)) > _MOST_CODE[1]:
        raise Rejected("too_large")
    return list(zip(sources, map(_said, cells), strict=True))


def student_code(content, names, given):
    """Return the StudentCode of a notebook.

    content   bytes of the file
    names     what the tasks of the chapter define
    given     sources of the code cells that were given out, except the stubs
    Errors: Rejected, also when no cell defines any of the names.
    """
    known = {_normal(source) for source in given if not _CHECK.search(source)}
    cells, defined_in, claimed = [], {}, {}
    for source, said in read_cells(content):
        for task in _CHECKED.findall(source)[-1:]:  # a cell shows its last value
            claimed[task] = said.startswith("✓") if said else claimed.get(task, False)
        if _normal(source) not in known:
            for name in _definitions(source) & set(names):
                defined_in[name] = len(cells)
            cells.append(source)
    if not defined_in:
        raise Rejected("no_tasks")
    return StudentCode(tuple(cells), defined_in, frozenset(task for task, right in claimed.items() if right))


def decoded(content):
    """Decode what editors on any system write: UTF-8, with or without BOM, UTF-16, cp1251."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    if content[1:2] == b"\0" or content[:1] == b"\0":
        return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1251", errors="replace")


def _is_python(notebook):
    metadata = notebook.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    languages = [
        metadata[part].get(key)
        for part, key in (("kernelspec", "language"), ("language_info", "name"))
        if isinstance(metadata.get(part), dict)
    ]
    return all(language is None or re.fullmatch(r"i?python\d*", str(language).lower()) for language in languages)


def _joined(words):
    if isinstance(words, list):
        words = "".join(line for line in words if isinstance(line, str))
    return words if isinstance(words, str) else ""


def _said(cell):
    """The last output of a cell as text, in the form of any version of the notebook format."""
    outputs = [output for output in _listed(cell.get("outputs")) if isinstance(output, dict)]
    data = [output["data"] if isinstance(output.get("data"), dict) else output for output in outputs]
    said = [_joined(part.get("text/plain", part.get("text", ""))).strip() for part in data]
    return next(filter(None, reversed(said)), "")


def _listed(value):
    return value if isinstance(value, list) else []


def _normal(source):
    return re.sub(r"\s+", " ", source).strip()


def parsed(source):
    """The syntax tree of a cell, or None."""
    try:
        return ast.parse(source) if len(source) <= _LONGEST_PARSED else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _definitions(source):
    """Names that a cell assigns or defines at its top level, even when it does not compile."""
    tree = parsed(source) or parsed(_MAGIC.sub(r"\1pass", source))  # what only IPython understands defines nothing
    if tree is None:
        return set(re.findall(r"^(?:def[ \t]+)?(\w+)[ \t]*(?:\(|=)", source, flags=re.MULTILINE))
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            found |= {inner.name for inner in ast.walk(node) if isinstance(inner, ast.FunctionDef)}
            found |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return found
