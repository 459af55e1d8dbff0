"""Sphinx extension: Python on the page. Cells of notebooks run where they stand, and answers are checked there.

A page gets the name of its notebook and what its tasks ask for; everything heavy is loaded when the reader asks. Python
comes from the folder that ``python -m tools.shared.pyodide`` has filled. Without it the pages are as they were, and the
build says so.
"""

import base64
import gzip
import io
import json
import os
import posixpath
import zipfile
import zlib
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx.util import logging

from extensions.service_worker import integrity
from lessons_lib.checks import records
from lessons_lib.text import keys, text
from tools.shared import ROOT, pyodide

CODE = Path(__file__).with_suffix("")
PYTHON = "python"  # the folder of the site
COURSE = "course.zip"
SOURCES = {"cells": "cells.py", "worker": "worker.js"}  # sent to the worker
OLDEST = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json", "numpy-")
EDITOR = "highlight.min.js"
logger = logging.getLogger(__name__)


# The {places} of the words, which lab.js fills.
PLACES = (
    "all_points", "count", "line", "megabytes", "name", "part", "place", "points", "seconds", "solved", "tasks", "why",
)  # fmt: skip


def has_python():
    return not pyodide.missing(pyodide.FOLDER)


def words():
    """{key: words of the page}."""
    places = {place: f"{{{place}}}" for place in PLACES}
    return {key: text(key, **places) for key in keys("TEXT") if key.startswith("lab.")}


def course():
    """The library as a zip, the same bytes for the same files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted((ROOT / "lessons_lib").rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                name = path.relative_to(ROOT).as_posix()
                archive.writestr(zipfile.ZipInfo(name, OLDEST), path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return packed.getvalue()


def name_cells(app, doctree):
    """Each code cell of a page gets its notebook's name for it as an anchor: ``cell-<id>``."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        for node in doctree.findall(nodes.container):
            if node.get("nb_element") == "cell_code":
                node["ids"].append(f"cell-{cells[node['cell_index']].id}")


def tasks_of(pagename):
    """{id of the cell: what the page must know of its task} for a page of exercises, else {}."""
    folder, _, name = pagename.rpartition("/")
    chapter = name.partition("_")[2] if folder == "book/exercises" else None
    return {
        record.name.replace("_", "-"): {
            "id": record.id, "name": record.name, "kind": record.kind, "points": record.points, "stub": record.stub,
            **{key: record.settings[key] for key in ("size", "options", "head", "lines") if key in record.settings},
        }
        for record in (records.load(chapter) if chapter else {}).values()
    }  # fmt: skip


def is_notebook(app, pagename):
    return pagename in app.env.found_docs and str(app.env.doc2path(pagename)).endswith(".ipynb")


def add_data(app, pagename, templatename, context, doctree):
    """What lab.js must know of a page; the sizes come when all files are there."""
    if app.ll_files and is_notebook(app, pagename):
        root = posixpath.relpath(".", posixpath.dirname(pagename)) + "/"
        size = sum(len(zlib.compress(content)) for name, content in app.ll_files.items() if name.startswith(CORE))
        data = {"page": pagename, "root": root, "words": words(), "tasks": tasks_of(pagename)}
        data["megabytes"] = {"python": round(size / 1e6, 1)}
        data = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
        context["body"] += f'<script type="application/json" id="ll-lab">{data}</script>'
        app.add_js_file("lab.js", blocking="render")  # it draws editors in place of code: nothing may move afterwards


def files():
    """{name: bytes} of what Python on the page is made of."""
    wheels = pyodide.needed("numpy", "matplotlib")
    wanted = [name for name in pyodide.FILES if name.startswith(CORE) or name in wheels]
    return {name: (pyodide.FOLDER / name).read_bytes() for name in (*wanted, EDITOR)} | {COURSE: course()}


def write_python(site):
    """Put Python, the library and the notebooks of the pages into the site, for servers and for double clicks."""
    if not site.app.ll_files:
        return
    folder = site.folder / PYTHON
    (folder / "file").mkdir(parents=True, exist_ok=True)
    listed = {}
    for name, content in site.app.ll_files.items():
        (folder / name).write_bytes(content)
        packed = base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
        (folder / "file" / f"{name}.js").write_text(f'llFile("{name}","{packed}")', encoding="utf-8")
        listed[name] = {"integrity": integrity(content), "transfer": len(zlib.compress(content))}
    (folder / "LICENSES.txt").write_text(pyodide.licences(), encoding="utf-8")
    if os.environ.get("PUBLISHED"):  # JupyterLite takes Python from here too
        for name in pyodide.FILES.keys() - listed.keys():
            (folder / name).write_bytes((pyodide.FOLDER / name).read_bytes())
    parts = {"files": listed, "language": site.app.config.language}
    parts |= {name: (CODE / file).read_text(encoding="utf-8") for name, file in SOURCES.items()}
    (folder / "site.js").write_text(f"window.llSite = {json.dumps(parts)};", encoding="utf-8")
    for page in site.pages:
        notebook = (ROOT / page).with_suffix(".ipynb")
        if notebook.is_file():
            content = json.dumps(nbformat.read(notebook, as_version=4), ensure_ascii=False)
            path = (folder / "pages" / page).with_suffix(".js")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"window.llNotebook = {content};", encoding="utf-8")


def begin(app):
    app.ll_files = files() if has_python() else {}
    if not app.ll_files:
        logger.info("The pages come without Python: python -m tools.shared.pyodide fetches it")


def setup(app):
    app.connect("builder-inited", begin)
    app.connect("doctree-read", name_cells)
    app.connect("html-page-context", add_data)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
