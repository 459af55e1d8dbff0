"""Sphinx extension: from the page of a notebook to the same notebook in JupyterLite, in the menu of launch buttons.

JupyterLite stands beside the pages after `make publish` alone. It needs a server: course.css hides the button on a page
opened as a file, which lacks the class ll-served that a line of script in _config.yml sets.
"""

from pathlib import PurePosixPath
from urllib.parse import quote

from launch import GROUP

FIRST_LOAD = 27  # MB until the course is imported; tests/reach/test_jupyterlite_runs.py measures it
TEXT = f"У браузері: перше відкриття завантажить близько {FIRST_LOAD} МБ"
TOOLTIP = (
    "JupyterLite: цей зошит виконується у вашому браузері, встановлювати нічого не треба. "
    "Python і NumPy надходять із cdn.jsdelivr.net."
)


def address(pagename):
    """Where JupyterLite opens the notebook of a page, from the top of the site."""
    notebook = PurePosixPath(pagename).relative_to("book").with_suffix(".ipynb")
    return f"lite/notebooks/index.html?path={quote(str(notebook))}"


def add_button(app, pagename, templatename, context, doctree):
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


def connect(app, config):
    if app.tags.has("published"):
        app.connect("html-page-context", add_button, priority=502)  # the theme's own buttons come at 501


def setup(app):
    app.connect("config-inited", connect)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
