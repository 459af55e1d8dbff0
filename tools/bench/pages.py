"""What a reader waits for in the browser.

Static pages in headless Chromium: weights (KB gzip), layout shift during loading, and the time of a control's step,
from the input event to the new layout, as the 95th percentile. JupyterLab with a kernel: the median time from the key
to the new picture. Times hold for this machine at this moment; other work on it makes them longer.
"""

import statistics
import tempfile
from pathlib import Path

from tools.shared import jupyter
from tools.shared.book import notebooks
from tools.shared.browser import start_chromium
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
    """Weights, shift, and the step of the slowest control of a page."""
    page = chromium.new_page(viewport={"width": 390, "height": 900}, locale="uk-UA")
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.add_init_script(SHIFT)
    page.goto(f"{address}/{name}")
    page.wait_for_load_state("networkidle")
    shift = page.evaluate("window.shift")
    steps = [percentile_95(c.evaluate(STEPS, STEP_COUNT)) for c in page.locator(".ll-explore").all()]
    page.close()
    weights = dict(zip(("html_kb", "controls_kb", "all_kb"), page_weight(SITE, name, requests), strict=True))
    found = weights | {"shift": shift, "controls": len(steps), "step_ms": max(steps, default=0.0)}
    return {"page": name} | {key: round(value, 4) for key, value in found.items()}


def live_page(page, name):
    """One row for each control of a chapter in a JupyterLab: the median time from a key to the new picture."""
    jupyter.run_notebook(page, name)
    for number, control in enumerate(jupyter.live_controls(page), start=1):
        control.scroll_into_view_if_needed()
        control.evaluate(WATCH)
        for _ in range(KEY_COUNT):
            jupyter.press(page, control.locator(jupyter.LIVE_INPUTS).first)
            page.wait_for_timeout(350)
        times = control.evaluate("root => root.times")
        found = {"median_ms": round(statistics.median(times), 1), "longest_ms": round(max(times), 1)}
        yield {"notebook": name, "control": number, "keys": len(times)} | found
    jupyter.close_notebook(page)


def static_pages():
    """Rows of all pages, as dicts."""
    with start_chromium() as chromium, serve(SITE) as address:
        return [static_page(chromium, address, page) for page in PAGES]


def live_pages():
    """Rows of all controls in JupyterLab, as dicts."""
    with (
        start_chromium() as chromium,
        tempfile.TemporaryDirectory() as home,
        jupyter.start_jupyter(Path(home)) as address,
    ):
        page = jupyter.open_jupyter(chromium, address)
        return [row for chapter in notebooks() for row in live_page(page, chapter.name.removeprefix("book/"))]
