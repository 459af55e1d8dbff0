"""Figures of chapter 1: number lines that stretch, computational graphs, a fork, the shapes of matrix factors."""

from collections import defaultdict
from itertools import pairwise

import numpy as np
from matplotlib.patches import FancyArrowPatch, Polygon, Rectangle
from matplotlib.path import Path

from lessons_lib.chain_rule import Node, backward, topological_order
from lessons_lib.figures.marks import forward_arrow, node_box, short
from lessons_lib.figures.palette import BACKWARD, DASHES, FORWARD, INK, LOSS, MUTED
from lessons_lib.figures.style import diagram, drawing
from lessons_lib.text import SUPERSCRIPTS, number, text

HALF_WIDTH = 0.15  # of the interval whose images number_lines shows
MOST_COLUMNS, MOST_ROWS = 5, 5
WIDTH, ROW_HEIGHT = 640, 118


@drawing
def number_lines(x: float = 1.5):
    """Three number lines for g = x² - 1 and y = g²/2: a small interval is stretched twice, turned or crushed."""
    chain = [Node(x - HALF_WIDTH), Node(x), Node(x + HALF_WIDTH)]
    g = [node**2 - 1 for node in chain]
    y = [node**2 / 2 for node in g]
    slopes = [_slope(lambda node: node**2 - 1, x), _slope(lambda node: node**2 / 2, g[1].value)]

    fig, ax = diagram(390)
    heights = [350, 220, 90]
    images = [[node.value for node in line] for line in (chain, g, y)]
    for (upper, top), (lower, bottom) in pairwise(zip(images, heights, strict=True)):
        corners = [(upper[0], top), (upper[2], top), (lower[2], bottom), (lower[0], bottom)]
        corners = [(_at(value), height) for value, height in corners]
        ax.add_patch(Polygon(corners, facecolor=FORWARD, alpha=0.14, edgecolor="none"))
    for height, image, name in zip(heights, images, "xgy", strict=True):
        _number_line(ax, height)
        _interval(ax, image, height)
        ax.text(8, height, f"{name} = {short(image[1])}", color=FORWARD, weight="bold", va="center")
    for height, name, slope in zip((285, 155), ("g_of_x", "y_of_g"), slopes, strict=True):
        ax.text(8, height + 13, text(f"chain_rule.lines.{name}"), color=INK, va="center")
        derivative = text(f"chain_rule.lines.{name}_slope", slope=short(slope))
        ax.text(8, height - 13, derivative, color=BACKWARD, va="center")
    total = slopes[0] * slopes[1]
    words = {"outer": short(slopes[1]), "total": short(total)}
    product = text("chain_rule.lines.product", inner=_factor(slopes[0]), **words)
    ax.text(WIDTH / 2, 22, product, color=BACKWARD, weight="bold", ha="center", va="center")
    fate = "crushed" if abs(total) < 1e-12 else "same" if total > 0 else "turned"
    fig.alt = text("chain_rule.lines.alt", x=x, inner=short(slopes[0]), what=text(f"chain_rule.lines.{fate}"), **words)
    return fig


@drawing
def graph(output):
    """The computational graph of a Node: value (blue) and gradient (orange) on every node, × derivative on every edge.

    Call backward(output) first. Inputs without a name count as constants and are written in the operation.
    Errors: TypeError when output is not a Node, ValueError for a graph too large to read or without a named input.
    """
    return _graph(output)


@drawing
def fork(x: float = 1.0):
    """The graph of L = u · v with u = x², v = x - 3: two paths lead from x to L, and their gradients add."""
    start = Node(x, name="x")
    u = (start**2).named("u")
    v = (start - 3).named("v")
    output = (u * v).named("L")
    backward(output)
    upper, lower = u.grad * u.local_gradients[0], v.grad * v.local_gradients[0]
    fig = _graph(output, extra=40)
    words = {"upper": short(upper), "total": short(start.grad)}
    fig.alt = text("chain_rule.fork.alt", x=x, loss=output.value, lower=short(lower), **words)
    summed = text("chain_rule.fork.sum", lower=_factor(lower), **words)
    fig.axes[0].text(WIDTH / 2, 20, summed, color=BACKWARD, weight="bold", ha="center", va="center")
    return fig


@drawing
def matrix_shapes(m=4):
    """The three matrix products of the way back through 2 → 3 → 1 as blocks, one square for each number."""
    fig, ax = diagram(404)
    rows = [
        ("dW2", ("a1ᵀ", 3, m, FORWARD), ("dz2", m, 1, BACKWARD), ("dW2", 3, 1, BACKWARD)),
        ("da1", ("dz2", m, 1, BACKWARD), ("W2ᵀ", 1, 3, FORWARD), ("da1", m, 3, BACKWARD)),
        ("dW1", ("xᵀ", 2, m, FORWARD), ("dz1", m, 3, BACKWARD), ("dW1", 2, 3, BACKWARD)),
    ]
    for (name, left, right, result), middle in zip(rows, (344, 212, 80), strict=True):
        ax.text(8, middle, text(f"chain_rule.shapes.{name}"), color=INK, va="center", linespacing=1.35)
        for block, centre in zip((left, right, result), (270, 425, 572), strict=True):
            _block(ax, centre, middle, *block)
        ax.text(350, middle - 12, "·", color=INK, ha="center", va="center", size=24)
        ax.text(499, middle - 12, "=", color=INK, ha="center", va="center", size=20)
    fig.alt = text("chain_rule.shapes.alt", m=m)
    return fig


# ---- number lines ----------------------------------------------------------------------------------------------------


def _at(value):
    """Pixel of a number: the lines run from -1.75 to 2."""
    return 170 + (value + 1.75) * 121


def _number_line(ax, height):
    ax.plot([_at(-1.75), _at(2.0)], [height, height], color=MUTED, linewidth=1.5, solid_capstyle="round", zorder=1)
    for tick in (-1, 0, 1, 2):
        ax.plot([_at(tick)] * 2, [height - 5, height + 5], color=MUTED, linewidth=1.5, zorder=1)
        ax.text(_at(tick), height - 19, number(tick), color=MUTED, ha="center", va="center")


def _interval(ax, image, height):
    """A thick arrow from the image of the left end to the image of the right end; a dot when it has no length."""
    start, middle, end = (_at(value) for value in image)
    crushed = abs(end - start) < 4
    ax.plot([middle], [height], "o", color=FORWARD, markersize=10, zorder=4, visible=crushed)
    forward_arrow(ax, (start, height), (end + 1e-6, height), mutation_scale=20, linewidth=5, zorder=3,
                  visible=not crushed)  # fmt: skip


def _slope(function, value):
    node = Node(value)
    backward(function(node))
    return node.grad


def _factor(value):
    return f"({short(value)})" if value < 0 else short(value)


# ---- graphs ----------------------------------------------------------------------------------------------------------


def _graph(output, extra=0):
    """Draw a graph; `extra` px below it stay free."""
    constants = set()
    for node in topological_order(output):
        if not node.name and constants.issuperset(node.parents):
            constants.add(node)  # made only of unnamed numbers, like the 2 in 2 * x
    if output in constants:
        raise ValueError('output: no input has a name to draw; give them names, as in Node(3.0, name="x")')
    nodes = [node for node in topological_order(output) if node not in constants]
    columns, edges = _layout(nodes)
    rows = max(map(len, columns))
    if len(columns) > MOST_COLUMNS or rows > MOST_ROWS:
        raise ValueError(f"output: a graph of {len(columns)} columns and {rows} rows is too large to read; "
                         f"expected at most {MOST_COLUMNS} columns and {MOST_ROWS} rows")  # fmt: skip
    width = {4: 112, 5: 92}.get(len(columns), 130)
    height = ROW_HEIGHT * rows + 14 + extra
    fig, ax = diagram(height)
    places = _places(columns, width, height, extra)
    for stops, (_, _, local, _) in zip(_ports(edges, places, width), edges, strict=True):
        _draw_edge(ax, stops, local)
    titles = {node: _title(node, len(columns), constants) for node in nodes}
    for node in nodes:
        x, y = places[node]
        edge = LOSS if node is output and node.name == "L" else MUTED
        node_box(ax, x, y, titles[node], node.value, node.grad, width=width, edge=edge)
    words = [{"name": titles[node], "value": short(node.value), "grad": short(node.grad)} for node in nodes]
    fig.alt = text("chain_rule.graph.alt", names="; ".join(text("chain_rule.graph.node", **node) for node in words))
    return fig


class _Bend:
    """A place in a column through which an edge passes on its way to a later column."""


def _layout(nodes):
    """Columns of nodes and bends, left to right, and the edges (parent, child, local, bends)."""
    column = {}
    for node in nodes:
        column[node] = max((column[parent] + 1 for parent in node.parents if parent in column), default=0)
    for node in nodes:
        if not node.parents:  # an input stands just before the first operation that takes it
            column[node] = min((column[child] - 1 for child in nodes if node in child.parents), default=0)
    columns = [[] for _ in range(max(column.values()) + 1)]
    for node in nodes:
        columns[column[node]].append(node)
    edges, neighbours = [], defaultdict(list)
    for node in nodes:
        for parent, local in zip(node.parents, node.local_gradients, strict=True):
            if parent not in column:
                continue
            bends = [_Bend() for _ in range(column[parent] + 1, column[node])]
            for position, bend in enumerate(bends, column[parent] + 1):
                columns[position].append(bend)
            chain = [parent, *bends, node]
            for left, right in pairwise(chain):
                neighbours[left].append(right)
                neighbours[right].append(left)
            edges.append((parent, node, local, bends))
    _untangle(columns, neighbours)
    return columns, edges


def _untangle(columns, neighbours):
    """Sort every column by the mean place of its neighbours, a few times: fewer edges cross."""
    for _ in range(4):
        place = {item: row - len(items) / 2 for items in columns for row, item in enumerate(items)}
        for items in columns:
            items.sort(key=lambda item: sum(place[other] for other in neighbours[item]) / max(len(neighbours[item]), 1))
            place |= {item: row - len(items) / 2 for row, item in enumerate(items)}


def _places(columns, width, height, extra):
    left, right = width / 2 + 8, WIDTH - width / 2 - 8
    places = {}
    for i, items in enumerate(columns):
        x = left + (right - left) * i / (len(columns) - 1) if len(columns) > 1 else WIDTH / 2
        for row, item in enumerate(items):
            places[item] = (x, (height + extra) / 2 + ((len(items) - 1) / 2 - row) * ROW_HEIGHT)
    return places


def _ports(edges, places, width):
    """Where each edge leaves its parent and enters its child: spread over the side, so that no two cross there."""
    stops = [[places[parent], *(places[bend] for bend in bends), places[child]] for parent, child, _, bends in edges]
    ports = [[None, None] for _ in edges]
    for end, (side, nearest) in enumerate(((1, 1), (-1, -2))):
        at_node = defaultdict(list)
        for i, edge in enumerate(edges):
            at_node[edge[end]].append(i)
        for node, here in at_node.items():
            here.sort(key=lambda i: -stops[i][nearest][1])
            x, y = places[node]
            for position, i in enumerate(here):
                spread = 44 if len(here) == 2 else 30
                ports[i][end] = (x + side * width / 2, y + spread * ((len(here) - 1) / 2 - position))
    return [[start, *line[1:-1], end] for (start, end), line in zip(ports, stops, strict=True)]


def _draw_edge(ax, stops, local):
    """The value's way forward above, the gradient's way back below it, and the local derivative beside that."""
    for offset, way, color, line in ((9, stops, FORWARD, "solid"), (-9, stops[::-1], BACKWARD, DASHES)):
        path = _smooth([(x, y + offset) for x, y in way])
        ax.add_patch(FancyArrowPatch(path=path, color=color, linestyle=line, arrowstyle="-|>", mutation_scale=16,
                                     linewidth=2.2, zorder=2))  # fmt: skip
    (x0, y0), (x1, y1) = stops[0], stops[-1]
    steep = (y1 - y0) / (x1 - x0) if len(stops) == 2 else 0
    x, y = ((x0 + x1) / 2, (y0 + y1) / 2) if len(stops) == 2 else stops[len(stops) // 2]
    x, y = x + 22 * steep, y - 22 - 8 * abs(steep)
    ax.text(x, y, text("chain_rule.graph.factor", local=_factor(local)), color=BACKWARD, ha="center", va="center")


def _smooth(stops):
    if len(stops) == 2:
        return Path(stops)
    points = [stops[0]]
    for (x0, y0), (x1, y1) in pairwise(stops):
        reach = (x1 - x0) * 0.45
        points += [(x0 + reach, y0), (x1 - reach, y1), (x1, y1)]
    return Path(points, [Path.MOVETO] + [Path.CURVE4] * (len(points) - 1))


def _title(node, columns, constants):
    made = _expression(node, constants)
    if not node.name or not made:
        return node.name or made
    full = f"{node.name} = {made}"
    return full if len(full) <= (11 if columns <= 3 else 9) else node.name


def _expression(node, constants):
    """The operation of a node with its operands, as in «2 · x»."""
    if not node.parents:
        return "" if node.name else short(node.value)
    words = [_operand(parent, constants) for parent in node.parents]
    if node.operation.startswith("^"):
        power = node.operation[1:]
        return words[0] + (power.translate(SUPERSCRIPTS) if power.lstrip("-").isdigit() else f"^{power}")
    if node.operation == "+" and words[1].startswith("(−") and node.parents[1] in constants:
        return f"{words[0]} − {words[1][2:-1]}"
    if node.operation == "·" and node.parents[1] in constants:
        words.reverse()
    if node.operation in "+·":
        return f" {node.operation} ".join(words)
    return f"{node.operation}({words[0].removeprefix('(').removesuffix(')')})"


def _operand(node, constants):
    if node.name:
        return node.name
    if node in constants:
        return _factor(node.value)
    made = _expression(node, constants)
    if len(made) > 7:
        return "…"
    return made if made.endswith(")") else f"({made})"


# ---- blocks ----------------------------------------------------------------------------------------------------------


def _block(ax, x, y, name, rows, columns, color, cell=20):
    """A matrix as a grid of squares, centred at (x, y), its name and shape above it."""
    left, bottom = x - columns * cell / 2, y - 12 - rows * cell / 2
    ax.add_patch(Rectangle((left, bottom), columns * cell, rows * cell, facecolor=color, alpha=0.18, edgecolor="none"))
    for i, j in np.ndindex(rows, columns):
        corner = (left + j * cell, bottom + i * cell)
        ax.add_patch(Rectangle(corner, cell, cell, fill=False, edgecolor=color, linewidth=1.2))
    label = text("chain_rule.shapes.block", name=name, rows=rows, columns=columns)
    ax.text(x, bottom + rows * cell + 6, label, color=color, ha="center", va="bottom")
