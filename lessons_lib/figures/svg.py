"""Turn a matplotlib figure into small, inline, deterministic SVG whose colours follow the page.

matplotlib writes a document; a page needs a fragment. ``split`` takes the document apart into definitions (glyphs,
markers, clip paths, by content) and slots (one per artist, in painting order); ``assemble`` puts a fragment together.
Between the two, a control may compare the slots of many frames and keep what moves. Lines are paths with rounded
coordinates; a filled picture of many areas becomes a PNG with a palette where that is smaller.
"""

import base64
import contextlib
import hashlib
import html
import io
import itertools
import re
import warnings
import zlib
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from xml.etree import ElementTree

import numpy as np
from matplotlib.axis import Axis
from matplotlib.collections import Collection
from PIL import Image

_REFERENCE = re.compile(r"§([0-9a-f]{12})§")
_NUMBER = re.compile(r"-?\d*\.?\d+(?:e[-+]?\d+)?")
_PATH_TOKEN = re.compile(r"[A-Za-z]|-?\d*\.?\d+(?:e[-+]?\d+)?")
_PAINT = ("fill", "stroke")
_FILLED = "ll-filled-"
_HEAVY = 8_000  # characters; a longer artist may be smaller as a PNG
_SHARP = 144  # dots per inch of a PNG: two for each pixel of the figure


@dataclass(frozen=True)
class Drawing:
    """A figure taken apart; ids inside are ``§content hash§`` until ``assemble`` names them."""

    width: int
    height: int
    alt: str
    definitions: dict
    slots: tuple


def split(figure, colours):
    """Render ``figure`` and take it apart; ``colours`` maps the hex colours of the palette to CSS values."""
    filled = list(_filled(figure))
    with _named(filled):
        root = _render(figure)
        drawing = _taken_apart(root, figure, colours)
        names = set(_heavy(root, colours))
        heavy = [artist for artist in filled if artist.get_gid() in names and not artist.get_rasterized()]
        if not heavy:
            return drawing
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # before 3.11 it warns that it ignores this for contours, but obeys
            for artist in heavy:
                artist.set_rasterized(True)
        with_png = _taken_apart(_render(figure), figure, colours)
        for artist in heavy:
            artist.set_rasterized(False)
    return min(drawing, with_png, key=_weight)


def assemble(drawing, slots=None):
    """Return the ``<svg>`` of a drawing, with ``slots`` (default: its own) as its children after the definitions."""
    body = "".join(drawing.slots if slots is None else slots)
    definitions = "".join(drawing.definitions.values())
    alt = html.escape(drawing.alt, quote=True)
    return (
        f'<svg class="ll-svg" role="img" aria-label="{alt}" viewBox="0 0 {drawing.width} {drawing.height}"'
        f' width="{drawing.width}" height="{drawing.height}" style="max-width:100%;height:auto"'
        f' fill="currentColor" stroke-linejoin="round"><defs>{definitions}</defs>{body}</svg>'
    )


def merge(drawings, shown):
    """Fold the frames of a control into one ``<svg>`` that shows frame ``shown``, and what turns it into the others.

    Slots that are equal in all frames are in the SVG once. Of the others (``<g class="ll-moving">``) only distinct
    variants are kept: returns ``(svg, variants, frames)``, where each frame lists the variant of every moving slot.
    Two choices that move different artists therefore do not multiply.
    """
    first = drawings[0]
    for drawing in drawings:
        if (drawing.width, drawing.height) != (first.width, first.height):
            sizes = " and ".join(f"{one.width}×{one.height}" for one in (first, drawing))
            raise ValueError(f"draw: all frames need one size, got {sizes}")
    columns = _align([drawing.slots for drawing in drawings])
    moving = [column for column in columns if len(set(column)) > 1]
    variants = {variant: position for position, variant in enumerate(dict.fromkeys(itertools.chain(*moving)))}
    frames = [[variants[column[frame]] for column in moving] for frame in range(len(drawings))]
    slots = [column[0] if len(set(column)) == 1 else f'<g class="ll-moving">{column[shown]}</g>' for column in columns]
    definitions = {name: content for drawing in drawings for name, content in drawing.definitions.items()}
    return assemble(replace(drawings[shown], definitions=definitions), slots), list(variants), frames


def _align(frames):
    """Return columns, one entry per frame: what all frames paint in the same order, and what differs in between.

    By position alone, one more artist in one frame would make everything after it move.
    """
    common = list(frames[0])
    for frame in frames[1:]:
        blocks = SequenceMatcher(None, common, frame, autojunk=False).get_matching_blocks()
        common = [common[i] for start, _, size in blocks for i in range(start, start + size)]
    columns, positions = [], [0] * len(frames)
    for shared in [*common, None]:
        pairs = zip(frames, positions, strict=True)
        ends = [len(frame) if shared is None else frame.index(shared, position) for frame, position in pairs]
        gaps = (frame[position:end] for frame, position, end in zip(frames, positions, ends, strict=True))
        columns += itertools.zip_longest(*gaps, fillvalue="")
        if shared is not None:
            columns.append((shared,) * len(frames))
        positions = [end + 1 for end in ends]
    return columns


def name_ids(markup):
    """Give every ``§content hash§`` of a string its final id: a prefix from the whole content and a running number."""
    prefix = "ll" + hashlib.sha1(markup.encode()).hexdigest()[:6]
    names = {}
    return _REFERENCE.sub(lambda match: names.setdefault(match[1], f"{prefix}-{len(names)}"), markup)


def _render(figure):
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, dpi=_SHARP, metadata={"Date": None, "Creator": None})
    return ElementTree.fromstring(buffer.getvalue())


def _filled(artist):
    """Yield the collections below an artist, without asking an axis for its ticks: it would create them to answer."""
    for child in artist.get_children():
        if isinstance(child, Collection):
            yield child
        elif not isinstance(child, Axis):
            yield from _filled(child)


def _taken_apart(root, figure, colours):
    reader = _Reader(colours)
    reader.read_definitions(root)
    slots = tuple(slot for slot in reader.slots(root) if slot)
    width, height = (round(72 * inches) for inches in figure.get_size_inches())
    return Drawing(width, height, figure.alt, reader.definitions, slots)


@contextlib.contextmanager
def _named(artists):
    """Give each artist a name of its own, by which its group is found in the document."""
    before = [artist.get_gid() for artist in artists]
    for position, artist in enumerate(artists):
        artist.set_gid(f"{_FILLED}{position}")
    try:
        yield
    finally:
        for artist, name in zip(artists, before, strict=True):
            artist.set_gid(name)


def _heavy(root, colours):
    """Names of the groups that are large and have none of the colours which must follow the page."""
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        if group.get("id", "").startswith(_FILLED):
            content = ElementTree.tostring(group, encoding="unicode").lower()
            if len(content) > _HEAVY and not any(colour in content for colour in colours):
                yield group.get("id")


def _weight(drawing):
    return len(zlib.compress("".join([*drawing.definitions.values(), *drawing.slots]).encode()))


def _palette_png(address):
    """The same picture with a palette of at most 256 colours, as a data address, if that is shorter."""
    mark, _, data = address.partition("base64,")
    picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")
    pixels = np.asarray(picture)
    colours, indices = np.unique(pixels.reshape(-1, 4), axis=0, return_inverse=True)
    if len(colours) <= 256:
        palette = Image.fromarray(indices.reshape(pixels.shape[:2]).astype(np.uint8), "P")
        palette.putpalette(colours[:, :3].tobytes())
        palette.info["transparency"] = colours[:, 3].tobytes()
    else:
        palette = picture.quantize(256, Image.Quantize.FASTOCTREE)
    buffer = io.BytesIO()
    palette.save(buffer, format="PNG", optimize=True)
    return min(address, f"{mark}base64,{base64.b64encode(buffer.getvalue()).decode()}", key=len)


class _Reader:
    def __init__(self, colours):
        self.colours = colours
        self.ids = {}
        self.definitions = {}

    def read_definitions(self, root):
        for group in root.iter("{http://www.w3.org/2000/svg}defs"):
            for element in group:
                name = element.attrib.pop("id", None)
                if name is None:
                    continue  # matplotlib's <style>, which would leak into the page: assemble() says the same
                content = self.write(element, decimals=2)
                digest = hashlib.sha1(content.encode()).hexdigest()[:12]
                self.ids[name] = f"§{digest}§"
                tag = _local_name(element)
                self.definitions[digest] = content.replace(f"<{tag}", f'<{tag} id="§{digest}§"', 1)

    def slots(self, element):
        """Yield one string per artist: the innermost groups that matplotlib gave an id."""
        for child in element:
            if any("id" in inner.attrib and _local_name(inner) == "g" for inner in child.iter() if inner is not child):
                yield from self.slots(child)
            else:
                yield self.write(child)

    def write(self, element, decimals=1):
        tag = _local_name(element)
        if tag in ("defs", "metadata", "style") or not isinstance(element.tag, str):
            return ""
        attributes = self._attributes(element, decimals)
        body = "".join(self.write(child, decimals) for child in element)
        if tag == "g" and (not body or not attributes):
            return body
        if tag == "path" and attributes.get("style") == "fill:none":
            return ""
        written = "".join(f' {name}="{html.escape(value, quote=True)}"' for name, value in attributes.items())
        return f"<{tag}{written}>{body}</{tag}>" if body else f"<{tag}{written}/>"

    def _attributes(self, element, decimals):
        attributes, style = {}, {}
        for name, value in element.attrib.items():
            name = name.rpartition("}")[2]
            if name == "id":
                continue
            if name == "style":
                style |= dict(part.strip().split(":", 1) for part in value.split(";") if part.strip())
            elif name in _PAINT:
                style[name] = value
            elif name == "href" and not value.startswith("#"):
                attributes[name] = _palette_png(re.sub(r"\s+", "", value))
            elif name == "href":
                attributes[name] = "#" + self.ids.get(value[1:], value[1:])
            elif name == "clip-path":
                attributes[name] = self._url(value)
            elif name == "d":
                attributes[name] = _short_path(value, decimals)
            elif name == "transform":
                attributes[name] = _short_transform(value)
            elif name in ("x", "y", "width", "height"):
                attributes[name] = _NUMBER.sub(lambda match: _short(match[0], 2), value)
            else:
                attributes[name] = value
        if style:
            parts = (f"{name.strip()}:{self._paint(value.strip())}" for name, value in style.items())
            attributes["style"] = ";".join(parts)
        return attributes

    def _paint(self, value):
        if value.startswith("url("):
            return self._url(value)
        if value.startswith("#"):
            return self.colours.get(value.lower(), value)
        return _NUMBER.sub(lambda match: _short(match[0], 2), value) if value[:1].isdigit() else value

    def _url(self, value):
        name = value.strip()[5:-1]
        return f"url(#{self.ids.get(name, name)})"


def _local_name(element):
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _short(number, decimals):
    value = f"{float(number):.{decimals}f}"
    if "." in value:
        value = value.rstrip("0").rstrip(".")
    return "0" if value == "-0" else value


def _short_path(path, decimals):
    written, last = [], ""
    for token in _PATH_TOKEN.findall(path):
        if token.isalpha():
            if token != last or token not in "LQC":
                written.append(token)
            last = token
        else:
            separate = written and not written[-1].isalpha()
            written.append((" " if separate else "") + _short(token, decimals))
    return "".join(written)


def _short_transform(transform):
    def shorten(match):
        exact = match[1] in ("scale", "matrix")
        numbers = [f"{float(n):.6g}" if exact else _short(n, 2) for n in _NUMBER.findall(match[2])]
        return f"{match[1]}({' '.join(numbers)})"

    return re.sub(r"(\w+)\(([^)]*)\)", shorten, transform.strip())
