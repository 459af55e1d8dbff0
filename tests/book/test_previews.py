"""Addresses, tags and pictures that a link to a page brings along."""

import io
from types import SimpleNamespace

import pytest
from docutils import nodes
from PIL import Image

from extensions import previews
from tools.shared import ROOT

BASE = "https://somebody.github.io/course/"
SENTENCE = "Як поширити «похідну» назад & скільки це коштує."


@pytest.mark.parametrize(
    "repository, given, address",
    [
        ("https://github.com/Somebody/course", "", BASE),
        ("https://github.com/somebody/course.git", "", BASE),
        ("https://github.com/somebody/course/", "", BASE),
        ("https://github.com/somebody/somebody.github.io", "", "https://somebody.github.io/"),
        ("https://gitlab.com/somebody/course", "", ""),
        (None, "", ""),
        ("https://github.com/somebody/course", "https://course.org/", "https://course.org/"),
    ],
)
def test_the_address_of_the_site_follows_from_that_of_the_repository_unless_it_is_given(repository, given, address):
    config = SimpleNamespace(html_baseurl=given, html_theme_options={"repository_url": repository})
    previews.set_address(None, config)
    assert config.html_baseurl == address


def page_with(out, address, sentence=SENTENCE):
    """The tags that a page gets."""
    document = nodes.document(None, None)
    if sentence:
        document += nodes.meta(name="description", content=sentence)
    app = SimpleNamespace(
        config=SimpleNamespace(html_baseurl=address, html_title="Курс"),
        env=SimpleNamespace(titles={"book/02_losses": nodes.title(text="2. Функції втрат")}),
        outdir=out,
    )
    context = {"metatags": "", "pageurl": address and f"{address}book/02_losses.html"}
    previews.add_tags(app, "book/02_losses", "page.html", context, document)
    return context["metatags"]


def test_without_an_address_nothing_is_drawn_and_nothing_is_absolute(tmp_path):
    found = page_with(tmp_path, "")
    assert 'property="og:title" content="2. Функції втрат"' in found
    assert 'content="Як поширити «похідну» назад &amp; скільки це коштує."' in found
    assert "https://" not in found and "image" not in found
    assert not list(tmp_path.iterdir())
    assert page_with(tmp_path, BASE, sentence="") == ""


def test_with_an_address_the_picture_is_drawn_once(tmp_path, monkeypatch):
    (tmp_path / "social").mkdir()
    (tmp_path / "social" / "book-02_losses-00000000.png").write_bytes(b"of an older title")
    found = page_with(tmp_path, BASE)
    (picture,) = (tmp_path / "social").iterdir()
    assert f'<meta property="og:image" content="{BASE}social/{picture.name}" />' in found
    assert f'<meta property="og:url" content="{BASE}book/02_losses.html" />' in found
    assert 'og:image:alt" content="2. Функції втрат. На рисунку крива втрати' in found
    monkeypatch.delattr(previews.preview_pictures, "picture")
    assert page_with(tmp_path, BASE) == found


@pytest.mark.parametrize("page", ["book/04_optimizers", "book/07_digits", "book/reference/teachers"])
def test_a_picture_is_small_and_has_the_size_that_is_said(page):
    found = previews.preview_pictures.picture(page, "4. Дуже довга назва розділу, що займає кілька рядків")
    assert len(found) < 60_000
    with Image.open(io.BytesIO(found)) as picture:
        assert picture.size == (1200, 630)
        edge = picture.convert("RGB").crop((0, 0, 40, 630))
        assert len(edge.getcolors()) == 1, "the words leave the picture on the left"


def test_every_chapter_has_a_motif_of_its_own():
    chapters = sorted(path.stem for path in ROOT.glob("book/0*.ipynb"))
    assert sorted(previews.preview_pictures.MOTIFS) == chapters
    assert len({draw for draw, _ in previews.preview_pictures.MOTIFS.values()}) == len(chapters)


def test_the_sitemap_names_every_page(tmp_path):
    app = SimpleNamespace(
        config=SimpleNamespace(html_baseurl=BASE),
        env=SimpleNamespace(found_docs={"book/index", "book/02_losses"}),
    )
    site = SimpleNamespace(app=app, folder=tmp_path)
    previews.write_sitemap(site)
    assert f"<loc>{BASE}book/02_losses.html</loc>" in (tmp_path / "sitemap.xml").read_text(encoding="utf-8")
    app.config.html_baseurl = ""
    (tmp_path / "sitemap.xml").unlink()
    previews.write_sitemap(site)
    assert not list(tmp_path.iterdir())
