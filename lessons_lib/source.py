"""Show the code of the library on the page, from the library itself."""

import ast
import inspect
import textwrap

__all__ = ["show_source"]


class _Source:
    def __init__(self, code):
        self.code = code

    def __repr__(self):
        return self.code

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/markdown": f"```python\n{self.code}\n```", "text/plain": self.code}


def show_source(obj):
    """Show the source of a function or class of this library without its docstrings; comments stay.

    Raises TypeError for anything that is not a function, method or class of ``lessons_lib``.
    """
    target = inspect.unwrap(obj) if callable(obj) else obj
    if not (inspect.isclass(target) or inspect.isroutine(target)):
        raise TypeError(f"obj: expected a function or class of lessons_lib, got {type(obj).__name__}")
    module = getattr(target, "__module__", None) or ""
    if module.split(".")[0] != "lessons_lib":
        name = getattr(target, "__qualname__", repr(target))
        raise TypeError(f"obj: expected a function or class of lessons_lib, got {name} of {module or 'no module'}")
    return _Source(_without_docstrings(textwrap.dedent(inspect.getsource(target)).rstrip()))


def _without_docstrings(code):
    lines = code.split("\n")
    documented = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            end = docstring.end_lineno
            if len(node.body) == 1:
                lines[docstring.lineno - 1] = " " * docstring.col_offset + "..."
                start = docstring.lineno
            else:
                start = docstring.lineno - 1
                while end < len(lines) and not (lines[end] or "").strip():
                    end += 1  # the empty lines that set the docstring off
            for position in range(start, end):
                lines[position] = None
    return "\n".join(line for line in lines if line is not None)
