"""Judge every page of the built site as Lighthouse and axe do: `make audit`, or `python -m tools.audit book/index.html`

Lighthouse simulates a phone on a slow network; axe looks at 1280 and 390 px, light and dark. Other work on the machine
can only lower the score for performance: a page that misses the limit gets the median of three runs.
Exits with 1 when a page is below a limit, and says why.
"""

import json
import subprocess
import sys

from tools.shared import ROOT
from tools.shared.accessibility import violations
from tools.shared.browser import FLAGS, find_browser, start_chromium
from tools.shared.server import serve
from tools.shared.site import PAGES, SITE

SCRIPT = ROOT / "tools" / "lighthouse" / "pages.mjs"
LIMITS = {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 100}
SCHEMES, WIDTHS = ("light", "dark"), (1280, 390)
RUNS = 3


def lighthouse(address, names):
    """[{category: {"score", "findings"}}] in the order of the names of pages."""
    order = {"browser": find_browser(), "flags": FLAGS, "pages": [f"{address}/{name}" for name in names]}
    run = subprocess.run(["node", SCRIPT], input=json.dumps(order), stdout=subprocess.PIPE, text=True)
    if run.returncode:
        raise SystemExit(f"Lighthouse ended with {run.returncode}")
    return [json.loads(line) for line in run.stdout.splitlines()]


def best_known(address, name):
    """What Lighthouse says about a page; when the page misses a limit, the median of more runs."""
    runs = lighthouse(address, [name])
    if below(runs[0]):
        runs += lighthouse(address, [name] * (RUNS - 1))
    return median(runs)


def below(found):
    """The categories in which the result of a page misses the limit."""
    return [name for name, limit in LIMITS.items() if found[name]["score"] < limit]


def median(runs):
    """The middle one of a page's results, category by category."""
    ordered = {name: sorted((run[name] for run in runs), key=lambda found: found["score"]) for name in LIMITS}
    return {name: found[len(runs) // 2] for name, found in ordered.items()}


def axe(chromium, address, name):
    """{scheme: what axe finds at either width}."""
    page = chromium.new_page(locale="uk-UA", reduced_motion="reduce")  # no transition from light to dark
    page.goto(f"{address}/{name}")
    found = {scheme: [] for scheme in SCHEMES}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(400)  # the theme's script checks which boxes scroll at this width
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(300)
            found[scheme] += [f"{width} px: {violation}" for violation in violations(page)]
    page.close()
    return found


def row(name, found, rules):
    """The lines about one page: scores and counts, then what needs to be fixed."""
    numbers = [found[category]["score"] for category in LIMITS] + [len(rules[scheme]) for scheme in SCHEMES]
    lines = [f"{name:<34}" + "".join(f"{number:>15}" for number in numbers)]
    lines += [f"    {category}: {finding}" for category in below(found) for finding in found[category]["findings"]]
    return lines + [f"    axe, {scheme}: {finding}" for scheme in SCHEMES for finding in rules[scheme]]


def main(names):
    names = names or [*PAGES, "search.html"]
    results, failed = {}, 0
    with serve(SITE, compressed=True) as address:
        for name in names:  # nothing may run beside Lighthouse
            results[name] = best_known(address, name)
            print(name, *(found["score"] for found in results[name].values()), flush=True)
        titles = (*LIMITS, *(f"axe {scheme}" for scheme in SCHEMES))
        print(f"\n{'page':<34}" + "".join(f"{title:>15}" for title in titles))
        with start_chromium() as chromium:
            for name, found in results.items():
                rules = axe(chromium, address, name)
                failed += bool(below(found) or any(rules.values()))
                print("\n".join(row(name, found, rules)), flush=True)
    print(f"{failed} of {len(names)} pages miss a limit: {', '.join(f'{k} {v}' for k, v in LIMITS.items())}, axe 0")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
