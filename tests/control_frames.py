"""The pictures of a control as numbers: what the page shows at a frame, and what any SVG paints."""

import json
import re
from xml.etree import ElementTree


def static_parts(rendering):
    """The static rendering of a control as (markup, the data that drives it, its SVG)."""
    markup = rendering._repr_mimebundle_()["text/html"]
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', markup, re.DOTALL)[1])
    return markup, data, re.search(r"<svg .*?</svg>", markup, re.DOTALL)[0]


def numbers(markup):
    """Everything an SVG paints, with references replaced by what they refer to: equal iff the pictures are."""
    root = ElementTree.fromstring(markup)
    definitions = {}
    for element in root.find("defs"):
        name = element.attrib.pop("id")
        definitions[name] = ElementTree.tostring(element)

    def resolve(value):
        return re.sub(r"#(ll[0-9a-f]{6}-\d+)", lambda match: repr(definitions[match[1]]), value)

    painted = []
    for element in root.iter():
        inside_definitions = element in list(root.find("defs")) or element.tag in ("svg", "defs")
        if not inside_definitions and element.attrib.get("class") != "ll-moving":
            painted.append((element.tag, sorted((name, resolve(value)) for name, value in element.attrib.items())))
    return root.attrib["aria-label"], painted


def frame_svg(data, picture, frame):
    """What controls.js makes of the page's SVG at one frame."""
    variants = iter(data["frames"][frame])
    changed = re.sub(
        r'(<g class="ll-moving">).*?</g>(?=<!--end-->)',
        lambda match: match[1] + data["variants"][next(variants)] + "</g>",
        mark_ends(picture),
        flags=re.DOTALL,
    ).replace("<!--end-->", "")
    root = ElementTree.fromstring(changed)
    root.attrib["aria-label"] = data["alts"][frame]
    return ElementTree.tostring(root, encoding="unicode")


def mark_ends(picture):
    """Put a comment after each moving group, whose inner groups a pattern cannot count."""
    written, depth, starts = [], 0, []
    for token in re.split(r"(<g[ >][^>]*>|</g>)", picture):
        written.append(token)
        if token.startswith("<g"):
            depth += 1
            if 'class="ll-moving"' in token:
                starts.append(depth)
        elif token == "</g>":
            if starts and starts[-1] == depth:
                starts.pop()
                written.append("<!--end-->")
            depth -= 1
    return "".join(written)
