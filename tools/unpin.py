"""Let every pinned package rise to its newest release:  python -m tools.unpin requirements.txt …

For the weekly run, which asks whether the course works with them. Known limits stay.
"""

import re
import sys
from pathlib import Path

PIN = re.compile(r"(?m)^([\w.-]+(?:\[[\w,-]+\])?)==([\w.]+)")
BELOW = {"jupyter-book": "2"}  # 2.x does not build from _config.yml and _toc.yml


def unpinned(text):
    """The text of a requirements file in which ``name==1.2`` is ``name>=1.2``, below the known limits."""

    def lower_bound(match):
        name, version = match.groups()
        return f"{name}>={version}" + (f",<{BELOW[name]}" if name in BELOW else "")

    return PIN.sub(lower_bound, text)


def main(paths):
    for path in map(Path, paths):
        path.write_text(unpinned(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
