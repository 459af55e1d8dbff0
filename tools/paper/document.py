"""One document for paper from the built pages of the site: nothing here knows about a browser or a PDF.

The name of its page goes before every id, so that no two ids are equal, and a link to another page becomes a link
inside the document. What a reader opens with a click (answers, findings) moves to the end of its page, with links there
and back; what only a screen needs is removed.
"""

import posixpath
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin, urlsplit

from bs4 import BeautifulSoup

from tools.paper.formula_text import formula_text

SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
SCREEN_ONLY = (
    ".headerlink, details.hide, button, .ll-act, .ll-clear, .ll-feedback, .ll-explore noscript, "
    'p:has(> a[href*="/downloads/"])'  # where else to get what the reader holds
)
REFERRING = ("for", "aria-labelledby", "aria-describedby")
SHARED = "MJX-"  # outlines of glyphs, the same on every page
LOCAL_URL = re.compile(r"url\(#([^)]+)\)")


@dataclass(frozen=True)
class Part:
    """A page of the site as a part of the document."""

    anchor: str
    title: str
    sections: list  # (anchor, title)
    markup: str = field(repr=False)
    outlines: dict = field(repr=False)  # {id: markup} of the glyphs to which its formulas refer


def anchor_of(name):
    """The id of a page in the document: ``reference-notation`` for book/reference/notation.html."""
    return name.removeprefix("book/").removesuffix(".html").replace("/", "-")


def link_target(href, name, names, address=""):
    """Where a link on the page ``name`` leads from the document, or None when it would lead nowhere.

    ``names`` are the pages in the document, ``address`` is that of the published site, empty while it has none.
    """
    if urlsplit(href).scheme:
        return href
    path, _, fragment = href.partition("#")
    page = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(path))) if path else name
    if page in names:
        return f"#{anchor_of(page)}" + (f".{fragment}" if fragment else "")
    return urljoin(address, f"{page}#{fragment}" if fragment else page) if address else None


def read_part(markup, name, names, answers, address=""):
    """The article of the built page ``name`` as a part of the document; ``answers`` is the heading over its answers."""
    soup = BeautifulSoup(SCRIPT.sub("", markup), "html.parser")
    article = soup.select_one("article.bd-article")
    if article is None or article.h1 is None:
        raise ValueError(f'{name}: expected a page of the site with <article class="bd-article"> and <h1>')
    for element in article.select(SCREEN_ONLY):
        element.decompose()
    describe_formulas(article)
    move_answers(soup, article, answers)
    anchor = article["id"] = anchor_of(name)
    put_ids_under(anchor, article)
    for link in article.select("a[href]"):
        target = link_target(link["href"], name, names, address)
        if target is None:
            link.unwrap()
        else:
            link["href"] = target
    sections = [(h2.parent["id"], " ".join(h2.get_text().split())) for h2 in article.find_all("h2")]
    outlines = {path["id"]: str(path) for path in soup.select("#ll-outlines path")}
    return Part(anchor, " ".join(article.h1.get_text().split()), sections, str(article), outlines)


def describe_formulas(article):
    """Give the picture of each formula its text: a PDF keeps that for screen readers, but loses the MathML."""
    for box in article.select("mjx-assistive-mml"):
        picture = box.parent.svg
        picture["role"], picture["aria-label"] = "img", formula_text(box.math)
        del picture["aria-hidden"]
        box.decompose()


def move_answers(soup, article, heading):
    """Move what waits behind a click to the end of the page, number it, and link both places."""
    hidden = article.find_all("details")
    if not hidden:
        return
    end = soup.new_tag("section", id="answers", attrs={"class": "answers"})
    end.append(soup.new_tag("h2", string=heading))
    for number, details in enumerate(hidden, start=1):
        title = details.summary.extract().get_text().strip()
        asked = soup.new_tag("p", id=f"question-{number}", attrs={"class": "question-link"})
        asked.append(soup.new_tag("a", href=f"#answer-{number}", string=f"{title} → {number}"))
        answer = soup.new_tag("div", id=f"answer-{number}", attrs={"class": "answer"})
        back = soup.new_tag("p")
        back.append(soup.new_tag("a", href=f"#question-{number}", string=f"{number}. {title}"))
        answer.extend([back, *list(details.children)])
        end.append(answer)
        waiting = details.parent if details.parent.name == "noscript" else details
        waiting.replace_with(asked)
    article.find("section").append(end)


def put_ids_under(anchor, article):
    """Put the page's name before every id inside the article, and before every reference to one except links."""
    for element in article.find_all(True):
        if "id" in element.attrs:
            element["id"] = f"{anchor}.{element['id']}"
        for attribute in REFERRING:
            if attribute in element.attrs:
                element[attribute] = " ".join(f"{anchor}.{name}" for name in element[attribute].split())
        for attribute, value in element.attrs.items():
            if isinstance(value, str) and "url(#" in value:
                element[attribute] = LOCAL_URL.sub(rf"url(#{anchor}.\1)", value)
        if element.name == "use" and not element["href"].startswith(f"#{SHARED}"):
            element["href"] = f"#{anchor}.{element['href'][1:]}"
        if element.name == "input" and "name" in element.attrs:
            element["name"] = f"{anchor}.{element['name']}"
