"""The visual language of the course: fonts, the Figure class, axes and their words.

What flows forward is blue and solid, left to right; gradients flow back, orange and dashed, right to left; the loss is
purple; the learning rate is green; each optimizer keeps one colour and one marker. The site's CSS defines the same
colours as variables for light and dark mode (``palette_css`` writes them).
"""

import contextlib
import functools
import math

import matplotlib
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.ticker import FuncFormatter

from lessons_lib.figures.palette import BACKWARD, FORWARD, GRID, INK, LOSS, MUTED, PALETTE, RATE
from lessons_lib.figures.svg import assemble, name_ids, split
from lessons_lib.text import SUPERSCRIPTS, number, text

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

_RC = {
    "font.family": "DejaVu Sans",  # comes with matplotlib and has every Ukrainian letter
    **dict.fromkeys(("font.size", "axes.labelsize", "axes.titlesize", "xtick.labelsize", "ytick.labelsize"), FONT_SIZE),
    **dict.fromkeys(("legend.fontsize", "figure.titlesize"), FONT_SIZE),
    "mathtext.fontset": "dejavusans",
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


def one_panel(height, *box):
    """Return a Figure 640 px wide and its axes; ``box``: left, bottom, width, height as shares of the figure."""
    figure = new_figure(height=height)
    return figure, figure.add_axes(box)


def stacked_panels(height, count, top, bottom, hspace, left=0.13, ratios=None):
    """Return a Figure 640 px wide and ``count`` axes below each other that share their x axis."""
    figure = new_figure(height=height)
    panels = figure.subplots(count, 1, sharex=True, squeeze=False, height_ratios=ratios)[:, 0]
    figure.subplots_adjust(left=left, right=0.97, top=top, bottom=bottom, hspace=hspace)
    return figure, panels


def diagram(height):
    """Return a Figure 640 px wide and the ``canvas`` on it."""
    figure = new_figure(height=height)
    return figure, canvas(figure)


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


def palette_css():
    """Return the CSS that defines the palette for light and dark mode of the site."""
    light, dark = ("".join(f"  {colour.variable}: {getattr(colour, mode)};\n" for colour in PALETTE.values())
                   for mode in ("light", "dark"))  # fmt: skip
    return f':root {{\n{light}}}\n\nhtml[data-theme="dark"] {{\n{dark}}}\n'


def _plain_tick(value, position):
    return number(round(value, 12))


def _power_tick(value, position):
    exponent = round(math.log10(value)) if value > 0 else 0
    if not math.isclose(value, 10.0**exponent, rel_tol=1e-6):
        return ""
    return number(value) if -2 <= exponent <= 3 else "10" + str(exponent).translate(SUPERSCRIPTS)


def _css_colours():
    colours = {colour.light: f"var({colour.variable},{colour.fallback})" for colour in PALETTE.values()}
    return colours | {"#000000": colours[INK]}
