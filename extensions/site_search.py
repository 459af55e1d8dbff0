"""Sphinx extension: the search of the site, in Ukrainian, with excerpts, also on pages that are opened as files.

Sphinx's own search knows no Ukrainian, leads to the top of a long page and fetches whole pages for their excerpts,
which a browser does not allow between files. Here ``site_search/words.js`` decides whether two forms are the same word,
``site_search/find.js`` ranks the sections of the pages, and ``site_search/page.js`` shows them. Their texts come from
the built pages, so they hold what a reader sees. The search page loads them when there is a query.
"""

import html
import json
import re
import shutil
from pathlib import Path

from bs4 import BeautifulSoup, NavigableString

from tools.shared.glossary import terms

SCRIPTS = Path(__file__).with_suffix("")
PLACE = Path("_static") / "search"
UNUSED = ("searchindex.js", "_static/searchtools.js", "_static/language_data.js")  # Sphinx's

PICTURES = re.compile(r"<(svg|script|style|noscript)\b.*?</\1>", flags=re.DOTALL)
FORMULA = re.compile(r"<mjx-container\b.*?</mjx-container>", flags=re.DOTALL)
MATHML = re.compile(r"<math\b.*?</math>", flags=re.DOTALL)
# Without its layout such a formula reads as something else.
LAID_OUT = re.compile(r"<m(frac|sqrt|root|under|over|underover|sup|subsup|table)\b")
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u2060\u2061\u2062\u2063\u2064"))
LONGEST_FORMULA = 20  # characters
INLINE = {"a", "abbr", "b", "code", "em", "i", "kbd", "small", "span", "strong", "sub", "sup"}
NOT_TEXT = {"button", "input", "nav", "output", "section", "select", "summary"}
NOT_TEXT_CLASSES = {"headerlink", "eqno"}


def readable(formula):
    """A short inline formula as one would type it; dots in place of any other."""
    mathml = MATHML.search(formula[0])[0]
    text = "".join(html.unescape(re.sub("<[^>]*>", "", mathml)).translate(UNSEEN).split())
    typed = 'display="true"' not in formula[0] and not LAID_OUT.search(mathml) and len(text) <= LONGEST_FORMULA
    return html.escape(text) if typed else "…"


def pieces(element):
    """The text of an element without its subsections; line breaks separate paragraphs, cells and programs."""
    for child in element.children:
        if type(child) is NavigableString:
            yield re.sub(r"\s+", " ", child.translate(UNSEEN))
        elif child.name and child.name not in NOT_TEXT and not NOT_TEXT_CLASSES & set(child.get("class", ())):
            yield from pieces(child) if child.name in INLINE else ("\n", *pieces(child), "\n")


def text_of(element):
    return re.sub(r" *\n\s*", "\n", re.sub(" +", " ", "".join(pieces(element)))).strip()


def sections(page):
    """[id, title, text] of each section of a page, given as HTML; the first one is the page itself."""
    article = page[page.index("<article") : page.rindex("</article>")]
    soup = BeautifulSoup(PICTURES.sub(" ", FORMULA.sub(readable, article)), "html.parser")
    found = []
    for section in soup.find_all("section"):
        title = section.find(re.compile("^h[1-6]$"), recursive=False).extract()
        found.append([section["id"] if found else "", text_of(title), text_of(section)])
    return found


def instead():
    """[words that the course does not use, term that it uses] of the glossary, for those who search with the former."""
    rows = [row for row in terms() if row["meaning"]]
    pairs = [(row["ukrainian"], pattern) for row in rows for pattern, but in row["never"] if not but]
    return [[pattern, re.sub(r" \([^)]*\)", "", term)] for term, pattern in pairs]


def write_texts(site):
    pages = []
    for name in sorted(site.app.env.found_docs):
        page = Path(site.app.builder.get_outfilename(name)).relative_to(site.folder).as_posix()
        if parts := sections(site.pages[page]):
            pages.append({"url": site.app.builder.get_target_uri(name), "title": parts[0][1], "sections": parts})
    place = site.folder / PLACE
    shutil.copytree(SCRIPTS, place, dirs_exist_ok=True)
    texts = json.dumps({"pages": pages, "instead": instead()}, ensure_ascii=False, separators=(",", ":"))
    for name in UNUSED:
        (site.folder / name).unlink(missing_ok=True)
    (place / "texts.js").write_text(f"var courseTexts = {texts};\n", encoding="utf-8")


def replace_search(app):
    if app.builder.format == "html":
        app.builder.search = False  # Sphinx writes no index


def search_page(app):
    return [("search", {}, "search.html")]


def setup(app):
    app.connect("builder-inited", replace_search)
    app.connect("html-collect-pages", search_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
