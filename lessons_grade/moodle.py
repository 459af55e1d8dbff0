"""Moodle both ways: its grading worksheet, as the teacher downloaded it, is filled; the pages go up as one zip.

Moodle writes the worksheet's headings in the language of its interface. So a column is known by what it holds: the
participant's number ends the first one; the maximum is the last that has the same number in every row (earlier grades
may be equal, too), and the grade stands before it; the comments, where the assignment has them, come last. Everything
else stays as it is: Moodle refuses a grade when it does not find the time of the last change.
"""

import csv
import io
import re
import zipfile
from pathlib import PurePosixPath

from lessons_grade.tables import plain, table_in
from lessons_lib.text import text

__all__ = ["blank_worksheet", "filled_worksheet", "zip_of_pages"]

_DATE = re.compile(r"-|.*\d{4}.*\d:\d\d.*")


def filled_worksheet(words, grades, of):
    """Return the worksheet with points scaled to its maximum and comments, and the names that it does not have.

    words   the worksheet's text
    grades  {Moodle's number of the participant: (name, points, comment)}
    of      the points that make the maximum
    Errors: ValueError for a table in which the columns are not found.
    """
    delimiter, table = table_in(words)
    heads, *rows = [row for row in table if row] or [[]]
    rows = [] if any(len(row) != len(heads) for row in rows) else rows
    numbers = [match[0] if (match := re.search(r"\d+$", row[0])) else None for row in rows]
    columns = list(zip(*rows, strict=True))
    maxima = [i for i, column in enumerate(columns) if i > 2 and len(set(column)) == 1 and _number(column[0])]
    if not maxima or None in numbers:
        raise ValueError(text("grading.no_worksheet"))
    place, maximum = maxima[-1] - 1, rows[0][maxima[-1]]
    has_comments = len(heads) > maxima[-1] + 2 and not any(_DATE.fullmatch(row[-1]) for row in rows)
    for number, row in zip(numbers, rows, strict=True):
        if number in grades:
            _, points, comment = grades[number]
            grade = f"{points / of * _number(maximum):.2f}"
            row[place] = grade.replace(".", ",") if "," in maximum else grade
            if has_comments:
                row[-1] = comment
    missing = [name for number, (name, _, _) in grades.items() if number not in numbers]
    return _table([heads, *rows], delimiter), missing


def blank_worksheet(given, maximum):
    """A worksheet as Moodle in English gives it before anybody is graded."""
    heads = ["Identifier", "Full name", "Status", "Grade", "Maximum Grade", "Grade can be changed"]
    rows = [[*heads, "Last modified (grade)", "Feedback comments"]]
    rows += [[f"Participant {one.identifier}", plain(one.student), "", "", maximum, "Yes", "-", ""] for one in given]
    return _table(rows)


def _table(rows, delimiter=","):
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue()


def zip_of_pages(submissions, pages, file):
    """Write a zip with each page in the folder that Moodle gave the submission, which is how Moodle finds the student.

    pages  {submission key: bytes}
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in submissions:
            folder = next((part for part in PurePosixPath(one.shown).parts if "_assignsubmission_" in part), "")
            if folder:
                place = folder.partition("_assignsubmission_")[0] + "_assignsubmission_file_"
                archive.writestr(zipfile.ZipInfo(f"{place}/{text('grading.page')}.html"), pages[one.key])


def _number(words):
    """The number that a cell holds with a point or a comma, or 0."""
    match = re.fullmatch(r"(\d+)(?:[.,](\d+))?", words.strip())
    return float(f"{match[1]}.{match[2] or 0}") if match else 0.0
