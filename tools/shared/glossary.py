"""The terms of the course, from book/reference/glossary.csv."""

import csv

from tools.shared import ROOT

TERMS = ROOT / "book" / "reference" / "glossary.csv"


def terms():
    """The rows of the glossary as dicts; `never` as [(pattern, patterns of words that excuse it)]."""
    with TERMS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        variants = [variant.strip() for variant in row["never"].split(";") if variant.strip()]
        row["never"] = [(pattern.strip(), but.split()) for pattern, _, but in (v.partition("|") for v in variants)]
    return rows
