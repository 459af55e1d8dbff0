"""The site can be kept on the reader's device. The last step of a build writes beside the pages

``sw.js``       the service worker (``service_worker/worker.js``) with the list of the site's files and their hashes
``offline.js``  the switch on the first page (``service_worker/switch.js``) with what it costs

A reader who does not ask for it loads no worker. ``tools/offline.py`` packs the same files into a zip.
"""

import base64
import hashlib
import json
import zlib
from pathlib import Path
from urllib.parse import quote

CODE = Path(__file__).with_suffix("")
WORKER, SWITCH = "sw.js", "offline.js"
# On github.io all courses of an owner share one storage: this name and the address of the site tell them apart.
COURSE = "from-chain-rule-to-adam"
# What is downloaded by itself, and JupyterLite, which has a service worker of its own.
BESIDE_THE_SITE = ("downloads", "lite")
# Pictures for messengers, which readers do not see.
PREVIEWS = "social"
# For developers and translators of the themes, and for other books that refer to this one.
NOT_FOR_READERS = (".map", ".po", ".mo", ".inv")


def site_files(folder):
    """The files of the built site that a reader needs, sorted, as paths relative to ``folder`` with ``/``.

    Left out: hidden files, what stands beside the site (``downloads``, ``lite``), what no page asks for, the service
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


def integrity(content):
    """The SHA-256 of a file as browsers check it: https://www.w3.org/TR/sri/"""
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


def costs(contents):
    """How many files there are, and their megabytes: on the way (deflated, as servers send them) and on the device."""
    return {
        "files": len(contents),
        "transfer": round(sum(len(zlib.compress(content)) for content in contents) / 1e6, 1),
        "storage": round(sum(map(len, contents)) / 1e6, 1),
    }


def write_offline_files(folder):
    """Write ``offline.js`` and, as the last file of all, ``sw.js`` into the built site."""
    folder = Path(folder)

    def write(name, source, data):
        data = json.dumps({"course": COURSE, **data}, indent=0, sort_keys=True)
        code = (CODE / source).read_text(encoding="utf-8")
        (folder / name).write_text(f"const SITE = {data};\n\n{code}", encoding="utf-8", newline="\n")

    names = [name for name in site_files(folder) if name != SWITCH]
    write(SWITCH, "switch.js", costs([(folder / name).read_bytes() for name in names]))
    files = {quote(name): integrity((folder / name).read_bytes()) for name in site_files(folder)}
    version = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]
    write(WORKER, "worker.js", {"files": files, "version": version})


def list_files(site):
    write_offline_files(site.folder)
