"""A folder of Pyodide's core from npm with the packages that a kernel of JupyterLite starts with.

Pyodide publishes its packages only on its own network. Those of pure Python are on PyPI too; empty wheels replace the
compiled ones, with a NumPy and an SQLite that import and do nothing: enough to start a kernel and to install the
course.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile

from tools.shared import ROOT

CORE = ROOT / "tests" / "exercises" / "pyodide" / "node_modules" / "pyodide"
FILES = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
KERNEL = ("micropip", "ssl", "sqlite3", "jedi", "ipython")
COURSE = ("numpy", "matplotlib")
STAND_IN = "import sys\nfrom unittest.mock import MagicMock\n\nsys.modules[__name__] = MagicMock()\n"
IMPORTED = ("numpy", "sqlite3")


def needed(packages, names):
    """The entries of a lock file with these names, and what they depend on."""
    found = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name not in found:
            found[name] = packages[name]
            waiting += packages[name]["depends"]
    return found


def empty_wheel(path, package, modules):
    """A wheel with nothing in it but the given modules, {path: source}."""
    name, version = package["name"].replace("-", "_"), package["version"]
    info = f"{name}-{version}.dist-info"
    files = {
        **modules,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package['name']}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for file, content in files.items():
            wheel.writestr(file, content)
        wheel.writestr(f"{info}/RECORD", "".join(f"{file},{digest(text.encode())},\n" for file, text in files.items()))


def digest(content):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def download(packages, folder):
    """Fetch wheels of pure Python from PyPI."""
    wanted = [f"{package['name']}=={package['version']}" for package in packages]
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--python-version=3.12", "--dest", folder]
    subprocess.run([sys.executable, "-m", "pip", "download", *options, *wanted], check=True, capture_output=True)


def lay_out(folder):
    """Fill the folder; its lock file names only what is in it."""
    folder.mkdir()
    for name in FILES:
        shutil.copyfile(CORE / name, folder / name)
    lock = json.loads((CORE / "pyodide-lock.json").read_text(encoding="utf-8"))
    kernel = needed(lock["packages"], KERNEL)
    download([package for package in kernel.values() if package["file_name"].endswith("-none-any.whl")], folder)
    packages = kernel | {name: lock["packages"][name] | {"depends": []} for name in COURSE}
    for name, package in packages.items():
        file = folder / package["file_name"]
        if not file.exists():
            package["file_name"] = f"{name.replace('-', '_')}-{package['version']}-py3-none-any.whl"
            file = folder / package["file_name"]
            empty_wheel(file, package, {f"{name}/__init__.py": STAND_IN} if name in IMPORTED else {})
        package["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    (folder / "pyodide-lock.json").write_text(json.dumps(lock | {"packages": packages}), encoding="utf-8")
