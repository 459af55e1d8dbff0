"""What the tests of Colab and Binder share: a copy of the repository, environments from nothing."""

import json
import os
import shutil
import subprocess
import sys

from tools.shared import ROOT

# What the one who runs the tests has set must not reach the places that are tried here.
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "JUPYTER_PATH", "LESSONS_STATIC", "VIRTUAL_ENV")


def environment(**more):
    """The variables for a program of a fresh environment."""
    plain = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return plain | {"JUPYTER_PREFER_ENV_PATH": "1"} | more


def run(*command, **options):
    """The output of a program that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, **({"env": environment()} | options))
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def copy_repository(folder):
    """Copy the files that git knows or would take, changes that are not committed included; return the copy."""
    names = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def new_environment(folder, python=sys.executable):
    """Make an environment with pip alone; return its interpreter."""
    run(python, "-m", "venv", folder)
    return folder / "bin" / "python"


def versions(python):
    """{package: version} of an environment."""
    listed = json.loads(run(python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"))
    return {package["name"].lower().replace("_", "-"): package["version"] for package in listed}
