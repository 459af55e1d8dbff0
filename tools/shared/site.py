"""The built site: its pages, the files that its readers need, its address."""

import re
from pathlib import Path

from tools.shared import ROOT
from tools.shared.toc import toc_entries

SITE = ROOT / "_build" / "html"
PAGES = [f"{entry}.html" for entry in toc_entries()]
# On github.io all courses of an owner share one storage: this name and the address of the site tell them apart.
COURSE = "from-chain-rule-to-adam"
WORKER = "sw.js"
# What the pages load to run Python: as files of a server, and in "file" as scripts, for pages opened from a folder.
PYTHON = "python"
# What readers download separately, and JupyterLite, which has a service worker of its own.
BESIDE_THE_SITE = ("downloads", "lite", PYTHON)
# Pictures for messengers, which readers do not see.
PREVIEWS = "social"
# For developers and translators of the themes, and for other books that refer to this one.
NOT_FOR_READERS = (".map", ".po", ".mo", ".inv")
GITHUB = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+)")


def site_files(folder):
    """The files of the built site that a reader needs, sorted, as paths relative to ``folder`` with ``/``.

    Left out: hidden files, what is beside the site (``downloads``, ``lite``), what no page asks for, the service
    worker itself. A folder without ``index.html`` is no site: FileNotFoundError.
    """
    folder = Path(folder)
    if not (folder / "index.html").is_file():
        raise FileNotFoundError(f"folder: expected a built site with index.html, got {folder}")

    def wanted(path):
        hidden = any(part.startswith(".") for part in path.parts)
        return not hidden and path.parts[0] not in (*BESIDE_THE_SITE, PREVIEWS) and path.suffix not in NOT_FOR_READERS

    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in paths if wanted(path) and path.as_posix() != WORKER)


def python_files(folder, form="http"):
    """The files of the built site with which pages run Python, from a server or ("file") from a folder; [] without."""
    folder = Path(folder)
    paths = [path.relative_to(folder) for path in (folder / PYTHON).rglob("*") if path.is_file()]
    both = ("pages", "site.js", "LICENSES.txt", "highlight.min.js")
    wanted = [path for path in paths if path.parts[1] in both or (path.parts[1] == "file") == (form == "file")]
    return sorted(path.as_posix() for path in wanted)


def address_of_site(repository):
    """Where GitHub Pages shows the site of a repository; "" for another host or none."""
    found = GITHUB.fullmatch(repository.removesuffix("/").removesuffix(".git"))
    if not found:
        return ""
    owner, name = found[1].lower(), found[2]
    return f"https://{owner}.github.io/" + ("" if name.lower() == f"{owner}.github.io" else f"{name}/")
