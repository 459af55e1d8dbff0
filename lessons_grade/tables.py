"""Tables as spreadsheets read and write them: CSV in every dialect of Excel; xlsx, where openpyxl is installed."""

import csv
import io
import re
import zipfile
from pathlib import Path

from lessons_grade.normalising import decoded

__all__ = ["plain", "read_table", "replace_file", "table_in", "tidy", "write_table", "write_workbook"]

_LONGEST = 32_767  # characters that a cell of Excel holds


def read_table(path):
    """The rows of a CSV file, their cells without spaces around. Errors: OSError."""
    return [[cell.strip() for cell in row] for row in table_in(decoded(Path(path).read_bytes()))[1]]


def table_in(words):
    """(the delimiter, the rows) of a table: Excel writes a comma, a semicolon or a tab, as its language has it."""
    words = words.removeprefix("\ufeff")
    delimiter = max(",;\t", key=words.partition("\n")[0].count)
    return delimiter, list(csv.reader(io.StringIO(words), delimiter=delimiter))


def write_table(path, heads, rows):
    with open(path, "w", encoding="utf-8-sig", newline="") as file:  # with a BOM: Excel needs it for Ukrainian letters
        csv.writer(file).writerows([heads, *([plain(cell) for cell in row] for row in rows)])


def write_workbook(path, heads, rows):
    """Write an .xlsx file in which no cell is a formula; the same rows give the same bytes. Errors: ImportError."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book, written = Workbook(), io.BytesIO()
    sheet = book.active
    for i, row in enumerate([heads, *rows], start=1):
        for j, value in enumerate(row, start=1):
            is_text = isinstance(value, str)
            cell = sheet.cell(i, j, ILLEGAL_CHARACTERS_RE.sub("", value)[:_LONGEST] if is_text else value)
            cell.data_type = "s" if is_text else cell.data_type
    sheet.freeze_panes, sheet.column_dimensions["A"].width = "B2", 30
    book.save(written)
    with zipfile.ZipFile(written) as parts, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in parts.namelist():  # without the time of writing
            content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2000-01-01T00:00:00Z", parts.read(name))
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def replace_file(file, content):
    """Write bytes so that the file is whole at any time, even where the disk is full."""
    new = file.with_name(f"{file.name}.new")
    new.write_bytes(content)
    new.replace(file)


def plain(cell):
    """Text that a spreadsheet would run as a formula is kept as text, also where it splits a line at semicolons."""
    return re.sub(r"(^|[;\t\r\n]\s*)(?=[=+@\t\r-])", r"\1'", cell) if isinstance(cell, str) else cell


def tidy(points):
    """Points as a table shows them: 7, not 7.0."""
    return int(points) if points == int(points) else round(points, 2)
