"""What holds for the figures of every chapter: words that can be read, the same picture every time."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from lessons_lib.figures.style import FONT_SIZE, svg


def words(figure):
    """What is written on a figure: its visible texts, without the blank ones."""
    return [word.get_text() for word in _written(figure)]


def assert_large_enough(figure):
    """Every text, even one that is empty or hidden now, is 16 px in a figure of full width: 9 px on a phone."""
    width = 72 * figure.get_size_inches()[0]
    assert abs(width - 640) < 1e-4, f"expected a figure 640 px wide, got {width}"
    sizes = {artist: artist.get_fontsize() for artist in figure.findobj(lambda artist: hasattr(artist, "get_fontsize"))}
    assert words(figure), "expected words on the figure, got none"
    least = max(16, FONT_SIZE)
    small = {artist: size for artist, size in sizes.items() if not size >= least}
    assert not small, f"expected a font size of at least {least}, got {small}"


def assert_words_apart(figure):
    """Every word that is painted lies inside the figure, and no two of them overlap."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # places the labels of the axes
    beyond, taken = _labels_beyond_the_limits(figure), {}
    for word in _written(figure):
        if word in beyond:
            continue
        box = word.get_window_extent(canvas.get_renderer())
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height
        assert inside, f"expected inside {figure.bbox.size}, got {word} at {box.extents}"
        box = box.shrunk(0.9, 0.7)  # the box of a word has more air than ink
        clashes = [other for other, place in taken.items() if box.overlaps(place)]
        assert not clashes, f"expected words apart, got {word} over {clashes}"
        taken[word] = box
    assert taken, "expected words on the figure, got none"


def assert_readable(figure):
    """The words are large enough, inside the figure, and apart."""
    assert_large_enough(figure)
    assert_words_apart(figure)


def repeatable_svg(draw):
    """The SVG of a figure, which must be the same when it is drawn again."""
    first, second = svg(draw()), svg(draw())
    assert first == second, "expected the same SVG every time"
    return first


def assert_frames_differ_inside_the_same_axes(draw, choices):
    """The first and the last frame of a control have one size and the same limits, and say different things."""
    first, last = (draw(**{name: values[end] for name, values in choices.items()}) for end in (0, -1))
    sizes = [figure.get_size_inches().tolist() for figure in (first, last)]
    assert sizes[0] == sizes[1], f"expected one size, got {sizes} inches"
    limits = [[(ax.get_xlim(), ax.get_ylim()) for ax in figure.axes] for figure in (first, last)]
    assert limits[0] == limits[1], f"expected the same axes, got {limits}"
    assert first.alt != last.alt, f"expected two alt texts, got twice {first.alt!r}"


def _written(figure):
    return [word for word in figure.findobj(Text) if word.get_visible() and word.get_text().strip()]


def _labels_beyond_the_limits(figure):
    """The labels that matplotlib keeps for ticks beyond the limits of their axis and does not paint."""
    labels = set()
    for axis in (axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)):
        place = axis.get_transform().transform
        low, high = sorted(place(axis.get_view_interval()))
        slack = 1e-10 * (high - low)  # matplotlib's own: a tick that rounding put beside the limit is painted
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not low - slack <= place([tick.get_loc()])[0] <= high + slack:
                labels |= {tick.label1, tick.label2}
    return labels
