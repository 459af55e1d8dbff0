"""``explore``: a control for a function that draws, in two renderings.

With a kernel the control is made of ipywidgets and computes live. With ``LESSONS_STATIC=1`` (set while the book is
built) it is made of native HTML inputs, wired by ``book/_static/controls.js``, and the same function computes every
frame in advance. This module does no mathematics, and the functions that draw know nothing about widgets. ``quiz`` and
``predict`` come from ``lessons_lib.quizzes`` and render in the same two ways.
"""

import functools
import inspect
import itertools
import math
from dataclasses import dataclass
from numbers import Real

from lessons_lib._rendering import Page, digest, escape, is_static, json_script, live_box, shorten
from lessons_lib.quizzes import predict, quiz, static_options
from lessons_lib.text import has_text, number, text

__all__ = ["explore", "predict", "quiz"]

_MOST_RADIOS = 4
_FINER = 10  # steps of a live slider between two listed values
_PLAY_MS = 700  # for a step of the play button; the same number is in controls.js


def explore(draw, **choices):
    """Show the figure of ``draw(**settings)`` with an input for each choice, a list of numbers, names or on/off.

    ``explore(loss_curve, p=[0.1, 0.5, 0.9], tangent=[False, True])`` takes one to three choices. Labels come from the
    text key ``control.<draw name>.<choice>``; the first setting is draw's own default, else the middle of the list.
    A parameter that draw annotates as ``float`` or ``int`` takes any value between the listed ones where a kernel
    computes it (on a logarithmic scale when the list is geometric); a text key ``….play`` gives numbers a play button.
    """
    name, choices = _check_choices(draw, choices)
    plain = text("control.plain", choices=", ".join(choice.label for choice in choices))
    render = _static_explore if is_static() else _live_explore
    return render(draw, name, choices, shorten(plain))


@dataclass(frozen=True)
class _Choice:
    name: str
    key: str
    kind: str  # "number", "name" or "bool"
    values: tuple
    between: str  # what a kernel may compute besides the values: "nothing", "whole", "even" or "geometric"
    default: int

    @property
    def label(self):
        return text(self.key)

    @property
    def words(self):
        return tuple(self.say(value) for value in self.values)

    @property
    def play(self):
        """The label of the play button, or None."""
        key = f"{self.key}.play"
        return text(key) if self.kind == "number" and has_text(key) else None

    def say(self, value):
        """Write a value as the reader sees it."""
        if self.kind == "bool":
            return text("control.on" if value else "control.off")
        if self.kind == "name":
            return text(f"{self.key}.{value}") if has_text(f"{self.key}.{value}") else value
        value = float(f"{value:.3g}") if isinstance(value, float) and value not in self.values else value
        return text(f"{self.key}.value", value=value) if has_text(f"{self.key}.value") else number(value)


def _check_choices(draw, choices):
    if not callable(draw):
        raise TypeError(f"draw: expected a function that returns a Figure, got {type(draw).__name__} {draw!r}")
    function = draw
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", type(function).__name__)
    if not 1 <= len(choices) <= 3:
        raise ValueError(f"choices: expected 1 to 3 lists, got {len(choices)}: {sorted(choices)}")
    parameters = inspect.signature(draw).parameters
    open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    for choice in choices:
        if choice not in parameters and not open_ended:
            raise TypeError(f"{choice}: not a parameter of {name}, expected one of {list(parameters)}")
    return name, [_check_choice(name, choice, values, parameters) for choice, values in choices.items()]


def _check_choice(draw_name, name, values, parameters):
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name}: expected a list of values, got {type(values).__name__} {values!r}")
    values = tuple(value.item() if hasattr(value, "item") else value for value in values)
    if len(values) < 2 or len(set(values)) < len(values):
        raise ValueError(f"{name}: expected at least 2 different values, got {list(values)!r}")
    kinds = {_kind(name, value) for value in values}
    if len(kinds) > 1:
        raise TypeError(f"{name}: expected all numbers, all names or all on/off, got {list(values)!r}")
    kind = kinds.pop()
    parameter = parameters.get(name, inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY))
    default = parameter.default
    position = values.index(default) if isinstance(default, (Real, str)) and default in values else len(values) // 2
    between = _between(values, parameter.annotation)
    choice = _Choice(name, f"control.{draw_name}.{name}", kind, values, between, position)
    choice.label, choice.words  # noqa: B018  a missing text is an error here, not in the middle of a page
    return choice


def _between(values, annotation):
    """Which values besides the listed ones a draw function understands: its annotation says what it takes."""
    if annotation in (int, "int"):
        return "whole"
    if annotation not in (float, "float") or isinstance(values[0], (bool, str)):
        return "nothing"
    steps = [b - a for a, b in itertools.pairwise(values)]
    if all(math.isclose(step, steps[0], rel_tol=1e-6) for step in steps):
        return "even"
    ratios = [b / a if a > 0 else 0 for a, b in itertools.pairwise(values)]
    return "geometric" if ratios[0] > 0 and all(math.isclose(r, ratios[0], rel_tol=1e-6) for r in ratios) else "nothing"


def _kind(name, value):
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "name"
    if isinstance(value, Real) and math.isfinite(value):
        return "number"
    raise TypeError(f"{name}: expected finite numbers, names or on/off, got {type(value).__name__} {value!r}")


def _static_explore(draw, name, choices, plain):
    from lessons_lib.figures.style import take_apart
    from lessons_lib.figures.svg import merge, name_ids

    names = [choice.name for choice in choices]
    settings = list(itertools.product(*(choice.values for choice in choices)))
    frames = [take_apart(draw(**dict(zip(names, setting, strict=True)))) for setting in settings]
    shown = settings.index(tuple(choice.values[choice.default] for choice in choices))
    figure, variants, lists = merge(frames, shown)
    group = digest(name, *map(repr, choices))
    inputs = "".join(_static_input(choice, f"{group}-{position}") for position, choice in enumerate(choices))
    data = {
        "words": [choice.words for choice in choices],
        "alts": [frame.alt for frame in frames],
        "variants": variants,
        "frames": lists,
        "shown": shown,
    }
    markup = (
        f'<div class="ll-control ll-explore"><div class="ll-figure">{figure}</div>'
        f'<div class="ll-inputs" role="group" aria-label="{escape(text("control.group"))}">{inputs}</div>'
        f'<noscript><p class="ll-note">{escape(text("control.needs_js"))}</p></noscript>{json_script(data)}</div>'
    )
    return Page(name_ids(markup), plain)


def _static_input(choice, group):
    label, attributes = escape(choice.label), 'autocomplete="off"'
    if choice.kind == "number":
        words, every = escape(choice.words[choice.default]), escape("\n".join(choice.words))
        return (
            f'<div class="ll-input ll-range"><label><span>{label}</span><input type="range" min="0" '
            f'max="{len(choice.values) - 1}" step="1" value="{choice.default}" aria-valuetext="{words}" {attributes}>'
            f'</label><span class="ll-value" data-words="{every}"><output aria-live="off">{words}</output></span>'
            f"{_static_play(choice)}</div>"
        )
    if choice.kind == "bool":
        on = choice.values.index(True)
        checked = " checked" if choice.default == on else ""
        return (
            f'<div class="ll-input"><label class="ll-tick"><input type="checkbox" data-on="{on}"{checked} {attributes}>'
            f"<span>{label}</span></label></div>"
        )
    words = [escape(word) for word in choice.words]
    if len(words) > _MOST_RADIOS:
        options = "".join(
            f'<option value="{i}"{" selected" if i == choice.default else ""}>{word}</option>'
            for i, word in enumerate(words)
        )
        select = f"<select {attributes}>{options}</select>"
        return f'<div class="ll-input ll-select"><label><span>{label}</span>{select}</label></div>'
    radios = static_options("radio", group, words, choice.default)
    return f'<fieldset class="ll-input ll-radios"><legend>{label}</legend><div>{radios}</div></fieldset>'


def _static_play(choice):
    if not choice.play:
        return ""
    play, pause = escape(choice.play), escape(text("control.pause"))
    return f'<button type="button" class="ll-play" data-play="{play}" data-pause="{pause}">{play}</button>'


def _live_explore(draw, name, choices, plain):
    import ipywidgets

    from lessons_lib.figures.style import svg

    inputs = [_live_input(choice) for choice in choices]
    picture = ipywidgets.HTML()

    def update(change=None):
        setting = {choice.name: box.value for choice, box in zip(choices, inputs, strict=True)}
        try:
            picture.value = f'<div class="ll-figure">{svg(draw(**setting))}</div>'
        except Exception as error:  # the reader's own draw may fail in any way; the next change must still work
            message = text("control.error", error=shorten(f"{type(error).__name__}: {error}"))
            picture.value = f'<p class="ll-error" role="alert">{escape(message)}</p>'

    for box in inputs:
        box.observe(update, names="value")
    update()
    rows = [_live_row(choice, box) for choice, box in zip(choices, inputs, strict=True)]
    return live_box([picture, *rows], plain)


def _live_input(choice):
    import ipywidgets

    start = choice.values[choice.default]
    if choice.kind == "bool":
        return ipywidgets.Checkbox(value=start, description=choice.label, indent=False)
    shape = {
        "description": choice.label,
        "style": {"description_width": "initial"},
        "layout": ipywidgets.Layout(width="auto", max_width="640px", flex="1 1 auto"),
    }
    low, high = (min(choice.values), max(choice.values)) if choice.kind == "number" else (None, None)
    if choice.kind == "name" or choice.between == "nothing" or choice.play:
        options = list(zip(choice.words, choice.values, strict=True))
        # No Dropdown for many names: JupyterLab takes its arrow keys for shortcuts of its own.
        kind = ipywidgets.SelectionSlider if choice.kind == "number" else ipywidgets.ToggleButtons
        return kind(options=options, value=start, **shape)
    if choice.between == "whole":
        return ipywidgets.IntSlider(value=start, min=low, max=high, readout=False, **shape)
    parts = _FINER * (len(choice.values) - 1)
    if choice.between == "even":
        step = (high - low) / parts
        return ipywidgets.FloatSlider(value=start, min=low, max=high, step=step, readout=False, **shape)
    ends = {"min": math.log10(low), "max": math.log10(high)}
    step = (ends["max"] - ends["min"]) / parts
    return ipywidgets.FloatLogSlider(value=start, base=10, step=step, readout=False, **ends, **shape)


def _live_row(choice, box):
    """An input with its neighbour: the words of a value between the listed ones, or a play button."""
    import ipywidgets

    if choice.play:
        play = ipywidgets.Play(min=0, max=len(choice.values) - 1, value=choice.default, interval=_PLAY_MS)
        ipywidgets.link((play, "value"), (box, "index"))
        return ipywidgets.HBox([play, box])
    if getattr(box, "readout", True):
        return box
    words = ipywidgets.Label(choice.say(box.value))
    box.observe(lambda change: setattr(words, "value", choice.say(change["new"])), names="value")
    return ipywidgets.HBox([box, words])
