"""How long the library, the book and its tests take from a cold start."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools.shared import ROOT

IMPORTS = """from time import process_time
start = process_time()
import numpy
middle = process_time()
import lessons_lib
print(middle - start, process_time() - middle)"""


def imports(rounds):
    """Medians, in milliseconds of processor time: NumPy's import in a new interpreter, and what the library adds."""
    pairs = []
    for _ in range(rounds):
        printed = subprocess.run([sys.executable, "-c", IMPORTS], cwd=ROOT, check=True, capture_output=True, text=True)
        pairs.append([1000 * float(seconds) for seconds in printed.stdout.split()])
    numpy, added = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {"rounds": rounds, "numpy_ms": round(numpy, 1), "added_ms": round(added, 1)}


def builds():
    """Seconds of a build from nothing, and of one after which no source has changed; in a copy."""
    with tempfile.TemporaryDirectory() as home:
        copy = Path(home) / "course"
        ignored = shutil.ignore_patterns("_build", ".git", ".venv", "node_modules", ".*_cache")
        shutil.copytree(ROOT, copy, ignore=ignored)
        command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "-W", "-n", "--keep-going", "."]
        return {"cold_s": _seconds(command, copy), "warm_s": _seconds(command, copy)}


def tests():
    """Seconds of `make test` in a fresh clone: packages and environments, the build, all checks."""
    with tempfile.TemporaryDirectory() as home:
        clone = Path(home) / "course"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        return {"seconds": _seconds(["make", "test"], clone)}


def _seconds(command, folder):
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return round(time.perf_counter() - start, 1)
