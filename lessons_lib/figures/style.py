"""The visual language of the course: colours, fonts, the Figure class, and the marks that several chapters draw.

What flows forward is blue and solid, left to right; gradients flow back, orange and dashed, right to left; the loss is
purple; the learning rate is green; each optimizer keeps one colour and one marker. The site's CSS defines the same
colours as variables for light and dark mode (``palette_css`` writes them).
"""

import contextlib
import functools
import math
from typing import NamedTuple

import matplotlib
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.ticker import FuncFormatter

from lessons_lib.figures.svg import assemble, name_ids, split
from lessons_lib.text import SUPERSCRIPTS, number, text


class Colour(NamedTuple):
    """A colour of the palette: CSS variable, light and dark value, and a fallback where the variable is not defined."""

    variable: str
    light: str
    dark: str
    fallback: str


def _colour(name, light, dark, fallback=None):
    return Colour(f"--ll-{name}", light, dark, fallback or light)


PALETTE = {
    "ink": _colour("ink", "#1f2430", "#e8eaf0", "currentColor"),
    "muted": _colour("muted", "#5a6272", "#a9b0c0", "currentColor"),
    "grid": _colour("grid", "#d9dde5", "#39424f", "rgba(128,128,128,.3)"),
    "surface": _colour("surface", "#f3f5f9", "#232a35", "rgba(128,128,128,.12)"),
    "forward": _colour("forward", "#0069a8", "#6bb7f0"),
    "backward": _colour("backward", "#b34700", "#f5a35c"),
    "loss": _colour("loss", "#8a3f8f", "#dba0e0"),
    "rate": _colour("rate", "#00734f", "#4fc9a0"),
    "SGD": _colour("opt-sgd", "#5a6273", "#a9b0c1"),
    "SGDMomentum": _colour("opt-momentum", "#0069a9", "#6bb7f1"),
    "Nesterov": _colour("opt-nesterov", "#0e7490", "#5fd0e0"),
    "AdaGrad": _colour("opt-adagrad", "#8a6500", "#e0bd45"),
    "RMSprop": _colour("opt-rmsprop", "#007350", "#4fc9a1"),
    "Adam": _colour("opt-adam", "#b3264a", "#ff8fa3"),
    "AdamW": _colour("opt-adamw", "#8a3f90", "#dba0e1"),
    "Lion": _colour("opt-lion", "#7a4b12", "#d9a066"),
    "ScheduleFree": _colour("opt-schedule-free", "#2f55c8", "#9db4ff"),
    "Shampoo": _colour("opt-shampoo", "#b0228c", "#f58ad6"),
    "Muon": _colour("opt-muon", "#4b6b00", "#a9d24a"),
}
INK, MUTED, GRID, SURFACE = (PALETTE[name].light for name in ("ink", "muted", "grid", "surface"))
FORWARD, BACKWARD, LOSS, RATE = (PALETTE[name].light for name in ("forward", "backward", "loss", "rate"))

_MARKS = {
    "SGD": ("o", "solid"),
    "SGDMomentum": ("s", (0, (7, 2))),
    "Nesterov": ("D", (0, (7, 2, 1.5, 2))),
    "AdaGrad": ("v", (0, (2, 1.5))),
    "RMSprop": ("^", (0, (4, 1.5))),
    "Adam": ("X", "solid"),
    "AdamW": ("P", (0, (5, 1.5, 1.5, 1.5))),
    "Lion": (">", "solid"),
    "ScheduleFree": ("d", (0, (7, 2))),
    "Shampoo": ("h", (0, (2, 1.5))),
    "Muon": ("<", (0, (4, 1.5))),
}

FONT_SIZE = 16  # px in a figure 640 px wide: 9 px when the phone shows it at 360 px
DASHES = (0, (4, 2.2))

_RC = {
    "font.family": "DejaVu Sans",  # comes with matplotlib and has every Ukrainian letter
    "font.size": FONT_SIZE,
    "mathtext.fontset": "dejavusans",
    "axes.labelsize": FONT_SIZE,
    "axes.titlesize": FONT_SIZE,
    "xtick.labelsize": FONT_SIZE,
    "ytick.labelsize": FONT_SIZE,
    "legend.fontsize": FONT_SIZE,
    "figure.titlesize": FONT_SIZE,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.edgecolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "patch.edgecolor": INK,
    "hatch.color": MUTED,
    "grid.color": GRID,
    "grid.linewidth": 1.0,
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 1.2,
    "axes.prop_cycle": matplotlib.cycler(color=[FORWARD, BACKWARD, LOSS, RATE, MUTED]),
    "lines.linewidth": 2.5,
    "lines.markersize": 8,
    "legend.frameon": False,
    "image.interpolation": "none",
    "figure.subplot.left": 0.13,
    "figure.subplot.right": 0.97,
    "figure.subplot.bottom": 0.2,
    "figure.subplot.top": 0.93,
    "figure.dpi": 72,
    "savefig.dpi": 72,
    "savefig.bbox": None,
    "svg.fonttype": "path",
    "svg.hashsalt": "lessons_lib",
    "text.usetex": False,
}


class Figure(MatplotlibFigure):
    """A figure that shows itself as inline SVG; ``alt`` says in words what there is to see."""

    alt = ""

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {
            "text/html": f'<div class="ll-figure">{svg(self)}</div>',
            "text/plain": text("figure.plain", alt=self.alt),
        }


@contextlib.contextmanager
def course_style():
    """Fonts, colours and line widths of the course, only inside a ``with`` block."""
    with matplotlib.rc_context(_RC):
        yield


def drawing(function):
    """Decorate a draw function: it runs in the course's style and must return a Figure with an alt text."""

    @functools.wraps(function)
    def draw(*args, **kwargs):
        with course_style():
            figure = function(*args, **kwargs)
        if not isinstance(figure, Figure):
            raise TypeError(f"{function.__name__}: expected to return a Figure, got {type(figure).__name__}")
        if not (isinstance(figure.alt, str) and figure.alt.strip()):
            raise ValueError(f"{function.__name__}: the figure has no alt text; set fig.alt = text(…)")
        return figure

    return draw


def new_figure(width=640, height=360):
    """Return an empty transparent Figure of ``width`` × ``height`` px; call it in a function under ``@drawing``."""
    for name, size in {"width": width, "height": height}.items():
        if not (isinstance(size, int) and size > 0):
            raise ValueError(f"{name}: expected a positive whole number of pixels, got {size!r}")
    if matplotlib.rcParams["svg.hashsalt"] != _RC["svg.hashsalt"]:
        raise RuntimeError("new_figure: called outside the course's style; put @drawing above the draw function")
    return Figure(figsize=(width / 72, height / 72), dpi=72)


def canvas(figure):
    """Return axes that fill the figure, without frame, measured in its pixels (y upward): for diagrams."""
    width, height = (72 * inches for inches in figure.get_size_inches())
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    return ax


def take_apart(figure):
    """Return the ``Drawing`` of a figure: its definitions and one slot per artist, in the palette's CSS colours."""
    with course_style():
        return split(figure, _css_colours())


def svg(figure):
    """Return the figure as an ``<svg>`` for use inside a page: the same figure always gives the same string."""
    return name_ids(assemble(take_apart(figure)))


def optimizer_style(name, every=None):
    """Return the keyword arguments of ``ax.plot`` for an optimizer: ``ax.plot(x, y, **optimizer_style("Adam"))``."""
    if name not in _MARKS:
        raise ValueError(f"name: no style for optimizer {name!r}, expected one of {list(_MARKS)}")
    marker, linestyle = _MARKS[name]
    return {"color": PALETTE[name].light, "marker": marker, "linestyle": linestyle, "markevery": every}


def clean_axes(ax, xlabel="", ylabel="", grid=True):
    """Label the axes in words, draw a light grid, and write the ticks with a decimal comma."""
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.tick_params(length=0, pad=6)
    if grid:
        ax.grid(True)
    comma_ticks(ax)


def comma_ticks(ax):
    """Write the tick labels of both axes with a decimal comma; on a logarithmic axis as powers of ten."""
    for axis in (ax.xaxis, ax.yaxis):
        log = axis.get_scale() == "log"
        axis.set_major_formatter(FuncFormatter(_power_tick if log else _plain_tick))
        if log:
            axis.set_minor_formatter(FuncFormatter(lambda value, position: ""))


def forward_arrow(ax, start, end, label="", **changes):
    """Draw what flows forward: a solid blue arrow from ``start`` to ``end``, with ``label`` above its middle."""
    _arrow(ax, start, end, label, above=True, **{"color": FORWARD, "linestyle": "solid", **changes})


def backward_arrow(ax, start, end, label="", **changes):
    """Draw a gradient that flows back: a dashed orange arrow from ``start`` to ``end``, with ``label`` below it."""
    _arrow(ax, start, end, label, above=False, **{"color": BACKWARD, "linestyle": DASHES, **changes})


def node_box(ax, x, y, name, value=None, grad=None, width=110, height=None, edge=MUTED):
    """Draw a node centred at (x, y): its name, under it the value in blue and the gradient in orange.

    ``value`` and ``grad`` are strings or numbers; numbers are written with a decimal comma.
    """
    lines = [(name, INK, "bold")]
    lines += [
        (_written(line), colour, "normal") for line, colour in ((value, FORWARD), (grad, BACKWARD)) if line is not None
    ]
    step = FONT_SIZE * 1.45
    height = height or step * len(lines) + 14
    box = FancyBboxPatch(
        (x - width / 2, y - height / 2),
        width,
        height,
        boxstyle="round,pad=0,rounding_size=9",
        facecolor=SURFACE,
        edgecolor=edge,
        linewidth=1.5,
        zorder=3,
    )
    ax.add_patch(box)
    for row, (line, colour, weight) in enumerate(lines):
        top = y + step * (len(lines) - 1) / 2 - row * step
        ax.text(x, top, line, color=colour, weight=weight, ha="center", va="center_baseline", zorder=4)


def palette_css():
    """Return the CSS that defines the palette for light and dark mode of the site."""
    light, dark = (
        "".join(f"  {colour.variable}: {getattr(colour, mode)};\n" for colour in PALETTE.values())
        for mode in ("light", "dark")
    )
    return f':root {{\n{light}}}\n\nhtml[data-theme="dark"] {{\n{dark}}}\n'


def _arrow(ax, start, end, label, above, color, **changes):
    options = {"arrowstyle": "-|>", "mutation_scale": 18, "linewidth": 2.2, "shrinkA": 0, "shrinkB": 0, "zorder": 2}
    ax.add_patch(FancyArrowPatch(start, end, color=color, **(options | changes)))
    if label:
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        ax.annotate(
            _written(label),
            middle,
            xytext=(0, 8 if above else -8),
            textcoords="offset pixels",
            color=color,
            ha="center",
            va="bottom" if above else "top",
            zorder=4,
        )


def _written(value):
    return value if isinstance(value, str) else number(round(float(value), 3))


def _plain_tick(value, position):
    return number(round(value, 12))


def _power_tick(value, position):
    if value <= 0:
        return ""
    exponent = math.log10(value)
    if abs(exponent - round(exponent)) > 1e-6:
        return ""
    exponent = round(exponent)
    return number(value) if -2 <= exponent <= 3 else "10" + str(exponent).translate(SUPERSCRIPTS)


def _css_colours():
    colours = {colour.light: f"var({colour.variable},{colour.fallback})" for colour in PALETTE.values()}
    return colours | {"#000000": colours[INK]}
