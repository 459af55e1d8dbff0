"""Build JupyterLite with the course's notebooks and library:  python -m tools.jupyterlite _build/html/lite

Its pages and the library come from the site itself, and so do Python and NumPy: the folder ``python`` beside it holds
what ``python -m tools.shared.pyodide`` has fetched. Without it there is no JupyterLite, and the command says so.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import nbformat

from tools.shared import ROOT
from tools.shared.pyodide import FOLDER, missing

PYODIDE_URL = "../../python/pyodide.js"  # as pages two folders down see it, and all of Lite's are
# Packages of pure Python that Pyodide does not have; they are kept beside the library, so that PyPI is not asked.
WHEELS = ("ipywidgets", "jupyterlab_widgets", "comm")
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    "@jupyterlab/translation-extension:plugin": {"locale": "uk_UA"},
}


def notebooks():
    """The notebooks that Lite shows, by their paths in it: these are the paths below book/, so that links work."""
    book = ROOT / "book"
    found = [*book.glob("*.ipynb"), *book.glob("exercises/*.ipynb")]
    return {path.relative_to(book).as_posix(): path for path in sorted(found)}


def config():
    """The contents of jupyter-lite.json."""
    kernel = {"pyodideUrl": PYODIDE_URL, "disablePyPIFallback": True}
    # Jupyter Notebook rather than JupyterLab, whose side panels leave no room for a notebook on a phone.
    data = {"appUrl": "./tree", "faviconUrl": "./tree/favicon.ico", "litePluginSettings": {KERNEL: kernel}}
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": data}


def write_json(path, content):
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2), encoding="utf-8")


def lay_out(folder):
    """Put what `jupyter lite build` reads into a folder."""
    write_json(folder / "jupyter-lite.json", config())
    write_json(folder / "overrides.json", SETTINGS)
    for name, path in notebooks().items():
        (folder / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        # A server joins the lines of cells and outputs; Lite hands the file on as it is.
        write_json(folder / "files" / name, nbformat.read(path, as_version=4))
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder / "pypi"]
    subprocess.run([*pip, ROOT, *(f"{name}=={version(name)}" for name in WHEELS)], check=True)
    for wheel in (folder / "pypi").iterdir():
        wheel.chmod(0o644)  # pip makes some that a web server may not read


def build(output):
    """Make the folder output again from nothing."""
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary).resolve()
        lay_out(source)
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", source]
        command += ["--output-dir", source / "out", "--no-sourcemaps", "--no-unused-shared-packages"]
        command += ["--apps", "notebooks", "--apps", "tree"]
        subprocess.run(command, check=True, cwd=source, stdout=subprocess.DEVNULL)
        shutil.rmtree(output, ignore_errors=True)
        output.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source / "out", output)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, help="folder of JupyterLite, made anew")
    options = parser.parse_args(arguments)
    if lacking := missing(FOLDER):
        print(f"JupyterLite is left out: Python for the browser lacks {len(lacking)} files", file=sys.stderr)
        return
    build(options.output)
    print(f"JupyterLite with {len(notebooks())} notebooks is ready: {options.output}")


if __name__ == "__main__":
    main()
