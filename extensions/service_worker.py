"""Lets a reader keep the site on a device. The last step of a build writes two files beside the pages:

``sw.js``       the service worker (``service_worker/worker.js``) with the list of the site's files and their hashes
``offline.js``  the switch on the first page (``service_worker/switch.js``) with what it costs

A reader who does not ask for it loads no worker. ``tools/site_zip.py`` packs the same files into a zip.
"""

import base64
import hashlib
import json
import zlib
from pathlib import Path
from urllib.parse import quote

from tools.shared.site import COURSE, WORKER, python_files, site_files

CODE = Path(__file__).with_suffix("")
SWITCH = "offline.js"


def integrity(content):
    """The SHA-256 of a file as browsers check it: https://www.w3.org/TR/sri/"""
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


def costs(contents):
    """How many files there are, and their megabytes in transfer (deflated, as servers send them) and on the device."""
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

    def contents(names):
        return [(folder / name).read_bytes() for name in names]

    python = python_files(folder)
    site = costs(contents(name for name in site_files(folder) if name != SWITCH))
    write(SWITCH, "switch.js", site | {"python": costs(contents(python))})
    files, more = (
        {quote(name): integrity((folder / name).read_bytes()) for name in names}
        for names in (site_files(folder), python)
    )
    version = hashlib.sha256(json.dumps([files, more], sort_keys=True).encode()).hexdigest()[:16]
    write(WORKER, "worker.js", {"files": files, "python": more, "version": version})
