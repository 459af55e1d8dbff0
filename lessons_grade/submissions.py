"""Find the students' notebooks in a folder or a zip file, as teaching platforms give them.

Moodle              Name Surname_12345_assignsubmission_file_/any.ipynb, or …_file_any.ipynb
nbgrader            submitted/<student>/<assignment>/any.ipynb
Google Classroom    one folder with files «Name Surname - any.ipynb», or a folder for each student
else                the file's name is the student
"""

import os
import re
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lessons_grade.normalising import LARGEST_FILE

__all__ = ["Submission", "find"]

_MOODLE = re.compile(r"^(?P<name>[^/]+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)$")
_DRIVE = re.compile(r"^(?P<name>[^/]+?) [-–—] [^/]+$")
_NOISE = {"__MACOSX", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Submission:
    """One student's file. `identifier` is Moodle's number of the participant, "" elsewhere; `link` marks a symlink."""

    student: str
    identifier: str
    source: str  # the folder or zip file
    path: str  # inside it
    link: bool = False

    @property
    def key(self):
        return f"{self.identifier}|{self.student}"

    def read(self):
        """The bytes of the file, at most one more than allowed."""
        if zipfile.is_zipfile(self.source):
            with zipfile.ZipFile(self.source) as archive, archive.open(self.path) as file:
                return file.read(LARGEST_FILE + 1)
        with open(Path(self.source, self.path), "rb", opener=_open_plain_file) as file:
            return file.read(LARGEST_FILE + 1)


def find(source):
    """Return one submission per student in a folder or zip file, sorted by name; of several files the last by name.

    Errors: FileNotFoundError for a source that is not there; ValueError for one that holds no submission.
    """
    source = Path(source)
    if not source.exists():
        raise FileNotFoundError(f"source {str(source)!r} does not exist")
    files = _in_zip(source) if source.is_file() else _in_folder(source)
    found = {}
    for path, link in sorted(files):
        student, identifier = _owner(PurePosixPath(path))
        submission = Submission(student, identifier, str(source), path, link)
        before = found.get(submission.key)
        if before is None or _rank(path) >= _rank(before.path):
            found[submission.key] = submission
    if not found:
        raise ValueError(f"source {str(source)!r} holds no submission")
    return sorted(found.values(), key=lambda submission: (submission.student, submission.identifier))


def _rank(path):
    """A notebook counts before any other file; then the last by name."""
    return path.lower().endswith(".ipynb"), path


def _in_folder(folder):
    for root, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if name not in _NOISE and not Path(root, name).is_symlink())
        for name in files:
            if not name.startswith("."):
                path = Path(root, name)
                yield path.relative_to(folder).as_posix(), path.is_symlink()


def _in_zip(file):
    if not zipfile.is_zipfile(file):
        raise ValueError(f"source {str(file)!r} is neither a folder nor a zip file")
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            parts = PurePosixPath(entry.filename).parts
            if not entry.is_dir() and not _NOISE.intersection(parts) and not parts[-1].startswith("."):
                yield entry.filename, stat.S_ISLNK(entry.external_attr >> 16)


def _owner(path):
    """(student, Moodle's identifier) of a file by its place and name."""
    path = PurePosixPath(str(path).encode("utf-8", errors="replace").decode("utf-8"))  # a name may not be valid text
    for part in path.parts:
        if match := _MOODLE.match(part):
            return match["name"].strip(), match["id"]
    if len(path.parts) >= 3:
        return path.parts[-3], ""
    if match := _DRIVE.match(path.stem):
        return match["name"].strip(), ""
    return (path.parts[-2] if len(path.parts) == 2 else path.stem), ""


def _open_plain_file(path, flags):
    """Open a file, but no symlink and nothing that blocks, such as a pipe."""
    descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is not a plain file")
    return descriptor
