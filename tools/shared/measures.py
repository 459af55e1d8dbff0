"""What the tests limit and `make bench` prints: weights of pages, time of a control's step, layout shift."""

import gzip
import re
from urllib.parse import unquote, urlsplit

# Adds up every layout shift of a page, from the first moment on.
SHIFT = """window.shift = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => { window.shift += entry.value; }))
  .observe({type: 'layout-shift', buffered: true});"""

# Milliseconds of each of `count` steps of a control, sliders from their start: to replace the picture and lay it out.
STEPS = """(root, count) => {
  const fields = [...root.querySelectorAll('.ll-input :is(input, select)')];
  const ranges = fields.filter(e => e.type === 'range');
  const field = ranges[0] || fields[0];
  const step = {
    range: e => { e.value = (+e.value + 1) % (+e.max + 1); },
    checkbox: e => { e.checked = !e.checked; },
    radio: () => { const next = fields.find(e => e.type === 'radio' && !e.checked); next.checked = true; },
    'select-one': e => { e.selectedIndex = (e.selectedIndex + 1) % e.length; },
  }[field.type];
  if (field.type === 'range') field.value = 0;
  const times = [];
  for (let i = 0; i < count; i += 1) {
    const start = performance.now();
    step(field);
    field.dispatchEvent(new Event('input', {bubbles: true}));
    root.getBoundingClientRect();
    times.push(performance.now() - start);
  }
  return times;
}"""


def kilobytes(content):
    return len(gzip.compress(content, mtime=0)) / 1000


def controls_of(html):
    """The markup of each control, quiz and prediction of a page, with its data."""
    return re.findall(r'<div class="ll-control.*?</script></div>', html, flags=re.DOTALL)


def page_weight(site, name, requests):
    """KB gzip of a page's HTML, of the controls in it, and of everything that it loads."""
    paths = {unquote(urlsplit(address).path) for address in requests if address.startswith("http")}
    html = (site / name).read_bytes()
    controls = "".join(controls_of(html.decode("utf-8")))
    everything = sum(kilobytes((site / path.lstrip("/")).read_bytes()) for path in paths)
    return kilobytes(html), kilobytes(controls.encode()) if controls else 0.0, everything


def percentile_95(times):
    return sorted(times)[int(0.95 * (len(times) - 1))]
