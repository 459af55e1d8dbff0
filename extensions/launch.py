"""Sphinx extension: buttons and links only where they lead somewhere, with Ukrainian words.

Colab and Binder need the repository's address. Downloads and JupyterLite stand beside the pages only after
`make publish`, which sets PUBLISHED: then the tag "published" lets the parts of a page through that ask for it.
"""

import os

GROUP = "Запустити цей зошит"
ENGLISH = {"Launch interactive content": GROUP, "Launch on ": "Відкрити на "}  # of the theme


def drop_dead_buttons(app, config):
    options = config.html_theme_options
    if not options.get("repository_url"):
        for name in ("launch_buttons", "repository_url", "repository_branch"):
            options.pop(name, None)


def translate(app, pagename, templatename, context, doctree):
    for group in context.get("header_buttons", ()):
        for button in (group, *group.get("buttons", ())):
            for english, ukrainian in ENGLISH.items():
                button["tooltip"] = button.get("tooltip", "").replace(english, ukrainian)


def setup(app):
    if os.environ.get("PUBLISHED"):
        app.tags.add("published")
    app.connect("config-inited", drop_dead_buttons)
    app.connect("html-page-context", translate, priority=503)  # the theme's buttons come at 501
    return {"parallel_read_safe": True, "parallel_write_safe": True}
