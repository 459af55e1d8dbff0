"""Find the students' notebooks in a folder or a zip file, as teaching platforms give them.

Moodle              Name Surname_12345_assignsubmission_file_/any.ipynb, or …_file_any.ipynb
nbgrader            submitted/<student>/<assignment>/any.ipynb
Google Classroom    files «Name Surname - any.ipynb», or a folder for each student
else                a folder for each student, at the level where the names differ most; in one folder, a file for each

Every file is accounted for: it is a submission, or `find` says why it is not.
"""

import os
import re
import stat
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from lessons_grade.normalising import LARGEST_FILE
from lessons_lib.text import text

__all__ = ["Submission", "by_name", "find"]

_MOODLE = re.compile(r"^(?P<name>[^/]+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)$")
_COPY = re.compile(
    rf"( ?\(\d+\)|-Copy\d+|-checkpoint| [-–—] ({text('grading.copy')}|copy)( ?\(\d+\))?)+$", re.IGNORECASE
)
_GIVEN_OUT = re.compile(r"\d\d_[a-z_]+")  # the names of our notebooks, and of nbgrader's folders for them
_DASH = re.compile(r" [-–—] ")
_NOT_A_STUDENT = {"submitted", "course", "book", "exercises", ".ipynb_checkpoints"}
_NOISE = {"__MACOSX", "desktop.ini", "Thumbs.db"}
# Letters that Unicode puts behind all others: each comes after the letter whose code stands here.
_LATE = ((0x491, 0x433, 1), (0x454, 0x435, 1), (0x456, 0x438, 1), (0x457, 0x438, 2))
_ORDER = {late: chr(before) + "\uffff" * steps for late, before, steps in _LATE}


@dataclass(frozen=True)
class Submission:
    """One student's file.

    identifier is Moodle's number of the participant, "" elsewhere; place tells namesakes in different folders apart;
    link marks a symlink; time orders the copies of one student.
    """

    student: str
    identifier: str
    source: str  # the folder or zip file
    path: str  # inside it
    shown: str  # the path as text
    link: bool = False
    place: str = ""
    time: float = 0.0

    @property
    def key(self):
        return "|".join([self.identifier, self.student, *filter(None, [self.place])])

    @property
    def is_notebook(self):
        return self.path.lower().endswith(".ipynb")

    def read(self):
        """The bytes of the file, at most one more than allowed."""
        if Path(self.source).is_file():
            with zipfile.ZipFile(self.source) as archive, archive.open(self.path) as file:
                return file.read(LARGEST_FILE + 1)
        with open(Path(self.source, self.path), "rb", opener=_open_plain_file) as file:
            return file.read(LARGEST_FILE + 1)


def find(source, chapter=""):
    """Return (submissions, left out): one submission per student, sorted by name, and {path: why it is none}.

    Of several notebooks of a student those count that hold the chapter's checks, then the newest.
    Errors: FileNotFoundError for a source that is not there; ValueError for one that holds no submission.
    """
    source = Path(source)
    if not source.exists():
        raise FileNotFoundError(text("grading.no_source", source=str(source)))
    files = _in_zip(source) if source.is_file() else _in_folder(source)
    files = sorted(files, key=lambda file: file.shown)
    left_out = {file.shown: "noise" for file in files if _is_noise(file)}
    found = []
    for of_student in _owners([file for file in files if not _is_noise(file)]).values():
        best = max(of_student, key=lambda file: _rank(file, chapter if len(of_student) > 1 else ""))
        left_out |= {file.shown: _reason(file, chapter) for file in of_student if file is not best}
        found.append(best)
    # Beside notebooks, a file of another kind that lies in no student's folder is nobody's.
    lone = [one for one in found if not (one.is_notebook or one.identifier or _folders(one))]
    if len(lone) < len(found):
        left_out |= {one.shown: "no_notebook" for one in lone}
        found = [one for one in found if one not in lone]
    if not found:
        raise ValueError(text("grading.no_submission", source=str(source)))
    return sorted(found, key=by_name), left_out


def by_name(one):
    """A key that sorts submissions as the Ukrainian alphabet does."""
    return one.student.lower().translate(_ORDER), one.identifier, one.place


def _owners(files):
    """{key: files of one student}, each file with its student."""
    moodle = [(file, match) for file in files if (match := _moodle(file.shown))]
    rest = [file for file in files if not _moodle(file.shown)]
    owned = [replace(file, student=match["name"].strip(), identifier=match["id"]) for file, match in moodle]
    notebooks = [file for file in rest if file.is_notebook]
    stems = defaultdict(set)
    for file in notebooks:
        stems[_folders(file)].add(_own_name(file))
    dashes = [_DASH.split(name, maxsplit=1) for names in stems.values() for name in names if _DASH.search(name)]
    lefts, rights = (Counter(pair[side] for pair in dashes) for side in (0, 1))
    name_is_right = all(map(_GIVEN_OUT.fullmatch, lefts)) or (len(lefts) == 1 and len(rights) > 1)
    level = _level([folders for folders in stems if folders])
    for file in rest:
        folders, name = _folders(file), _own_name(file)
        several = {stem for stem in stems[folders] if not _GIVEN_OUT.fullmatch(stem)}
        shared = len(several) > 2 or (len(stems) == 1 and len(several) > 0 and len(stems[folders]) > 1)
        if file.is_notebook and _DASH.search(name):
            student, place = _DASH.split(name, maxsplit=1)[name_is_right], "/".join(folders)
        elif folders and not shared:
            at = min(level.get(len(folders), 0), len(folders) - 1)
            student, place = folders[at], "/".join(folders[:at])
        else:
            stem = PurePosixPath(file.shown).stem
            student, place = (stem if _GIVEN_OUT.fullmatch(name) else name), "/".join(folders)
        owned.append(replace(file, student=student.strip(), place=place))
    names = Counter((file.student, file.place) for file in owned)
    places = defaultdict(set)
    for student, place in names:
        places[student].add(place)
    of_student = defaultdict(list)
    for file in owned:
        one = file if len(places[file.student]) > 1 else replace(file, place="")
        of_student[one.key].append(one)
    return of_student


def _moodle(path):
    return next(filter(None, map(_MOODLE.match, PurePosixPath(path).parts)), None)


def _is_noise(file):
    path = PurePosixPath(file.shown)
    hidden = path.name.startswith("._" if file.is_notebook else ".")
    return hidden or bool(_NOISE.intersection(path.parts))


def _folders(file):
    """The folders above a file that can be a student's or a group's."""
    parts = PurePosixPath(file.shown).parts[:-1]
    return tuple(part for part in parts if not (_GIVEN_OUT.fullmatch(part) or part.lower() in _NOT_A_STUDENT))


def _own_name(file):
    """The file's name without its ending and what copying adds."""
    return _COPY.sub("", PurePosixPath(file.shown).stem)


def _level(folders):
    """{depth: the level at which the folders of this depth differ most, of equals the deepest}"""
    levels = {}
    for depth in set(map(len, folders)):
        counts = [len({path[at] for path in folders if len(path) == depth}) for at in range(depth)]
        levels[depth] = max(range(depth), key=lambda at: (counts[at], at))
    return levels


def _rank(file, chapter):
    """Which of a student's files counts: a notebook, no checkpoint, of the chapter, the newest, the last by name."""
    is_checkpoint = ".ipynb_checkpoints" in PurePosixPath(file.shown).parts
    return file.is_notebook, not is_checkpoint, _is_of(file, chapter), file.time, file.shown


def _is_of(file, chapter):
    """Whether a file calls a check of the chapter; unreadable ones do not."""
    if not chapter or not file.is_notebook or file.link:
        return False
    try:
        content = file.read()
    except Exception:  # a broken archive raises almost anything
        return False
    words = content.replace(b"\0", b"")  # UTF-16 too
    return re.search(rb"check\(\s*\\?[\"']" + chapter.encode() + rb"\.", words) is not None


def _reason(file, chapter):
    if not file.is_notebook:
        return "no_notebook"
    return "older" if not chapter or _is_of(file, chapter) else "other_chapter"


def _in_folder(folder):
    for root, folders, files in os.walk(folder, followlinks=False):
        if "results.jsonl" in files:  # an output of this program
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not Path(root, name).is_symlink())
        for name in files:
            path = Path(root, name)
            inside = path.relative_to(folder).as_posix()
            shown = _printable(os.fsencode(inside).decode("utf-8", errors="replace"))
            yield Submission("", "", str(folder), inside, shown, path.is_symlink(), time=path.lstat().st_mtime)


def _in_zip(file):
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename and not entry.is_dir()]
    except Exception as error:  # a broken archive raises almost anything
        raise ValueError(text("grading.not_zip", source=str(file))) from error
    for entry in entries:
        shown = _printable(entry.filename if entry.flag_bits & 0x800 else _decoded(entry.filename))
        if PurePosixPath(shown).name:
            link = stat.S_ISLNK(entry.external_attr >> 16)
            time = sum(n * 60**i for i, n in enumerate(entry.date_time[::-1]))
            yield Submission("", "", str(file), entry.filename, shown, link, time=time)


def _printable(name):
    """A name without what steers a terminal or turns the direction of writing."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)


def _decoded(name):
    """A name that an archive holds without saying how: UTF-8, or what Windows in Ukrainian writes, cp866 or cp1251."""
    try:
        raw = name.encode("cp437")
        return raw.decode("utf-8")
    except UnicodeEncodeError:
        return name
    except UnicodeDecodeError:
        found = [raw.decode(encoding, errors="replace") for encoding in ("cp866", "cp1251")]
        return max(found, key=lambda words: sum(0x430 <= ord(letter) <= 0x457 for letter in words.lower()))


def _open_plain_file(path, flags):
    """Open a file, but no symlink and nothing that blocks, such as a pipe."""
    descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is not a plain file")
    return descriptor
