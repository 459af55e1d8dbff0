"""Inside a kernel: remember every control that a notebook shows; then move each, and compare both renderings."""

import itertools
import os
import re

from control_frames import frame_svg, numbers, static_parts


class Watched:
    """The controls of a notebook, in the order in which they were shown."""

    def __init__(self, explore):
        self.explore, self.calls = explore, []

    def __call__(self, draw, **choices):
        choices = {name: list(values) for name, values in choices.items()}
        self.calls.append((draw, choices))
        return self.explore(draw, **choices)

    def findings(self):
        """One line for everything that is not as it should be."""
        if not self.calls:
            yield "the notebook shows no control"
        for number, (draw, choices) in enumerate(self.calls, start=1):
            for finding in self.differences(draw, choices):
                yield f"control {number}: {finding}"

    def differences(self, draw, choices):
        """Set the live control to every listed setting by its widgets' state; its picture must be the page's frame."""
        live = self.explore(draw, **choices)
        os.environ["LESSONS_STATIC"] = "1"
        _, data, picture = static_parts(self.explore(draw, **choices))
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
        if len(pictures) < len(settings):
            yield f"{len(settings)} settings give {len(pictures)} different pictures"


def box_of(row):
    """The widget that holds the value of a choice; beside a slider there may be words or a play button."""
    sliders = [child for child in getattr(row, "children", ()) if type(child).__name__.endswith("Slider")]
    return sliders[0] if sliders else row


def watch():
    """Put a Watched in the place of explore, for notebooks that import it from now on."""
    import lessons_lib.controls

    lessons_lib.controls.explore = watched = Watched(lessons_lib.controls.explore)
    return watched
