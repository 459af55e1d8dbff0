"""`make audit` notices what it looks for: it names each fault that is put into a page of the built site."""

import shutil

import pytest

from tools import audit
from tools.shared.browser import find_browser, start_chromium
from tools.shared.server import serve

PAGE = "book/reference/notation.html"
SLOW = "<script>for (const start = Date.now(); Date.now() - start < 900;);</script>"
BLOCKING = '<script src="../../late.js"></script>'

FAULTS = {
    "contrast": ("</article>", '<p style="color: #999; background: #aaa">Блідо</p></article>', "color-contrast"),
    "label": ("</article>", "<button></button></article>", "button-name"),
    "alt text": ("</article>", '<img src="../_static/logo.svg"></article>', "image-alt"),
    "description": ('name="description"', 'name="other"', "meta-description"),
    "script": ("</article>", f"{SLOW * 3}</article>", "total-blocking-time"),
    "waiting": ("</head>", f"{BLOCKING}</head>", "first-contentful-paint"),
}


@pytest.fixture
def lighthouse(do_without):
    if shutil.which("node") is None or not (audit.SCRIPT.parent / "node_modules" / "lighthouse").is_dir():
        do_without("no Lighthouse: make audit installs it")
    if not find_browser():
        do_without("no browser on this machine")
    return audit.lighthouse


@pytest.fixture
def copy(site, tmp_path):
    shutil.copytree(site / "_static", tmp_path / "_static")
    (tmp_path / "late.js").write_text("/* " + "x7q" * 300_000 + " */" + "".join(map(str, range(200_000))))
    (tmp_path / PAGE).parent.mkdir(parents=True)
    shutil.copy(site / PAGE, tmp_path / PAGE)
    return tmp_path


@pytest.mark.parametrize("fault", FAULTS)
def test_lighthouse_notices_a_fault(copy, lighthouse, fault):
    before, after, rule = FAULTS[fault]
    html = (copy / PAGE).read_text(encoding="utf-8")
    assert html.count(before) == 1
    (copy / PAGE).write_text(html.replace(before, after), encoding="utf-8")
    with serve(copy, compressed=True) as address:
        (found,) = lighthouse(address, [PAGE])
    assert any(rule in line for category in audit.LIMITS for line in found[category]["findings"]), found
    assert audit.below(found)


RULE = ".bd-article table { display: block; width: max-content; max-width: 100%; overflow-x: auto }"
SCROLLS = f"<style>{RULE}</style></head>"


@pytest.mark.parametrize(
    "head, rule", [("</head>", None), (SCROLLS, "scrollable-region-focusable")], ids=["none", "scrolls"]
)
def test_axe_notices_a_fault_in_both_schemes(copy, do_without, head, rule):
    html = (copy / PAGE).read_text(encoding="utf-8")
    (copy / PAGE).write_text(html.replace("</head>", head), encoding="utf-8")
    with serve(copy) as address, start_chromium(do_without) as chromium:
        found = audit.axe(chromium, address, PAGE)
    assert sorted(found) == ["dark", "light"]
    for lines in found.values():
        assert bool(lines) == bool(rule)
        assert all(rule in line and line.startswith("390 px") for line in lines)
