"""Sphinx extension: Ukrainian words where a theme or an extension leaves no other way to set them.

Most strings stand in ``extensions/locale/uk`` (gettext) and in ``_config.yml``; templates with fixed English are
replaced by ours in ``extensions/templates``.
"""

from pathlib import Path

from sphinx.errors import ExtensionError

COPY_BUTTON = """const messages = {
  'uk': {
    'copy': 'Скопіювати',
    'copy_to_clipboard': 'Скопіювати код',
    'copy_success': 'Скопійовано',
    'copy_failure': 'Не вдалося скопіювати',
  },"""


def translate_copy_button(app, exception):
    """sphinx-copybutton keeps its words in its script and has no Ukrainian."""
    if exception is not None or app.builder.format != "html":
        return
    script = Path(app.outdir) / "_static" / "copybutton.js"
    before = script.read_text(encoding="utf-8")
    after = before if COPY_BUTTON in before else before.replace("const messages = {", COPY_BUTTON, 1)
    if "'uk'" not in after:
        raise ExtensionError("copybutton.js has no `const messages = {`: see extensions/ukrainian.py")
    script.write_text(after, encoding="utf-8")


def add_templates(app, config):
    config.templates_path.insert(0, str(Path(__file__).parent / "templates"))


def drop_english_label(app, pagename, templatename, context, doctree):
    """myst-nb names the line that opens hidden code in English; without that name its Ukrainian text is read aloud."""
    if "body" in context:
        context["body"] = context["body"].replace(' aria-label="Toggle hidden content"', "")


def setup(app):
    app.connect("config-inited", add_templates, priority=400)
    app.connect("html-page-context", drop_english_label)
    app.connect("build-finished", translate_copy_button, priority=700)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
