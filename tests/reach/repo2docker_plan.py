"""Say as JSON what repo2docker would do with the repository in the current folder. Runs where repo2docker is installed.

buildpack, python: where the steps come from, and for which Python; base: {package: version} of its own Jupyter server;
scripts: what it then runs.
"""

import json
import re
from pathlib import Path

from repo2docker.app import Repo2Docker
from repo2docker.buildpacks import conda

# The server and the kernel in the base environment. JupyterHub's part in it needs a hub, and is left out.
SERVER = (
    "jupyterlab", "notebook", "jupyter_server", "jupyter-resource-usage", "jupyter-offlinenotebook", "ipykernel",
    "ipython", "jupyter_client", "traitlets", "comm", "ipywidgets", "jupyterlab_widgets", "widgetsnbextension",
)  # fmt: skip


def base(python):
    """Versions from repo2docker's list of the Conda packages that it installs before it reads a requirement."""
    lock = Path(conda.__file__).with_name(f"environment.py-{python}-linux-64.lock").read_text(encoding="utf-8")
    return {name: re.search(rf"/{name}-(\d[\w.]*)-", lock)[1] for name in SERVER}


def plan():
    app = Repo2Docker()
    packs = (pack(app.base_image) for pack in app.buildpacks)
    pack = next(pack for pack in packs if pack.detect())
    pack.platform = app.platform
    scripts = [script.strip() for _, script in (*pack.get_preassemble_scripts(), *pack.get_assemble_scripts())]
    return {
        "buildpack": type(pack).__name__,
        "python": pack.python_version,
        "base": base(pack.python_version),
        "scripts": scripts,
    }


if __name__ == "__main__":
    print(json.dumps(plan()))
