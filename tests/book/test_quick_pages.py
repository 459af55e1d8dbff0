"""The pages' one stylesheet holds every rule that a page can use; scripts wait until the page is read."""

from types import SimpleNamespace

import pytest
from sphinx.errors import ExtensionError

from extensions import quick_pages
from extensions.finishing import Site

PAGE = """<head>
  <link rel="stylesheet" href="{up}_static/a.css?v=1" />
<link href="{up}_static/styles/b.css" rel="stylesheet" />
<script src="{up}_static/documentation_options.js?v=2"></script><link rel="icon" href="i.svg"/></head>{body}"""
CODE = '<div class="highlight-python"></div>'
A = '@import "base.css";\n.used:hover, .gone > p { color: red }\n@media print { .gone { color: red } }'
B = ".used { background: url(../dot.svg) } .used { mask: url('data:x') } .sm\\:wide, #here:not(.gone) { width: 1px }"


@pytest.fixture
def site(tmp_path):
    files = {
        "_static/a.css": A,
        "_static/base.css": "html { margin: 0 }",
        "_static/styles/b.css": B,
        "_static/documentation_options.js": "const OPTIONS = {};",
        "_static/app.js": "element.classList.add('by-script')",
        "index.html": "<p>",
        "search.html": PAGE.format(up="", body='<p class="used">'),
        "book/a.html": PAGE.format(up="../", body='<p id="here">'),
        "lite/index.html": '<link rel="stylesheet" href="lite.css" /><p class="gone">',
        "lite/app.js": "element.classList.add('gone')",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def build(site):
    built = Site(SimpleNamespace(outdir=site))
    for step in (quick_pages.join_stylesheets, quick_pages.defer_scripts, Site.write_pages):
        step(built)
    return (site / "_static/styles/site.css").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "selector, needed",
    [
        ("p.note > #here a:hover", {"note", "here"}),
        (".a:not(.b .c):is(.d, :has(.e))", {"a"}),
        (".sm\\:wide", {"sm:wide"}),
        ('a[href$=".pdf"]', set()),
        ("h1 + p", set()),
    ],
)
def test_a_selector_needs_its_classes_and_ids(selector, needed):
    assert quick_pages.names(selector) == needed


def test_rules_that_can_match_stay_and_others_go(site):
    sheet = build(site)
    assert sheet.index("margin") < sheet.index("color") < sheet.index("background")
    assert ".used:hover{" in sheet and "#here:not(.gone){" in sheet
    assert ".gone >" not in sheet and "@media" not in sheet and "wide" not in sheet
    assert "url(../dot.svg)" in sheet and 'url("data:x")' in sheet


def test_each_page_names_the_one_sheet_where_the_first_stood(site):
    build(site)
    for name, up in (("search.html", ""), ("book/a.html", "../")):
        html = (site / name).read_text(encoding="utf-8")
        assert html.count('rel="stylesheet"') == 1
        assert f'<link rel="stylesheet" href="{up}_static/styles/site.css?v=' in html
        assert "<script>const OPTIONS = {};</script>" in html and 'rel="icon"' in html


def test_what_stands_beside_the_site_stays_as_it_is(site):
    before = (site / "lite/index.html").read_text(encoding="utf-8")
    assert ".gone >" not in build(site)
    assert (site / "lite/index.html").read_text(encoding="utf-8") == before


def test_a_second_build_that_writes_one_page_renews_the_sheet_of_all(site):
    before = build(site)
    assert "by-script" not in before
    (site / "_static/a.css").write_text(A + ".by-script { color: red }", encoding="utf-8")
    (site / "_static/styles/b.css").write_text(B, encoding="utf-8")
    (site / "search.html").write_text(PAGE.format(up="", body="<p>"), encoding="utf-8")
    after = build(site)
    assert ".by-script{" in after and "#here" in after and ".used" not in after
    versions = {(site / name).read_text().split("site.css?v=")[1][:8] for name in ("search.html", "book/a.html")}
    assert len(versions) == 1
    assert build(site) == after


def test_pages_with_different_stylesheets_are_an_error(site):
    page = site / "search.html"
    page.write_text(page.read_text().replace("a.css", "c.css"), encoding="utf-8")
    with pytest.raises(ExtensionError, match=r"c\.css"):
        build(site)


@pytest.mark.parametrize(
    "before, after",
    [
        ('<script src="a.js"></script>', '<script defer src="a.js"></script>'),
        ('<script defer src="a.js"></script>', '<script defer src="a.js"></script>'),
        ('<script type="module" src="a.js"></script>', '<script type="module" src="a.js"></script>'),
        ("<script>let a = 1;</script>", "<script>let a = 1;</script>"),
        ('<script src="x/copybutton.js?v=1"></script>', ""),
        ('<script src="x/copybutton.js"></script>' + CODE, '<script defer src="x/copybutton.js"></script>' + CODE),
    ],
)
def test_scripts_wait_and_those_without_work_go(before, after):
    assert quick_pages.lean_scripts(before, "") == after
