"""Sphinx extension: buttons and links only where they lead somewhere.

Colab and Binder need the repository's address. Downloads and JupyterLite stand beside the pages only after
`make publish`, which sets PUBLISHED: then the tag "published" lets the parts of a page through that ask for it.
"""

import os


def drop_dead_buttons(app, config):
    options = config.html_theme_options
    if not options.get("repository_url"):
        for name in ("launch_buttons", "repository_url", "repository_branch"):
            options.pop(name, None)


def setup(app):
    if os.environ.get("PUBLISHED"):
        app.tags.add("published")
    app.connect("config-inited", drop_dead_buttons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
