"""Sphinx extension: mends what the theme and other extensions leave in English, or out of the keyboard's reach.

Most strings are in ``extensions/locale/uk`` (gettext) and in ``_config.yml``; our templates in
``extensions/templates`` replace those with fixed English.
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
    # A table wider than a phone scrolls in its own box, by keyboard too, and says what it is. The theme's script takes
    # the boxes that need no scrolling out of the order of the Tab key.
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
