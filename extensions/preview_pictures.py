"""The picture that a messenger shows beside a link to a page: the title, and a motif of the chapter.

The motifs have the colours of the course; the library computes the curves, paths and gradients in them.
"""

import io
from itertools import pairwise, product
from textwrap import wrap

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch
from PIL import Image

from lessons_lib import SGD, Adam, clip_by_norm, newton_schulz
from lessons_lib.after_adam import CONVERGING
from lessons_lib.data import load_digits
from lessons_lib.figures.palette import BACKWARD, DASHES, FORWARD, GRID, INK, LOSS, MUTED, RATE
from lessons_lib.figures.style import course_style, optimizer_style
from lessons_lib.losses import binary_cross_entropy
from lessons_lib.schedules import step_decay, warmup_cosine
from lessons_lib.surfaces import descend, quadratic_bowl

WIDTH, HEIGHT, DPI = 1200, 630, 100
PAPER = "#fffefb"
COLOURS = 96
COURSE = "Від правила ланцюга до Adam"


def _arrow(ax, start, end, color, bend=0.0, style="solid"):
    shape = {"arrowstyle": "-|>", "mutation_scale": 34, "connectionstyle": f"arc3,rad={bend}"}
    ax.add_patch(FancyArrowPatch(start, end, lw=5, color=color, linestyle=style, shrinkA=26, shrinkB=26, **shape))


def _curves(ax):
    ax.spines[["left", "bottom"]].set(visible=True, color=MUTED, linewidth=3)


def chain(ax):
    for x in (0, 1, 2):
        ax.add_patch(Circle((x, 0), 0.17, color=(FORWARD, MUTED, BACKWARD)[x]))
    for x in (0, 1):
        _arrow(ax, (x, 0), (x + 1, 0), FORWARD, bend=-0.45)
        _arrow(ax, (x + 1, 0), (x, 0), BACKWARD, bend=-0.45, style=DASHES)
    ax.set(xlim=(-0.3, 2.3), ylim=(-0.8, 0.8), aspect="equal")


def loss_curve(ax):
    p = np.linspace(0.01, 1, 200)
    ax.plot(p, [binary_cross_entropy(np.array([q]), np.array([1.0])) for q in p], color=LOSS, lw=8)
    _curves(ax)


def network(ax):
    layers = [[(x, y - (n - 1) / 2) for y in range(n)] for x, n in zip((0, 1.2, 2.4), (2, 3, 1), strict=True)]
    for left, right in pairwise(layers):
        for (x0, y0), (x1, y1) in product(left, right):
            ax.plot([x0, x1], [y0, y1], color=FORWARD, lw=4, zorder=1)
            ax.plot([x0, x1], [y0 - 0.09, y1 - 0.09], color=BACKWARD, lw=3, linestyle=DASHES, zorder=1)
    for node in (node for layer in layers for node in layer):
        ax.add_patch(Circle(node, 0.2, facecolor=PAPER, edgecolor=INK, lw=4, zorder=2))
    ax.set(xlim=(-0.3, 2.7), ylim=(-1.35, 1.35), aspect="equal")


def paths(ax):
    bowl, start = quadratic_bowl(12.0), (-2.0, 0.8)
    x, y = np.meshgrid(np.linspace(-2.4, 0.6, 80), np.linspace(-1.2, 1.2, 80))
    ax.contour(x, y, bowl.f(np.stack([x, y], axis=-1)), levels=12, colors=GRID, linewidths=3)
    for optimizer, name in ((SGD(learning_rate=0.15), "SGD"), (Adam(learning_rate=0.12), "Adam")):
        path = descend(bowl, optimizer, steps=28, start=start)
        ax.plot(*np.array(path).T, lw=4, markersize=13, **optimizer_style(name, every=2))


def schedules(ax):
    t = np.arange(101)
    ax.plot(t, warmup_cosine(t, 1.0, 0.0, 15, 100), color=RATE, lw=8)
    ax.plot(t, step_decay(t, 0.9, 0.5, 25), color=RATE, lw=5, alpha=0.5, linestyle=DASHES)
    _curves(ax)


def clipping(ax):
    gradient = np.array([1.9, 1.25])
    ax.add_patch(Circle((0, 0), 1, facecolor="none", edgecolor=MUTED, lw=4, linestyle=(0, (1, 1.5))))
    _arrow(ax, (-0.1, -0.07), gradient, BACKWARD, style=DASHES)
    _arrow(ax, (-0.1, -0.07), clip_by_norm(gradient, 1.15), FORWARD)
    ax.set(xlim=(-1.1, 2.1), ylim=(-1.1, 1.5), aspect="equal")


def digit(ax):
    ax.imshow(load_digits()[0][4].reshape(8, 8), cmap="Blues")


def singular_values(ax):
    begin = np.diag(np.geomspace(0.02, 1, 6))
    ax.plot([newton_schulz(begin, steps, CONVERGING).diagonal() for steps in range(9)], color=FORWARD, lw=6)
    ax.axhline(1, color=MUTED, lw=4, linestyle=DASHES)
    _curves(ax)


# By the last part of a page's address; the words after «На рисунку» are for those who do not see the picture.
NETWORK = (network, "мережа з двох шарів, значення йдуть уперед, градієнти назад")
MOTIFS = {
    "01_chain_rule": (chain, "три вузли, сині стрілки вперед і помаранчеві пунктирні назад"),
    "02_losses": (loss_curve, "крива втрати, що стрімко зростає, коли ймовірність прямує до нуля"),
    "03_backprop": NETWORK,
    "04_optimizers": (paths, "лінії рівня яру й шляхи SGD та Adam до його дна"),
    "05_schedules": (schedules, "два розклади швидкості навчання: розігрів із косинусом і сходинки"),
    "06_gradients": (clipping, "градієнт, обрізаний до кола без зміни напрямку"),
    "07_digits": (digit, "рукописна цифра з 64 пікселів"),
    "08_after_adam": (singular_values, "сингулярні числа матриці, які крок за кроком сходяться до одиниці"),
}


def motif(page):
    return MOTIFS.get(page.rpartition("/")[2], NETWORK)


def picture(page, title):
    """The PNG of a page, 1200 × 630."""
    with course_style():
        figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=PAPER)
        ax = figure.add_axes((0.585, 0.16, 0.36, 0.68))
        ax.set(xticks=[], yticks=[], facecolor="none")
        ax.spines[:].set_visible(False)
        motif(page)[0](ax)
        figure.text(0.06, 0.84, COURSE, size=21, color=MUTED)
        lines = wrap(title, 17, break_long_words=False)
        words = {"size": 42 if len(lines) <= 3 else 36, "family": "DejaVu Serif", "linespacing": 1.25}
        figure.text(0.06, 0.48, "\n".join(lines), va="center", color=INK, **words)
        for start, end, color, style in ((0.06, 0.12, FORWARD, "solid"), (0.13, 0.19, BACKWARD, DASHES)):
            figure.add_artist(Line2D((start, end), (0.13, 0.13), color=color, linestyle=style, lw=6))
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    png = io.BytesIO()
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    drawn.quantize(COLOURS, method=Image.Quantize.FASTOCTREE).save(png, "PNG")
    return png.getvalue()
