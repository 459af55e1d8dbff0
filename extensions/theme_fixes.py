"""Sphinx extension: what the theme and other extensions leave in English, or out of reach of the keyboard.

Most strings stand in ``extensions/locale/uk`` (gettext) and in ``_config.yml``; templates with fixed English are
replaced by ours in ``extensions/templates``.
"""

from sphinx.errors import ExtensionError

COPY_BUTTON = """const messages = {
  'uk': {
    'copy': 'Скопіювати',
    'copy_to_clipboard': 'Скопіювати код',
    'copy_success': 'Скопійовано',
    'copy_failure': 'Не вдалося скопіювати',
  },"""
BODY = {
    # myst-nb names the line that opens hidden code in English; without that name its Ukrainian text is read aloud.
    ' aria-label="Toggle hidden content"': "",
    # A table that is wider than a phone scrolls by itself, by keyboard as well, and says what it is. The theme's script
    # takes the box of a table that needs no scrolling out of the order of the Tab key.
    '<div class="pst-scrollable-table-container">': (
        '<div class="pst-scrollable-table-container" tabindex="0" role="group" aria-label="Таблиця">'
    ),
}


def translate_copy_button(site):
    """sphinx-copybutton keeps its words in its script and has no Ukrainian."""
    script = site.folder / "_static" / "copybutton.js"
    before = script.read_text(encoding="utf-8")
    after = before if COPY_BUTTON in before else before.replace("const messages = {", COPY_BUTTON, 1)
    if "'uk'" not in after:
        raise ExtensionError("copybutton.js has no `const messages = {`: see extensions/theme_fixes.py")
    script.write_text(after, encoding="utf-8")


def mend(app, pagename, templatename, context, doctree):
    if "body" in context:
        for theirs, ours in BODY.items():
            context["body"] = context["body"].replace(theirs, ours)


def setup(app):
    app.connect("html-page-context", mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
