"""A real Jupyter server on a copy of the chapters, and a notebook run in a browser: for the tests and the benchmark."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from tools.shared import ROOT

SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # every output is in the page, even out of sight
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
}


@contextlib.contextmanager
def start_jupyter(home, python=sys.executable, served=None, token=""):
    """The address of a Jupyter server from the interpreter's environment, with its settings below the folder home.

    served  the folder it shows; a copy of the chapters below home when none is given
    """
    if served is None:
        served = home / "book"
        shutil.copytree(ROOT / "book", served, ignore=shutil.ignore_patterns("_static", ".ipynb_checkpoints"))
    for name, value in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name not in ("LESSONS_STATIC", "JUPYTER_PATH")}
    environment |= {
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    command = [
        python, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={served}", "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ]  # fmt: skip
    address, log = f"http://127.0.0.1:{port}", home / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_for(address, server, log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for(address, server, log):
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/api", timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    raise RuntimeError(f"the Jupyter server did not start:\n{log.read_text()[-2000:]}")


def open_jupyter(chromium, address, place="lab", query="reset"):
    """A page of JupyterLab, or at the place "notebooks/<name>" of Notebook 7, in which notebooks can be run."""
    page = chromium.new_page(viewport={"width": 1300, "height": 900}, locale="uk-UA")
    page.set_default_timeout(60_000)
    page.goto(f"{address}/{place}?{query}")
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate("() => jupyterapp.restored")
    return page


def run_notebook(page, name):
    """Open a notebook in a page of Jupyter, run all its cells, wait for the end."""
    page.evaluate(
        """async name => {
            if (jupyterapp.shell.currentWidget?.context?.path !== name)
                await jupyterapp.commands.execute('docmanager:open', {path: name, factory: 'Notebook'});
            const widget = jupyterapp.shell.currentWidget;
            await widget.context.ready;
            await widget.sessionContext.ready;
            await widget.sessionContext.session.kernel.info;
        }""",
        name,
    )
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells').then(() => { window.ran = true; }); }")
    page.wait_for_function("() => window.ran", timeout=240_000)


def close_notebook(page):
    """End the kernel of the open notebook, and close it without saving."""
    page.evaluate(
        """async () => {
            const widget = jupyterapp.shell.currentWidget;
            window.ran = false;
            await widget?.sessionContext.shutdown();
            widget?.dispose();
        }"""
    )


def press(page, box, slider_keys=("ArrowLeft", "ArrowRight")):
    """Change an input of a live control by one key, as a reader without a mouse does."""
    box.focus()
    if box.evaluate("e => e.className.includes('noUi-handle')"):
        now, most = (float(box.get_attribute(name)) for name in ("aria-valuenow", "aria-valuemax"))
        page.keyboard.press(slider_keys[0] if now >= most else slider_keys[1])
    else:
        page.keyboard.press("Space")


def move(page, control, box, timeout=60_000, **keys):
    """Press a key in an input of a live control, and wait for another picture in the place of the old one."""
    before = control.locator(".ll-figure svg").get_attribute("aria-label")
    press(page, box, **keys)
    page.wait_for_function(
        "([root, before]) => ![null, before].includes(root.querySelector('svg')?.getAttribute('aria-label'))",
        arg=[control.element_handle(), before],
        timeout=timeout,
    )


LIVE_INPUTS = ".noUi-handle, input[type=checkbox], .widget-toggle-button:not(.mod-active)"


def live_controls(page):
    """The controls of an open notebook: live boxes with a picture."""
    return [block for block in page.locator(".ll-live").all() if block.locator(".ll-figure").count()]
