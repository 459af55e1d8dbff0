"""Chapter 4: optimizers."""

TITLE = "Вправи: оптимізатори"
INTRO = """
Ці вправи йдуть за розділом 4.
"""
IMPORTS = ()
