"""Marks that several figures draw: arrows, boxes and bars, the rules of the finder, numbers in words."""

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from lessons_lib.figures.palette import BACKWARD, DASHES, FORWARD, INK, MUTED, RATE, SURFACE
from lessons_lib.figures.style import FONT_SIZE
from lessons_lib.text import number, text


def frame(ax, x, y, width, height, **style):
    """Draw an empty rectangle with its lower left corner at (x, y)."""
    style = {"edgecolor": MUTED, "linewidth": 1.2} | style
    ax.add_patch(Rectangle((x, y), width, height, facecolor="none", **style))


def bar(ax, x, y, width, height, color, **style):
    """Draw a filled rectangle with its lower left corner at (x, y)."""
    ax.add_patch(Rectangle((x, y), width, height, facecolor=color, edgecolor="none", **style))


def rules_of_the_finder(ax, found, heights, words):
    """Mark what the rules of the finder say, {rule: rate}, each with its marker at its height; ``words``: their key."""
    for rule, marker, height in zip(("minimum", "steepest", "valley"), "os^", heights, strict=True):
        if rule in found:
            ax.plot([found[rule]] * 2, [0, height], color=RATE, linestyle=DASHES, linewidth=1.4)
            label = text(f"{words}.{rule}")
            ax.plot([found[rule]], [height], marker, color=RATE, markersize=11, linestyle="none", label=label)


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
    lines = [(name, INK, "bold"), (value, FORWARD, "normal"), (grad, BACKWARD, "normal")]
    lines = [(_written(line), colour, weight) for line, colour, weight in lines if line is not None]
    step = FONT_SIZE * 1.45
    height = height or step * len(lines) + 14
    shape = {"boxstyle": "round,pad=0,rounding_size=9", "linewidth": 1.5, "zorder": 3}
    corner = (x - width / 2, y - height / 2)
    ax.add_patch(FancyBboxPatch(corner, width, height, facecolor=SURFACE, edgecolor=edge, **shape))
    for row, (line, colour, weight) in enumerate(lines):
        top = y + step * (len(lines) - 1) / 2 - row * step
        ax.text(x, top, line, color=colour, weight=weight, ha="center", va="center_baseline", zorder=4)


def short(value, decimals=3):
    """Write a number with at most so many decimals."""
    return number(round(float(value), decimals))


def brief(value, digits=2):
    """Write a number with so many significant digits."""
    return number(float(f"{float(value):.{digits}g}"))


def _arrow(ax, start, end, label, above, color, **changes):
    options = {"arrowstyle": "-|>", "mutation_scale": 18, "linewidth": 2.2, "shrinkA": 0, "shrinkB": 0, "zorder": 2}
    ax.add_patch(FancyArrowPatch(start, end, color=color, **(options | changes)))
    if label:
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        gap, side = (8, "bottom") if above else (-8, "top")
        ax.annotate(_written(label), middle, xytext=(0, gap), textcoords="offset pixels", color=color, ha="center",
                    va=side, zorder=4)  # fmt: skip


def _written(value):
    return value if isinstance(value, str) else short(value)
