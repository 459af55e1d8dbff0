"""Quizzes and predictions: this module asks and judges the questions, which are data in ``lessons_lib.text``.

Like ``explore`` they have two renderings: ipywidgets with a kernel, native inputs and ``controls.js`` on the page. The
page holds the reply to every possible answer; its script looks the reply up, and judges only how far a number is from
the right one.
"""

import json
import re
from itertools import combinations

from lessons_lib._rendering import (
    Page,
    digest,
    escape,
    is_static,
    json_script,
    live_box,
    rich,
    shorten,
    unicode_scripts,
)
from lessons_lib.text import number, prediction, questions, text

__all__ = ["predict", "quiz"]

_ROUNDING = 1 + 1e-9  # 0.255 is within 0.005 of 0.25, even in binary
# A number as people write it, for Python and controls.js: patterns with replacements, then the number's pattern.
_REPLACED = ((r"\s", ""), (",", "."), ("−", "-"))
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"


def quiz(key):
    """Show the questions of ``QUIZ[key]`` (see ``lessons_lib.text``) with an explanation for every answer."""
    found = questions(key)
    plain = shorten(text("quiz.plain", count=len(found)))
    if is_static():
        return _static_quiz(key, found, plain)
    return live_box([_live_question(question, position) for position, question in enumerate(found, 1)], plain)


def predict(key):
    """Show ``PREDICT[key]``: the reader commits to a guess and is told how right it is, and what to look for."""
    found = {"kind": "one", **prediction(key)}
    plain = shorten(text("predict.plain", prompt=unicode_scripts(found["prompt"])))
    return _static_predict(key, found, plain) if is_static() else _live_predict(found, plain)


def _parse(written):
    """Read a number as people write it: comma or point, any minus sign. None when it is not a number."""
    for pattern, instead in _REPLACED:
        written = re.sub(pattern, instead, written)
    return float(written) if re.fullmatch(_NUMBER, written) else None


def _judge(question, given):
    """Return ``(verdict key, [(is right, explanation)])``; ``given`` is a set of option positions or a string."""
    if question["kind"] == "number":
        value = _parse(given)
        if value is None:
            return "quiz.not_number", []
        right = abs(value - question["answer"]) <= question["tolerance"] * _ROUNDING
        name = "right" if right else "wrong"
        return f"quiz.{name}", [(right, question[f"why_{name}"])]
    if not given:
        return "quiz.empty", []
    options = question["options"]
    wanted = {position for position, option in enumerate(options) if option["right"]}
    reasons = [(options[position]["right"], options[position]["why"]) for position in sorted(given)]
    if given == wanted:
        return "quiz.right", reasons
    return ("quiz.partly" if given < wanted else "quiz.wrong"), reasons


_SIGNS = {"quiz.right": "✓", "quiz.wrong": "✗", "quiz.partly": "…"}


def _verdict(key):
    return f"{_SIGNS[key]} {text(key)}" if key in _SIGNS else text(key)


def _reply(question, given):
    """What the reader is told, with a kernel and without: ``(state, HTML)``; the state is "none" without an answer."""
    verdict, reasons = _judge(question, given)
    signs = {True: "✓ ", False: "✗ "} if len(reasons) > 1 else {True: "", False: ""}
    lines = "".join(f"<p>{signs[right]}{rich(why)}</p>" for right, why in reasons)
    state = verdict.removeprefix("quiz.") if verdict in _SIGNS else "none"
    return state, f'<p><b class="ll-verdict">{escape(_verdict(verdict))}</b></p>{lines}'


def _replies(question):
    """The reply to every answer, by positions of the options ("0,2") or by how a number is judged."""
    if question["kind"] == "number":
        answer, tolerance = question["answer"], question["tolerance"]
        found = {"right": str(answer), "wrong": str(answer + 2 * tolerance), "not_number": ""}
    else:
        options = len(question["options"])
        most = 1 if question["kind"] == "one" else options
        chosen = [some for size in range(most + 1) for some in combinations(range(options), size)]
        found = {",".join(map(str, some)): set(some) for some in chosen}
    return {name: _reply(question, given) for name, given in found.items()}


def _answers(question):
    """The whole answer with its explanations, as HTML, for a page without JavaScript."""
    if question["kind"] == "number":
        answer = escape(text("quiz.answer", answer=number(question["answer"])))
        return f"<p>{answer}. {rich(question['why_right'])}</p>"
    lines = ""
    for option in question["options"]:
        verdict = _verdict("quiz.right" if option["right"] else "quiz.wrong")
        lines += f"<li><b>{verdict}: {rich(option['text'])}</b> — {rich(option['why'])}</li>"
    return f"<ul>{lines}</ul>"


def _static_quiz(key, found, plain):
    data = {"key": f"quiz.{key}", "questions": [_static_data(question) for question in found]}
    data |= {"replaced": _REPLACED, "number": f"^{_NUMBER}$", "cleared": text("quiz.cleared")}
    blocks = "".join(_static_question(question, i, digest("quiz", key, str(i))) for i, question in enumerate(found, 1))
    return Page(
        f'<div class="ll-control ll-quiz" role="group" aria-label="{escape(text("quiz.title"))}">{blocks}'
        f'<p class="ll-clear"><button type="button">{escape(text("quiz.clear"))}</button> '
        f'<span role="status"></span></p>{json_script(data)}</div>',
        plain,
    )


def _static_data(question):
    data = {"id": _id(question), "kind": question["kind"], "replies": _replies(question)}
    if question["kind"] == "number":
        data |= {"answer": question["answer"], "tolerance": question["tolerance"] * _ROUNDING}
    return data


def _id(asked):
    """A name that changes with the question, so that answers to an older version are forgotten."""
    return digest(json.dumps(asked, sort_keys=True, ensure_ascii=False))


def _static_question(question, position, group):
    if question["kind"] == "number":
        inputs = (
            f'<label class="ll-number"><span>{escape(text("quiz.number"))}</span>'
            '<input type="text" inputmode="decimal" size="10" autocomplete="off"></label>'
        )
    else:
        kind = "radio" if question["kind"] == "one" else "checkbox"
        inputs = static_options(kind, group, [rich(option["text"]) for option in question["options"]])
    hint = f'<p class="ll-note">{escape(text("quiz.many"))}</p>' if question["kind"] == "many" else ""
    return (
        f'<fieldset class="ll-question"><legend>{position}. {rich(question["prompt"])}</legend>{hint}{inputs}'
        f'<p class="ll-act"><button type="button">{escape(text("quiz.check"))}</button></p>'
        '<div class="ll-feedback" role="status"></div>'
        f"<noscript><details><summary>{escape(text('quiz.answers'))}</summary>{_answers(question)}</details></noscript>"
        "</fieldset>"
    )


def static_options(kind, group, options, chosen=None):
    """Radio buttons or checkboxes with these options, which are HTML; the position `chosen` is checked."""
    return "".join(
        f'<label class="ll-tick"><input type="{kind}" name="{group}" value="{i}"'
        f'{" checked" if i == chosen else ""} autocomplete="off"><span>{option}</span></label>'
        for i, option in enumerate(options)
    )


def _finding(found):
    return f"<p><b>{escape(text('predict.finding'))}.</b> {rich(found['finding'])}</p>"


def _no_guess():
    return f"<p>{escape(text('predict.empty'))}</p>"


def _static_predict(key, found, plain):
    title, heading = escape(text("predict.title")), escape(text("predict.finding"))
    options = static_options("radio", digest("predict", key), [rich(option["text"]) for option in found["options"]])
    words = {name: text(f"predict.{name}") for name in ("commit", "change", "yours")}
    replies = _replies(found) | {"": ("none", _no_guess())}
    data = {"key": f"predict.{key}", "id": _id(found), "words": words, "replies": replies, "finding": _finding(found)}
    return Page(
        f'<div class="ll-control ll-predict"><fieldset class="ll-question"><legend><b>{title}.</b> '
        f"{rich(found['prompt'])}</legend>{options}"
        f'<p class="ll-act"><button type="button">{escape(words["commit"])}</button> '
        f'<button type="button" class="ll-skip">{escape(text("predict.skip"))}</button></p>'
        '<div class="ll-feedback" role="status"></div>'
        f"<noscript><details><summary>{heading}</summary>{_answers(found)}<p>{rich(found['finding'])}</p></details>"
        f"</noscript></fieldset>{json_script(data)}</div>",
        plain,
    )


def _live_question(question, position):
    import ipywidgets

    labels = [unicode_scripts(option["text"]) for option in question.get("options", ())]
    if question["kind"] == "number":
        boxes = [ipywidgets.Text(description=text("quiz.number"), style={"description_width": "initial"})]
    elif question["kind"] == "one":
        boxes = [_live_radios(labels)]
    else:
        wide = ipywidgets.Layout(width="auto")
        boxes = [ipywidgets.Checkbox(description=label, indent=False, layout=wide) for label in labels]
    button, feedback = ipywidgets.Button(description=text("quiz.check")), ipywidgets.HTML()

    def check(_):
        if question["kind"] == "many":
            given = {i for i, box in enumerate(boxes) if box.value}
        elif question["kind"] == "one":
            given = {boxes[0].index} - {None}
        else:
            given = boxes[0].value
        feedback.value = _reply(question, given)[1]

    button.on_click(check)
    hint = f"<br>{escape(text('quiz.many'))}" if question["kind"] == "many" else ""
    prompt = ipywidgets.HTML(f"<p><b>{position}. {rich(question['prompt'])}</b>{hint}</p>")
    return ipywidgets.VBox([prompt, *boxes, button, feedback])


def _live_radios(labels):
    import ipywidgets

    return ipywidgets.RadioButtons(options=labels, index=None, layout=ipywidgets.Layout(width="max-content"))


def _live_predict(found, plain):
    import ipywidgets

    radios = _live_radios([unicode_scripts(option["text"]) for option in found["options"]])
    commit, skip = (ipywidgets.Button(description=text(f"predict.{name}")) for name in ("commit", "skip"))
    feedback = ipywidgets.HTML()

    def answer(button):
        if button is skip:
            feedback.value = _finding(found)
        elif radios.index is None:
            feedback.value = _no_guess()
        else:
            guess = f"<p>{escape(text('predict.yours'))}: {rich(found['options'][radios.index]['text'])}</p>"
            feedback.value = guess + _reply(found, {radios.index})[1] + _finding(found)

    commit.on_click(answer)
    skip.on_click(answer)
    prompt = ipywidgets.HTML(f"<p><b>{escape(text('predict.title'))}.</b> {rich(found['prompt'])}</p>")
    return live_box([prompt, radios, commit, skip, feedback], plain)
