"""Pack the built site into a zip that works from a disk, without a server:  python -m tools.site_zip

The files are in one folder of the zip, with Python for the pages; readers start at its ``index.html``. PDF files that
are already in ``downloads`` are packed too, since pages link to them. The same site gives the same zip, byte for byte.
"""

import zipfile
from pathlib import Path

from tools.shared.site import COURSE, SITE, python_files, site_files

ZIP = Path("downloads") / "course-offline.zip"
LARGEST = 40_000_000  # bytes
OLDEST = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
READABLE = 0o100644 << 16


def pack(site, target, largest=LARGEST):
    """Write the zip of ``site`` to ``target`` and return its size in bytes; a larger one is refused: ValueError."""
    site, target = Path(site), Path(target)
    papers = sorted(path.relative_to(site).as_posix() for path in site.glob("downloads/*.pdf"))
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    try:
        with zipfile.ZipFile(unfinished, "w") as archive:
            for name in [*site_files(site), *python_files(site, "file"), *papers]:
                entry = zipfile.ZipInfo(f"{COURSE}/{name}", OLDEST)
                entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, READABLE
                archive.writestr(entry, (site / name).read_bytes(), compresslevel=9)
        size = unfinished.stat().st_size
        if size > largest:
            raise ValueError(f"site: expected a zip of at most {largest} bytes, got {size}")
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return size


def main():
    size = pack(SITE, SITE / ZIP)
    print(f"The site in one file, {size / 1e6:.1f} MB: {SITE / ZIP}")


if __name__ == "__main__":
    main()
