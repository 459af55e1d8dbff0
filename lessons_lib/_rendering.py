"""What controls and quizzes share: the choice of a rendering, the two kinds of output, and safe HTML."""

import functools
import hashlib
import html
import json
import os
import re
import textwrap

_ALLOWED = re.compile(r"&lt;(/?(?:sub|sup|i|b|code))&gt;")
_LOW = dict(zip("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))
_HIGH = dict(zip("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ", strict=True))


class Page:
    """A rendering for the static page."""

    def __init__(self, markup, plain):
        self.markup, self.plain = markup, plain

    def __repr__(self):
        return self.plain

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.markup, "text/plain": self.plain}


@functools.cache
def _box_class():
    import ipywidgets

    class LessonBox(ipywidgets.VBox):
        """A VBox whose text form is short and the same in every run."""

        plain = ""

        def __repr__(self):
            return self.plain

    return LessonBox


def live_box(children, plain):
    box = _box_class()(children=children)
    box.plain = plain
    box.add_class("ll-live")
    return box


def is_static():
    return os.environ.get("LESSONS_STATIC") == "1"


def escape(words):
    return html.escape(words, quote=True)


def rich(words):
    return _ALLOWED.sub(r"<\1>", escape(words))


def unicode_scripts(words):
    """Write ``<sub>`` and ``<sup>`` with Unicode characters, for widgets whose labels are plain text."""

    def script(match, table, mark):
        inside = match[1]
        return "".join(map(table.get, inside)) if all(map(table.get, inside)) else mark + inside

    words = re.sub(r"<sub>(.*?)</sub>", lambda match: script(match, _LOW, "_"), words)
    words = re.sub(r"<sup>(.*?)</sup>", lambda match: script(match, _HIGH, "^"), words)
    return re.sub(r"</?(?:i|b|code)>", "", words)


def shorten(words):
    return textwrap.shorten(words, 100, placeholder="…")


def digest(*parts):
    return "q" + hashlib.sha1("\n".join(parts).encode()).hexdigest()[:8]


def json_script(data):
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    written = written.replace("</", "<\\/").replace("<!--", "<\\u0021--")
    return f'<script type="application/json">{written}</script>'
