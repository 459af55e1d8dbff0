"""A formula in one line of text, for the alternative description of its picture in a PDF.

The notation is that of UnicodeMath: ``a/b``, ``x_i``, ``x^2``, ``√(x)``; brackets hold together what has several parts.
"""

ACCENTS = {"^": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303", "¯": "\u0304", "―": "\u0304", "→": "\u20d7"}
INVISIBLE = {"\u2061": " ", "\u2062": ""}  # "apply this function" and "times", which MathML writes between signs
RELATIONS = set("=+−≤≥<>≈←→∈·⋅⊙≠")


def formula_text(element):
    """The text of a MathML element (a BeautifulSoup tag)."""
    parts = [child for child in element.children if getattr(child, "name", None)]
    write = _WRITERS.get(element.name)
    if write:
        return write(*parts)
    if not parts:
        sign = element.get_text()
        return f" {sign} " if element.name == "mo" and sign in RELATIONS else INVISIBLE.get(sign, sign)
    return " ".join("".join(map(formula_text, parts)).split())


def _one(element):
    leaves = [child for child in element.find_all() if child.find() is None]
    return f"({formula_text(element)})" if len(leaves) > 1 else formula_text(element)


def _over(base, accent):
    mark = ACCENTS.get(accent.get_text())
    return formula_text(base) + mark if mark else f"{formula_text(base)}^{_one(accent)}"


_WRITERS = {
    "mfrac": lambda top, bottom: f"{_one(top)}/{_one(bottom)}",
    "msub": lambda base, low: f"{formula_text(base)}_{_one(low)}",
    "msup": lambda base, high: f"{formula_text(base)}^{_one(high)}",
    "msubsup": lambda base, low, high: f"{formula_text(base)}_{_one(low)}^{_one(high)}",
    "munder": lambda base, low: f"{formula_text(base)}_{_one(low)}",
    "munderover": lambda base, low, high: f"{formula_text(base)}_{_one(low)}^{_one(high)}",
    "mover": _over,
    "msqrt": lambda *inside: f"√({''.join(map(formula_text, inside))})",
    "mroot": lambda inside, degree: f"{_one(degree)}√({formula_text(inside)})",
    "mtable": lambda *rows: "; ".join(map(formula_text, rows)),
    "mspace": lambda: " ",
}
