"""What axe finds on an open page."""

from axe_playwright_python.sync_playwright import Axe

COLOUR_RULES = ("color-contrast", "link-in-text-block")

# To axe a drawing is one thing, with its alt text or its MathML: the strokes only take time. So do words of code that
# look like earlier ones on the same background.
SIMPLIFY = """() => {
  const drawn = [...document.querySelectorAll('svg[aria-label], mjx-container > svg')];
  window.drawings = drawn.map(e => [e, [...e.childNodes]]);
  drawn.forEach(e => e.replaceChildren());
  const looks = new Map(), seen = new Set();
  const look = e => {
    if (e && !looks.has(e)) {
      const {color, background, opacity, filter, fontSize, fontWeight, textShadow} = getComputedStyle(e);
      const own = [color, background, opacity, filter, fontSize, fontWeight, textShadow];
      looks.set(e, [...own, look(e.parentElement)].join('|'));
    }
    return looks.get(e);
  };
  const repeats = e => seen.has(look(e)) || !seen.add(look(e));
  const words = [...document.querySelectorAll('pre span')].filter(e => `${e.getAttributeNames()}` === 'class');
  words.filter(repeats).forEach(e => e.replaceWith(...e.childNodes));
}"""
RESTORE = "() => drawings.forEach(([e, inside]) => e.replaceChildren(...inside))"


def violations(page, rules=None):
    """What axe finds, by these rules or by all of its own, one line for each element."""
    page.evaluate(SIMPLIFY)
    options = {"resultTypes": ["violations"]}  # to report what passes too would take four times as long
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    response = Axe().run(page, options=options).response
    page.evaluate(RESTORE)
    return [
        f"{found['id']} ({found['impact']}): {node['html'][:150]} {' '.join(node['failureSummary'].split())[:200]}"
        for found in response["violations"]
        for node in found["nodes"]
    ]
