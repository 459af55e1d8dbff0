"""Chapter 6: gradients."""

TITLE = "Вправи: градієнти"
INTRO = """
Ці вправи йдуть за розділом 6.
"""
IMPORTS = ()
