"""Sphinx extension: what others see of a page before they open it, in search results and beside a link in a message.

The sentence is the page's own (``html_meta`` in its front matter or in the notebook's metadata). Addresses of pages and
pictures must be absolute, so these and the sitemap exist only once the repository has an address. The address of its
GitHub Pages follows from it; `baseurl` below `html` in _config.yml names another.
"""

import hashlib
from html import escape
from pathlib import Path
from urllib.parse import quote

from docutils import nodes

from extensions import preview_pictures
from tools.shared.site import PREVIEWS, address_of_site

SEARCH = "Пошук у курсі «Від правила ланцюга до Adam»: знаходить розділи, вправи й довідку за будь-якою формою слова."


def set_address(app, config):
    config.html_baseurl = config.html_baseurl or address_of_site(config.html_theme_options.get("repository_url") or "")


def tags(page, title, sentence, course, address="", picture=""):
    """The meta tags of a page, as HTML; without an address only the tags that need none."""
    found = {
        "og:type": "website" if page == "book/index" else "article",
        "og:locale": "uk_UA",
        "og:site_name": course,
        "og:title": title,
        "og:description": sentence,
    }
    if address:
        alt = f"{title}. На рисунку {preview_pictures.motif(page)[1]}."
        size = {"og:image:width": preview_pictures.WIDTH, "og:image:height": preview_pictures.HEIGHT}
        found |= {"og:url": address, "og:image": picture, **size, "og:image:alt": alt}
    lines = [f'<meta property="{name}" content="{escape(str(value))}" />' for name, value in found.items()]
    if address:
        lines.append('<meta name="twitter:card" content="summary_large_image" />')
    return "".join(f"\n    {line}" for line in lines)


def picture_of(out, page, title):
    """The path of a page's picture below ``out``; the picture is drawn if it is not there."""
    drawn_by = Path(preview_pictures.__file__).read_bytes()
    version = hashlib.sha256(drawn_by + title.encode()).hexdigest()[:8]
    path = f"{PREVIEWS}/{page.replace('/', '-')}-{version}.png"
    if not (out / path).is_file():
        (out / PREVIEWS).mkdir(exist_ok=True, parents=True)
        for old in (out / PREVIEWS).glob(f"{page.replace('/', '-')}-*.png"):
            old.unlink()
        (out / path).write_bytes(preview_pictures.picture(page, title))
    return path


def add_tags(app, pagename, templatename, context, doctree):
    if pagename == "search":
        context["metatags"] = f'\n    <meta name="description" content="{SEARCH}" />'
    found = doctree.findall(nodes.meta) if doctree else ()
    sentence = next((node["content"] for node in found if node.get("name") == "description"), None)
    if sentence is None:
        return
    title, picture = app.env.titles[pagename].astext(), ""
    if base := app.config.html_baseurl:
        picture = base.rstrip("/") + "/" + quote(picture_of(Path(app.outdir), pagename, title))
    context["metatags"] += tags(pagename, title, sentence, app.config.html_title, context["pageurl"] or "", picture)


def write_sitemap(site):
    base = site.app.config.html_baseurl.rstrip("/")
    if not base:
        return
    places = "".join(f"<url><loc>{base}/{quote(page)}.html</loc></url>\n" for page in sorted(site.app.env.found_docs))
    head = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    (site.folder / "sitemap.xml").write_text(f"{head}{places}</urlset>\n", encoding="utf-8", newline="\n")


def setup(app):
    app.connect("config-inited", set_address)
    app.connect("html-page-context", add_tags)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
