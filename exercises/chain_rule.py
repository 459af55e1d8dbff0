"""Chapter 1: chain rule."""

TITLE = "Вправи: правило ланцюга"
INTRO = """
Ці вправи йдуть за розділом 1.
"""
IMPORTS = ()
