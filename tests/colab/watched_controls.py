"""Inside a kernel: remember every control that a notebook shows, then move each and compare both renderings."""

import contextlib
import functools
import itertools
import os
import re

from control_frames import frame_svg, numbers, static_parts

from lessons_lib.figures import style
from lessons_lib.figures.style import svg


class Watched:
    """The controls of a notebook, in the order in which they were shown."""

    def __init__(self, explore):
        self.explore, self.calls = explore, []

    def __call__(self, draw, **choices):
        choices = {name: list(values) for name, values in choices.items()}
        self.calls.append((draw, choices))
        return self.explore(draw, **choices)

    def findings(self, every):
        """One line for everything that is not as it should be, at every setting or at those of a few values."""
        if not self.calls:
            yield "the notebook shows no control"
        for number, (draw, choices) in enumerate(self.calls, start=1):
            if not every:
                places = {name: {0, len(values) // 2, len(values) - 1} for name, values in choices.items()}
                choices = {name: [choices[name][place] for place in sorted(few)] for name, few in places.items()}
            with drawn_once(draw) as once:
                for finding in self.differences(draw, once, choices):
                    yield f"control {number}: {finding}"

    def differences(self, draw, once, choices):
        """Set the live control to every listed setting by its widgets' state; its picture must be the page's frame."""
        live = self.explore(once, **choices)
        os.environ["LESSONS_STATIC"] = "1"
        _, data, picture = static_parts(self.explore(once, **choices))
        del os.environ["LESSONS_STATIC"]
        inputs = [box_of(row) for row in live.children[1:]]
        settings = list(itertools.product(*choices.values()))
        if len(settings) != len(data["frames"]):
            yield f"{len(settings)} settings, {len(data['frames'])} frames"
        pictures = set()
        for frame, setting in enumerate(settings):
            for box, value in zip(inputs, setting, strict=True):
                box.value = value
            shown = re.search(r"<svg .*</svg>", live.children[0].value)
            if shown is None:
                yield f"at {setting} no picture: {live.children[0].value}"
            elif numbers(frame_svg(data, picture, frame)) != numbers(shown[0]):
                yield f"at {setting} the page and the kernel differ"
            else:
                pictures.add(shown[0])
        for setting in {settings[0], settings[len(settings) // 2], settings[-1]}:
            named = dict(zip(choices, setting, strict=True))
            if svg(draw(**named)) != svg(once(**named)):
                yield f"at {setting} a second drawing is another one"
        if len(pictures) < len(settings):
            yield f"{len(settings)} settings give {len(pictures)} different pictures"


@contextlib.contextmanager
def drawn_once(draw):
    """A draw that draws each setting once, for both renderings: drawing is nearly all of their cost.

    What the renderings do with a drawing is compared everywhere; that a draw gives the same again, at three settings.
    """
    drawn, apart, take_apart = {}, {}, style.take_apart

    @functools.wraps(draw)
    def once(**setting):
        key = repr(sorted(setting.items()))
        if key not in drawn:
            drawn[key] = draw(**setting)
        return drawn[key]

    function = draw
    while isinstance(function, functools.partial):  # which has no name for wraps to take
        function = function.func
    once.__name__ = function.__name__

    def taken_apart_once(figure):
        if id(figure) not in apart:
            apart[id(figure)] = figure, take_apart(figure)  # with the figure, so that its id stays its own
        return apart[id(figure)][1]

    style.take_apart = taken_apart_once
    try:
        yield once
    finally:
        style.take_apart = take_apart


def box_of(row):
    """The widget that holds the value of a choice; beside a slider there may be words or a play button."""
    sliders = [child for child in getattr(row, "children", ()) if type(child).__name__.endswith("Slider")]
    return sliders[0] if sliders else row


def watch():
    """Put a Watched in the place of explore, for notebooks that import it from now on."""
    import lessons_lib.controls

    lessons_lib.controls.explore = watched = Watched(lessons_lib.controls.explore)
    return watched
