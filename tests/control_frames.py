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
    root = ElementTree.fromstring(picture)
    moving = root.findall(".//g[@class='ll-moving']")
    for group, variant in zip(moving, data["frames"][frame], strict=True):
        group[:] = ElementTree.fromstring(f"<g>{data['variants'][variant]}</g>")
    root.attrib["aria-label"] = data["alts"][frame]
    return ElementTree.tostring(root, encoding="unicode")
