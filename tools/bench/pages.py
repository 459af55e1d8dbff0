"""What a reader waits for in the browser.

Static pages in headless Chromium: weights (KB gzip), layout shift during loading, and the time of a control's step,
from the input event to the new layout, as the 95th percentile. JupyterLab with a kernel: the median time from the key
to the new picture. Times hold for this machine at this moment; other work on it makes them longer.
"""

import statistics
import tempfile
from pathlib import Path

from tools.shared.book import notebooks
from tools.shared.browser import start_chromium
from tools.shared.jupyter import (
    LIVE_INPUTS,
    close_notebook,
    live_controls,
    open_jupyter,
    press,
    run_notebook,
    start_jupyter,
)
from tools.shared.measures import SHIFT, STEPS, page_weight, percentile_95
from tools.shared.server import serve
from tools.shared.site import PAGES, SITE

STEP_COUNT, KEY_COUNT = 60, 12

# From a key to the frame in which the picture has another description.
WATCH = """root => {
  const alt = () => root.querySelector('svg')?.getAttribute('aria-label');
  let start = 0, before = '';
  root.times = [];
  root.addEventListener('keydown', () => { start = performance.now(); before = alt(); }, true);
  new MutationObserver(() => requestAnimationFrame(() => {
    if (start && alt() && alt() !== before) { root.times.push(performance.now() - start); start = 0; }
  })).observe(root, {childList: true, subtree: true});
}"""


def static_page(chromium, address, name):
    """One row: weights, shift, and the step of the slowest control of a page."""
    page = chromium.new_page(viewport={"width": 390, "height": 900}, locale="uk-UA")
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.add_init_script(SHIFT)
    page.goto(f"{address}/{name}")
    page.wait_for_load_state("networkidle")
    shift = page.evaluate("window.shift")
    steps = [percentile_95(c.evaluate(STEPS, STEP_COUNT)) for c in page.locator(".ll-explore").all()]
    page.close()
    return name, *page_weight(SITE, name, requests), shift, len(steps), max(steps, default=0.0)


def live_page(page, name):
    """One row for each control of a chapter in a JupyterLab: the median time from a key to the new picture."""
    run_notebook(page, name)
    for number, control in enumerate(live_controls(page), start=1):
        control.scroll_into_view_if_needed()
        control.evaluate(WATCH)
        for _ in range(KEY_COUNT):
            press(page, control.locator(LIVE_INPUTS).first)
            page.wait_for_timeout(350)
        times = control.evaluate("root => root.times")
        yield name, number, len(times), statistics.median(times), max(times)
    close_notebook(page)


def static_pages():
    """Rows of all pages, as dicts."""
    names = ("page", "html_kb", "controls_kb", "all_kb", "shift", "controls", "step_ms")
    with start_chromium() as chromium, serve(SITE) as address:
        for page in PAGES:
            row = static_page(chromium, address, page)
            yield {
                name: value if isinstance(value, str) else round(value, 4)
                for name, value in zip(names, row, strict=True)
            }


def live_pages():
    """Rows of all controls in JupyterLab, as dicts."""
    names = ("notebook", "control", "keys", "median_ms", "longest_ms")
    with start_chromium() as chromium, tempfile.TemporaryDirectory() as home:
        with start_jupyter(Path(home)) as address:
            page = open_jupyter(chromium, address)
            for chapter in notebooks():
                for row in live_page(page, chapter.name.removeprefix("book/")):
                    yield {
                        name: value if isinstance(value, str) else round(value, 1)
                        for name, value in zip(names, row, strict=True)
                    }
