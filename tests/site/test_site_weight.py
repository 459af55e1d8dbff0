"""How many bytes a reader's phone loads; printed as a table after the run."""

import gzip
import re
from urllib.parse import unquote, urlsplit

import pytest
from built_site import PAGES

MOST_CONTROLS = 300  # KB gzip for all controls of a page
MOST_ELSE = 400  # KB gzip for all else that a page loads


def kilobytes(content):
    return len(gzip.compress(content, mtime=0)) / 1000


def controls_of(html):
    """The markup of all controls, quizzes and predictions of a page, with their data."""
    return "".join(re.findall(r'<div class="ll-control.*?</script></div>', html, flags=re.DOTALL))


@pytest.mark.parametrize("name", PAGES)
def test_page_weight(look_at, site, name, record_property):
    paths = {unquote(urlsplit(address).path) for address in look_at(name).requests if address.startswith("http")}
    everything = sum(kilobytes((site / path.lstrip("/")).read_bytes()) for path in paths)
    html = (site / name).read_text(encoding="utf-8")
    controls = kilobytes(controls_of(html).encode()) if controls_of(html) else 0
    record_property("page weight", (name, kilobytes(html.encode()), controls, everything))
    assert ("ll-control" in html) == bool(controls)
    assert controls <= MOST_CONTROLS
    assert everything - controls <= MOST_ELSE
