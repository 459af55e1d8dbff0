"""Print the built site as PDFs:  python -m tools.paper

_build/html/downloads/course.pdf is the whole course, cheat-sheet.pdf the cheat sheet on one page. Both come from the
pages of _build/html, printed by the system's Chromium with the fonts that matplotlib brings, so that line and page
breaks are the same on every machine. The course is printed twice: only then do its contents know the page numbers.
"""

import io
import re
from pathlib import Path

import jinja2
import matplotlib
import pikepdf
import yaml

from tools.paper.document import read_part
from tools.shared import ROOT
from tools.shared.browser import start_chromium
from tools.shared.site import SITE, address_of_site
from tools.shared.toc import parts as parts_of_the_book

HERE = Path(__file__).parent
OUT = SITE / "downloads"
PICTURE = ROOT / "book" / "_static" / "hero.svg"
CHEAT_SHEET = "book/reference/cheat_sheet.html"
ANSWERS = "Відповіді й підказки"
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FACES = [  # family, file, weight, style
    ("Paper", "DejaVuSans", "400", "normal"),
    ("Paper", "DejaVuSans-Bold", "700", "normal"),
    ("Paper", "DejaVuSans-Oblique", "400", "italic"),
    ("Paper Serif", "DejaVuSerif", "400", "normal"),
    ("Paper Serif", "DejaVuSerif-Bold", "700", "normal"),
    ("Paper Mono", "DejaVuSansMono", "400", "normal"),
    ("Paper Mono", "DejaVuSansMono-Bold", "700", "normal"),
    ("Paper Mono", "DejaVuSansMono-Oblique", "400", "italic"),
]


def main():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    groups = [(caption, [f"{entry}.html" for entry in entries]) for caption, entries in parts_of_the_book()]
    names = {name for _, pages in groups for name in pages}
    address = config["html"].get("baseurl") or address_of_site(config["repository"]["url"])
    parts = {name: read_part(page_markup(name), name, names, ANSWERS, address) for name in sorted(names)}
    sheet = read_part(page_markup(CHEAT_SHEET), CHEAT_SHEET, {CHEAT_SHEET}, ANSWERS, address)
    fonts = "".join(map(font_face, FACES))
    shared = {"title": config["title"], "licence": config["html"]["extra_footer"], "address": address, "fonts": fonts}
    course = shared | {
        "contents": [(caption, [parts[name] for name in pages]) for caption, pages in groups],
        "picture": PICTURE.read_text(encoding="utf-8"),
    }
    with start_chromium() as chromium:
        first = print_pdf(chromium, "course", [*parts.values()], course | {"numbers": {}})
        numbered = print_pdf(chromium, "course", [*parts.values()], course | {"numbers": page_numbers(first)})
        one_page = print_pdf(chromium, "cheat_sheet", [sheet], shared | {"part": sheet})
    save(numbered, "course")
    save(one_page, "cheat-sheet", pages=1)


def page_markup(name):
    path = SITE / name
    if not path.is_file():
        raise SystemExit(f"{path} is missing: run make book first")
    return path.read_text(encoding="utf-8")


def font_face(face):
    family, file, weight, style = face
    source = (FONTS / f"{file}.ttf").as_uri()
    return f'@font-face {{font-family: "{family}"; src: url("{source}"); font-weight: {weight}; font-style: {style}}}\n'


def style_sheets(name):
    """The style sheets of the site, then our own."""
    links = re.findall(r'<link [^>]*?href="([^"?]+\.css)', page_markup(CHEAT_SHEET))
    paths = [(SITE / CHEAT_SHEET).parent.joinpath(link).resolve() for link in links]
    return [path.as_uri() for path in (*paths, HERE / "paper.css", HERE / f"{name}.css")]


def print_pdf(chromium, name, parts, content):
    """The bytes of the PDF that Chromium makes from the template ``name``."""
    outlines = {key: path for part in parts for key, path in part.outlines.items()}
    template = jinja2.Template((HERE / f"{name}.html").read_text(encoding="utf-8"), undefined=jinja2.StrictUndefined)
    glyphs = "".join(map(outlines.get, sorted(outlines)))
    document = template.render(content, outlines=glyphs, styles=style_sheets(name))
    path = ROOT / "_build" / "paper" / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document, encoding="utf-8")
    page = chromium.new_page(locale="uk-UA", color_scheme="light")
    page.goto(path.as_uri())
    page.evaluate("document.fonts.ready")
    pdf = page.pdf(tagged=True, outline=True, prefer_css_page_size=True, print_background=True)
    page.close()
    return pdf


def page_numbers(pdf):
    """{id: number of its page} for the targets of links."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        numbers = {page.objgen: number for number, page in enumerate(document.pages, start=1)}
        return {name[1:]: numbers[target[0].objgen] for name, target in document.Root.Dests.items()}


def save(pdf, name, pages=None):
    """Write a PDF without the browser's name and the time, packed: the same pages give the same bytes."""
    OUT.mkdir(exist_ok=True)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        if pages not in (None, len(document.pages)):
            raise SystemExit(f"{name}.pdf has {len(document.pages)} pages, expected {pages}: see tools/paper")
        for key in ("/Creator", "/CreationDate", "/ModDate"):
            del document.docinfo[key]
        packed = {"object_stream_mode": pikepdf.ObjectStreamMode.generate, "recompress_flate": True}
        document.save(OUT / f"{name}.pdf", deterministic_id=True, **packed)


if __name__ == "__main__":
    main()
