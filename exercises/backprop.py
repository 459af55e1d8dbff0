"""Chapter 3: backprop."""

TITLE = "Вправи: зворотне поширення"
INTRO = """
Ці вправи йдуть за розділом 3.
"""
IMPORTS = ()
