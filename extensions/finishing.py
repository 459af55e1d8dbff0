"""Sphinx extension: the steps that finish the whole site once its pages are built, in a fixed order.

The pages are read once, changed in memory by one step after the other, and written once.
"""

import hashlib
from pathlib import Path

from extensions.formulas import add_outlines
from extensions.icons import cut_icons
from extensions.lab import write_python
from extensions.previews import write_sitemap
from extensions.quick_pages import defer_scripts, join_stylesheets
from extensions.service_worker import write_offline_files
from extensions.site_search import write_texts
from extensions.theme_fixes import translate_copy_button
from tools.shared.site import site_files


class Site:
    """The built site: its ``folder``, its ``pages`` {path below the folder: HTML}, and the ``app`` of Sphinx."""

    def __init__(self, app):
        self.app, self.folder = app, Path(app.outdir)
        names = [name for name in site_files(self.folder) if name.endswith(".html") and not name.startswith("_static/")]
        self.pages = {name: (self.folder / name).read_text(encoding="utf-8") for name in names}
        self._read = self.pages.copy()

    def write_pages(self):
        for name, text in self.pages.items():
            if text != self._read[name]:
                (self.folder / name).write_text(text, encoding="utf-8", newline="\n")


def drop_removed_pages(site):
    """Delete pages that are no longer in the book: Sphinx leaves them, and readers would go on finding them."""
    sources = site.folder / "_sources"
    for source in [path for path in sources.rglob("*") if path.is_file()]:
        docname = source.relative_to(sources).with_suffix("").as_posix()
        if docname not in site.app.env.found_docs:
            source.unlink()
            (site.folder / f"{docname}.html").unlink(missing_ok=True)
            site.pages.pop(f"{docname}.html", None)


STEPS = (
    drop_removed_pages,  # first: no other step looks at a page that has left the book
    write_sitemap,
    add_outlines,
    write_texts,  # before the stylesheets: it adds our search scripts, which name classes, and removes Sphinx's
    cut_icons,  # before the stylesheets: it rewrites one of them, and removes a script
    translate_copy_button,
    join_stylesheets,  # after everything that adds or removes pages, classes in them, or scripts
    defer_scripts,
    write_python,  # after the stylesheets: its scripts name no class of a page
    Site.write_pages,  # after everything that changes pages
    lambda site: write_offline_files(site.folder),  # last: it takes the hash of every file
)


def finish(app, exception):
    if exception is None and app.builder.format == "html":
        site = Site(app)
        for step in STEPS:
            step(site)


def note_sources(app, config):
    """A changed extension, style or script makes Sphinx write all pages again: finished pages cannot take it in."""
    folders = (Path(__file__).parent, *(Path(app.confdir, name) for name in config.html_static_path))
    sources = (path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".js", ".css"))
    config.pages_finished_by = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()


def setup(app):
    app.add_config_value("pages_finished_by", "", "html", [str])
    app.connect("config-inited", note_sources)
    app.connect("build-finished", finish, priority=800)  # after the theme, which writes a stylesheet at 500
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
