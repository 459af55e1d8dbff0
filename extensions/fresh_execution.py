"""Sphinx extension: a page never shows what an older library or another kernel computed.

Jupyter Book's execution cache looks at the notebook alone. Here a change in ``lessons_lib``, in ``requirements.txt`` or
in the Python version drops the cache and makes every page outdated, so plain ``jupyter-book build`` is right as well.
"""

import hashlib
import os
import shutil
import sys
from pathlib import Path

import zmq
from jupyter_client import KernelManager

STAMP = "lessons_lib.sha256"

# Kernels inherit these. Controls render as native HTML (LESSONS_STATIC), and `python3` means the kernel of the
# environment that builds, whatever Jupyter the user has installed elsewhere.
KERNEL_ENVIRONMENT = {"LESSONS_STATIC": "1", "JUPYTER_PREFER_ENV_PATH": "1"}
KERNEL_ENVIRONMENT_UNSET = ("JUPYTER_PATH", "PYTHONSTARTUP")


def computed_by(root: Path) -> str:
    """SHA-256 of everything besides the notebook that decides what a cell prints."""
    digest = hashlib.sha256(f"Python {sys.version_info.major}.{sys.version_info.minor}\n".encode())
    sources = [path for path in (root / "lessons_lib").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    for path in [*sorted(sources), root / "requirements.txt"]:
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def set_kernel_environment(app, config):
    os.environ.update(KERNEL_ENVIRONMENT, LESSONS_LANG=config.language)
    for name in KERNEL_ENVIRONMENT_UNSET:
        os.environ.pop(name, None)
    if zmq.has("curve"):  # an unencrypted kernel warns about eavesdropping in the middle of the build
        KernelManager.transport_encryption.default_value = "auto"
    # A changed value of a configuration setting makes Sphinx read every page again.
    config.lessons_computed_by = computed_by(Path(app.srcdir))


def drop_stale_cache(app):
    cache = Path(app.config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")
    stamp = cache / STAMP
    if stamp.is_file() and stamp.read_text() == app.config.lessons_computed_by:
        return
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir(parents=True)
    stamp.write_text(app.config.lessons_computed_by)


def drop_widget_state(app, doctree):
    """The page shows the controls' own HTML; the widgets' state would only add weight."""
    metadata = getattr(app.env, "nb_metadata", {}).get(app.env.docname, {})
    metadata.get("js_files", {}).pop("ipywidgets_state", None)


def forget_failed_build(app, exception):
    """Keep a warning alive: without this the next build would take the faulty pages from disk and succeed."""
    if exception is not None or app._warncount:
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)


def setup(app):
    app.add_config_value("lessons_computed_by", "", "env", [str])
    app.connect("config-inited", set_kernel_environment)
    app.connect("builder-inited", drop_stale_cache)
    app.connect("doctree-read", drop_widget_state, priority=900)
    app.connect("build-finished", forget_failed_build, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
