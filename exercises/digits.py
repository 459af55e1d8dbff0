"""Chapter 7: digits."""

TITLE = "Вправи: усе разом"
INTRO = """
Ці вправи йдуть за розділом 7.
"""
IMPORTS = ()
