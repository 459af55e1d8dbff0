"""Sphinx extension: buttons that open the notebook of a page, with Ukrainian words, and only where they lead somewhere.

Colab and Binder need the repository's address. Downloads and JupyterLite are beside the pages only after
`make publish`, which sets PUBLISHED: then the tag "published" includes the parts of a page that ask for it.

JupyterLite also needs a server: a line of script in _config.yml gives the class ll-served to a page that comes from
one, and course.css hides the button on a page without that class.
"""

import os
from pathlib import PurePosixPath
from urllib.parse import quote

from extensions.lab import has_python

GROUP = "Запустити цей зошит"
ENGLISH = {"Launch interactive content": GROUP, "Launch on ": "Відкрити на "}  # of the theme
FIRST_LOAD = 27  # MB until the course is imported; tests/reach/test_jupyterlite_runs.py measures it
TEXT = f"У браузері: перше відкриття завантажить близько {FIRST_LOAD} МБ"
TOOLTIP = (
    "JupyterLite: цей зошит виконується у вашому браузері, встановлювати нічого не треба. "
    "Python і NumPy надходять із цього самого сайту."
)


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


def address(pagename):
    """Where JupyterLite opens the notebook of a page, from the top of the site."""
    notebook = PurePosixPath(pagename).relative_to("book").with_suffix(".ipynb")
    return f"lite/notebooks/index.html?path={quote(str(notebook))}"


def add_lite(app, pagename, templatename, context, doctree):
    if pagename not in app.env.found_docs or not app.env.doc2path(pagename).endswith(".ipynb"):
        return
    page, query = address(pagename).split("?")
    url = f"{context['pathto'](page, 1)}?{query}"
    words = {"text": TEXT, "tooltip": TOOLTIP}
    button = {"type": "link", "label": "launch-lite", "icon": "fas fa-play", "url": url, **words}
    groups = [group for group in context["header_buttons"] if group.get("label") == "launch-buttons"]
    if groups:
        groups[0]["buttons"].append(button)
    else:
        group = {"type": "group", "label": "launch-buttons", "icon": "fas fa-rocket", "tooltip": GROUP}
        context["header_buttons"].insert(0, group | {"buttons": [button]})


def setup(app):
    app.connect("config-inited", drop_dead_buttons)
    app.connect("html-page-context", translate, priority=502)  # the theme's buttons come at 501
    if os.environ.get("PUBLISHED"):
        app.tags.add("published")
        if has_python():
            app.connect("html-page-context", add_lite, priority=502)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
