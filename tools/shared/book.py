"""The book as the checks see it: the pages of _toc.yml, their cells, and the prose without code, formulas, markup."""

import html
import importlib
import json
import pkgutil
import re
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise

import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from tools.shared import ROOT
from tools.shared.toc import toc_entries

CYRILLIC = "\u0400-\u04ff"
HAS_CYRILLIC = re.compile(f"[{CYRILLIC}]")
GAP = "\u00a4"  # replaces code, a formula or a tag
BODY_DIRECTIVES = {
    "admonition", "attention", "caution", "danger", "dropdown", "error", "figure", "grid", "grid-item",
    "grid-item-card", "hint", "important", "list-table", "margin", "note", "seealso", "sidebar", "table", "tab-item",
    "tab-set", "tip", "topic", "warning", "card", "div", "epigraph", "glossary", "only",
}  # fmt: skip
PLUGINS = (
    front_matter_plugin, myst_role_plugin, myst_block_plugin, colon_fence_plugin, footnote_plugin, deflist_plugin,
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook, or a whole .md page as one Markdown cell."""

    where: str
    kind: str
    source: str
    tags: tuple = ()
    texts: tuple = ()  # the text outputs: streams, text/plain, text/markdown


@dataclass(frozen=True)
class Page:
    name: str
    cells: tuple = field(repr=False)
    description: str = ""  # what search engines show

    @property
    def is_notebook(self):
        return self.name.endswith(".ipynb")

    def of_kind(self, kind):
        return [cell for cell in self.cells if cell.kind == kind]


@cache
def pages():
    """Every page of _toc.yml, in its order; an empty book is an error, so that no check passes without a page."""
    found = [load_page(_file_of(entry)) for entry in toc_entries()]
    if not any(page.is_notebook for page in found):
        raise LookupError("_toc.yml lists no notebook: there is nothing to check")
    return found


def notebooks():
    """The chapters; the exercises, which are generated, have tests of their own."""
    return [page for page in pages() if page.is_notebook and not page.name.startswith("book/exercises/")]


def load_page(path):
    """Read a notebook or a Markdown file."""
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    content = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        front = yaml.safe_load(content.split("---")[1]) if content.startswith("---\n") else {}
        return Page(name, (Cell(name, "markdown", content),), _description(front))
    cells, notebook = [], json.loads(content)
    for number, cell in enumerate(notebook["cells"], start=1):
        texts = tuple(text for output in cell.get("outputs", []) for text in _texts(output))
        tags = tuple(cell["metadata"].get("tags", ()))
        cells.append(Cell(f"{name}, cell {number}", cell["cell_type"], "".join(cell["source"]), tags, texts))
    return Page(name, tuple(cells), _description(notebook.get("metadata", {})))


def _description(metadata):
    return metadata.get("myst", {}).get("html_meta", {}).get("description", "")


@cache
def library_strings():
    """(where, string) for every visible string of lessons_lib.text.uk, quizzes included, as HTML-free text."""
    package = importlib.import_module("lessons_lib.text.uk")
    found = []
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        for name, table in vars(importlib.import_module(module.name)).items():
            if name.isupper():
                found += _strings(f"{module.name}.{name}", table)
    if not found:
        raise LookupError("lessons_lib.text.uk holds no string: there is nothing to check")
    return [(where, strip_tags(re.sub(r"\{[^{}]*\}", GAP, text))) for where, text in found]


def prose_of_book():
    """(where, prose) of what a reader reads: pages, alt texts and other Ukrainian outputs, library strings."""
    for page in pages():
        yield f"{page.name}, description", page.description
        for cell in page.of_kind("markdown"):
            yield from prose(cell.source, cell.where)
        for cell in page.of_kind("code"):
            for text in cell.texts:
                if HAS_CYRILLIC.search(text) and "```" not in text:
                    yield f"{cell.where}, output", text
    yield from library_strings()


def prose(markdown, where="text"):
    """[(where, text)] of the paragraphs, headings, table cells and alt texts of a Markdown text."""
    return _walk(_parser().parse(markdown), where)


def formulas(markdown):
    """The LaTeX of every formula, displayed or inline, those inside directives too."""
    found = []
    for token in _parser().parse(markdown):
        found += [formula for body in _bodies(token) for formula in formulas(body)]
        for part in [token, *(token.children or ())]:
            if part.type.startswith("math"):
                found.append(part.content)
    return found


def table_texts(markdown):
    """The text of every table cell, formulas included, tables inside directives too."""
    tokens = _parser().parse(markdown)
    inside = [text for token in tokens for body in _bodies(token) for text in table_texts(body)]
    return inside + [token.content for before, token in pairwise(tokens) if before.type in ("td_open", "th_open")]


def sections(page, depth):
    """The cells of each section, [[Cell]]: a page cut at headings from the second level to a depth, in cells too."""
    found = [[]]
    for cell in page.cells:
        parts = [cell.source] if cell.kind == "code" else re.split(rf"(?m)^(?=#{{2,{depth}}} )", cell.source)
        for number, part in enumerate(parts):
            found += [[]] if number else []
            found[-1] += [replace(cell, source=part)] if part.strip() else []
    return found


def strip_tags(text):
    return html.unescape(re.sub(r"<[^<>]+>", " ", text))


@cache
def _parser():
    """Markdown as Jupyter Book reads it."""
    parser = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, double_inline=True)
    for plugin in PLUGINS:
        parser.use(plugin)
    return parser


def _walk(tokens, where):
    found = []
    for token in tokens:
        line = f"{where}, line {token.map[0] + 1}" if token.map else where
        if token.type == "inline":
            found.append((line, _inline(token.children)))
        elif token.type == "html_block":
            found.append((line, _html_text(token.content)))
        elif token.type in ("fence", "colon_fence"):
            found += [part for body in _bodies(token) for part in prose(body, line)]
    return [(line, text) for line, text in found if text.strip()]


def _bodies(token):
    """The Markdown inside a MyST directive such as a note: argument, options that are read aloud, body."""
    directive = re.match(r"\{([\w:-]+)\}\s*(.*)", token.info.strip()) if "fence" in token.type else None
    if not directive or directive[1] not in BODY_DIRECTIVES:
        return []
    options = re.findall(r"^:(?:alt|name|title): *(.+)$", token.content, flags=re.MULTILINE)
    body = re.sub(r"^:[\w-]+:.*$", "", token.content, flags=re.MULTILINE)
    argument = "" if directive[1] in ("figure", "only") else directive[2]
    return [argument, *options, body]


def _inline(children):
    parts = []
    for token in children:
        if token.type == "text":
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "image":
            parts.append(f" {_inline(token.children or ())} ")
        elif token.type == "html_inline":
            parts.append(_html_text(token.content))
        elif token.type == "myst_role":
            parts.append(re.sub(r"\s*<[^<>]*>$", "", token.content) if HAS_CYRILLIC.search(token.content) else GAP)
        elif token.content:
            parts.append(GAP)
    return re.sub(r"https?://\S+", GAP, "".join(parts))


def _html_text(source):
    """The text of a piece of HTML and of its attributes that are read aloud; comments have none."""
    source = re.sub(r"<!--.*?-->", "", source, flags=re.DOTALL)
    spoken = re.findall(r"""\b(?:alt|title|aria-label)=(?:"([^"]*)"|'([^']*)')""", source)
    return strip_tags(source) + " ".join(f" {html.unescape(a or b)}" for a, b in spoken)


def _strings(where, value):
    """Every string with Cyrillic letters inside nested dicts and lists, with the path that leads to it."""
    if isinstance(value, str):
        return [(where, value)] if HAS_CYRILLIC.search(value) else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    return [found for key, item in items for found in _strings(f"{where}[{key!r}]", item)]


def _texts(output):
    if "text" in output:
        yield "".join(output["text"])
    for mime in ("text/plain", "text/markdown"):
        if mime in output.get("data", {}):
            yield "".join(output["data"][mime])


def _file_of(entry):
    for suffix in (".ipynb", ".md"):
        path = ROOT / f"{entry}{suffix}"
        if path.is_file():
            return path
    raise FileNotFoundError(f"_toc.yml lists {entry!r}, which is neither a notebook nor a Markdown page")
