"""Sphinx extension: a table that is wider than a phone scrolls by itself, by keyboard as well, and says what it is.

The theme's script takes the box of a table that needs no scrolling out of the order of the Tab key.
"""

BOX = '<div class="pst-scrollable-table-container"'


def name_boxes(app, pagename, templatename, context, doctree):
    if "body" in context:
        context["body"] = context["body"].replace(f"{BOX}>", f'{BOX} tabindex="0" role="group" aria-label="Таблиця">')


def setup(app):
    app.connect("html-page-context", name_boxes)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
