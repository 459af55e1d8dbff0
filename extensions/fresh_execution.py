"""Sphinx extension: a page never shows what an older library or another kernel computed.

Jupyter Book's execution cache looks only at the notebook. Here a change in ``lessons_lib``, in a requirements file or
in the Python version drops the cache and makes every page outdated, so a plain ``jupyter-book build`` is right too.
Chapters that are not in the cache are executed in parallel, one for each processor.
"""

import hashlib
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import zmq
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from jupyter_client import KernelManager

STAMP = "lessons_lib.sha256"
REQUIREMENTS = ("binder/requirements.txt", "requirements.txt")

# Kernels inherit these. Controls render as native HTML (LESSONS_STATIC), and `python3` means the kernel of the
# environment that builds, whatever Jupyter the user has installed elsewhere.
KERNEL_ENVIRONMENT = {"LESSONS_STATIC": "1", "JUPYTER_PREFER_ENV_PATH": "1"}
KERNEL_ENVIRONMENT_UNSET = ("JUPYTER_PATH", "PYTHONSTARTUP")


def computed_by(root: Path) -> str:
    """SHA-256 of everything besides the notebook that decides what a cell prints."""
    digest = hashlib.sha256(f"Python {sys.version_info.major}.{sys.version_info.minor}\n".encode())
    sources = [path for path in (root / "lessons_lib").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    for path in [*sorted(sources), *(root / name for name in REQUIREMENTS)]:
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


def execute_side_by_side(app, env, docnames):
    """Fill the cache, since myst-nb would run one chapter after another.

    A chapter that fails stays out of the cache: myst-nb runs it again and says why.
    """
    config = env.mystnb_config
    cache = get_cache(config.execution_cache_path)
    paths = [path for path in map(Path, map(env.doc2path, docnames)) if path.suffix == ".ipynb"]
    chapters = [(path, nbformat.read(path, as_version=4)) for path in paths]
    known = {record.hashkey for record in cache.list_cache_records()}
    outdated = [(path, nb) for path, nb in chapters if cache.create_hashed_notebook(nb)[1] not in known]

    def execute(chapter):
        path, notebook = chapter
        limits = config.execution_timeout, config.execution_allow_errors
        # A kernel sends what a cell prints in pieces, which may end inside a line.
        return single_nb_execution(notebook, path.parent, *limits, coalesce_streams=True)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (path, _), result in zip(outdated, pool.map(execute, outdated), strict=True):
            if result.err is None:
                bundle = CacheBundleIn(result.nb, str(path), data={"execution_seconds": result.time})
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


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
    app.connect("env-before-read-docs", execute_side_by_side)
    app.connect("doctree-read", drop_widget_state, priority=900)
    app.connect("build-finished", forget_failed_build, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
