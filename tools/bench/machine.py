"""What the numbers were measured on: processor, system, versions; nothing that names the machine itself."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "scikit-learn", "torch", "jax")


def machine():
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": _system(),
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
        "blas": _blas(),
    }


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else 'unknown'} ({platform.machine()})"


def _system():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _version(package):
    try:
        return version(package).partition("+")[0]
    except PackageNotFoundError:
        return None


def _blas():
    """The library behind NumPy's matrix product, and the kernels that it has chosen for this processor."""
    from threadpoolctl import threadpool_info

    found = [library for library in threadpool_info() if "numpy" in library["filepath"]]
    return " ".join(f"{b['internal_api']} {b['version']} ({b.get('architecture', 'unknown')})" for b in found)
