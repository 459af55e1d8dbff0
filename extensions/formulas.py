"""Sphinx extension: formulas are typeset while the book is built, so a page loads no MathJax and nothing moves.

The MathJax of ``sphinx-mathjax-offline`` runs in ``quickjs-ng`` and turns each formula into an SVG, with MathML for
screen readers. A page holds the outline of each glyph once, and its formulas refer to it.
"""

import html
import importlib.util
import json
import re
from functools import cache
from pathlib import Path

import matplotlib
import quickjs
from docutils import nodes
from fontTools.ttLib import TTFont
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

MATHJAX = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
FILES = "startup core adaptors/liteDOM input/tex-full output/svg output/svg/fonts/tex a11y/assistive-mml".split()
SCRIPT = Path(__file__).with_suffix(".js")

CLOSING = tuple(",.;:!?)»…")
JOINER = "&#8288;"  # a line may break after a picture, but must not begin with a comma
WIDE = 17  # em; a wider formula may scroll on a phone, and the keyboard must be able to scroll it too
NOISE = re.compile(r' (data-[\w-]+|xmlns(:xlink)?|role|focusable|unselectable|jax|class(?==.MathJax.))="[^"]*"')
OUTLINES = '<svg id="ll-outlines" style="display: none" aria-hidden="true">'


class FormulaError(ValueError):
    """What MathJax says about wrong TeX."""


@cache
def mathjax():
    """A JavaScript engine with MathJax in it, started once for all formulas."""
    files = {f"{name}.js": (MATHJAX / f"{name}.js").read_text(encoding="utf-8") for name in FILES}
    context = quickjs.Context()
    context.eval(f"const files = {json.dumps(files)}, widths = {json.dumps(widths())};")
    context.eval(SCRIPT.read_text(encoding="utf-8"))
    while context.execute_pending_job():
        pass
    return context


def widths():
    """Widths of Latin and Cyrillic characters in em: those of DejaVu Sans, narrowed to match readers' usual fonts."""
    font = TTFont(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
    em, advances, names = font["head"].unitsPerEm, font["hmtx"], font.getBestCmap()
    return {chr(code): round(0.9 * advances[name][0] / em, 3) for code, name in names.items() if code < 0x530}


@cache
def typeset(tex, display):
    """The HTML of a formula: an SVG in units of the text around it, and hidden MathML."""
    if r"\\" in tex and r"\begin" not in tex:
        tex = rf"\begin{{split}}{tex}\end{{split}}"
    result = json.loads(mathjax().get("typeset")(tex, display))
    if "error" in result:
        raise FormulaError(result["error"])
    found = NOISE.sub("", result["html"]).replace(' style="position: relative;"', "").replace(" xlink:href=", " href=")
    if float(re.search(r' width="([\d.]+)em"', found)[1]) > WIDE:
        # The box that scrolls takes over the SVG's style: now the box, not the SVG, is placed on the line of text.
        found = re.sub(r'><svg( style="[^"]*")?', r' tabindex="0"\1><svg', found, count=1)
    return found


def formula(node, display):
    try:
        return typeset(node.astext(), display)
    except FormulaError as error:
        logger.warning("formula: %s in %s", error, node.astext().strip(), location=node, type="formula")
        return f"<code>{html.escape(node.astext())}</code>"


def visit_math(self, node):
    start = self.starttag(node, "span", "", CLASS="math notranslate nohighlight")
    after = node.next_node(descend=False, siblings=True)
    joiner = JOINER if isinstance(after, nodes.Text) and after.astext()[:1] in CLOSING else ""
    self.body.append(f"{start}{formula(node, display=False)}</span>{joiner}")
    raise nodes.SkipNode


def visit_math_block(self, node):
    self.body.append(self.starttag(node, "div", "", CLASS="math notranslate nohighlight"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append(f"{formula(node, display=True)}</div>\n")
    raise nodes.SkipNode


def add_outlines(site):
    """Give each page the outlines of the glyphs that its formulas refer to, also those in its menus and titles."""
    paths = dict(re.findall(r'(?=<path id="([^"]+)")(<path .*?</path>)', mathjax().get("outlines")()))
    for page, text in site.pages.items():
        glyphs = sorted(set(re.findall(r'<use href="#(MJX-[^"]+)"', text)))
        if glyphs and OUTLINES not in text:
            head, body, rest = re.split(r"(<body[^>]*>)", text, maxsplit=1)
            site.pages[page] = "".join([head, body, OUTLINES, *map(paths.get, glyphs), "</svg>", rest])


def setup(app):
    app.add_html_math_renderer("formulas", (visit_math, None), (visit_math_block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
