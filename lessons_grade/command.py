"""The command line: ``lessons-grade losses submissions.zip``, and ``lessons-grade quizzes``."""

import argparse
import errno
import json
import re
import secrets
import subprocess
import sys
from pathlib import Path

from tqdm import tqdm

from lessons_grade import reports
from lessons_grade.engine import grade_all
from lessons_grade.hand import CHANGE, Hand, read_overrides, with_roster
from lessons_grade.marking import Plan, Result
from lessons_grade.moodle import filled_worksheet
from lessons_grade.normalising import decoded
from lessons_grade.quizzes import write_quizzes
from lessons_grade.sandbox import UNPROTECTED, Limits, SandboxMissing
from lessons_grade.submissions import by_name, find
from lessons_lib.text import has_text, text

__all__ = ["course_plan", "main", "read_plan"]

_SHOWN = 20  # lines of a list on the screen
_CHECKOUT = Path(__file__).resolve().parents[1]


def course_plan(course, chapter, seed):
    """Return the Plan of a chapter for a seed, as the program `exercises.plan` of a checkout of the course prints it.

    Errors: FileNotFoundError where the folder holds no exercises; ValueError with the program's words when it fails.
    """
    if not Path(course, "exercises", "plan.py").exists():
        raise FileNotFoundError(text("grading.no_course", folder=str(course)))
    program = [sys.executable, "-X", "utf8", "-m", "exercises.plan", chapter, str(seed)]
    done = subprocess.run(program, cwd=course, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise ValueError(done.stderr.strip())
    return Plan.from_plain(json.loads(done.stdout))


def read_plan(file, chapter):
    """Return the Plan of a chapter from a file that `make plan` wrote. Errors: ValueError for any other file."""
    try:
        plan = Plan.from_plain(json.loads(Path(file).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise ValueError(text("grading.no_plan", file=str(file))) from None
    if plan.chapter != chapter:
        raise ValueError(text("grading.plan_of_another", file=str(file), chapter=plan.chapter))
    return plan


def main(arguments=None):
    """Grade, or write the quizzes; return 0, or 1 with a message when nothing could be done."""
    options = (parser := _parser()).parse_args(arguments)
    if options.chapter != "quizzes" and not options.submissions:
        parser.error("submissions")
    try:
        if options.chapter != "quizzes":
            return _grade(options)
        names = ", ".join(write_quizzes(options.output))
        print(text("grading.quizzes.done", folder=str(options.output), names=names))
        return 0
    except KeyboardInterrupt:
        print("\n" + text("grading.interrupted"), file=sys.stderr)
        return 130
    except SandboxMissing as error:
        words = text("grading.no_sandbox", reason=str(error))
    except OSError as error:
        words = _of_the_system(error, options.output)
    except ValueError as error:
        words = error
    print(words, file=sys.stderr)
    return 1


def _grade(options):
    how = {"limits": Limits(options.seconds, options.memory << 20), "protected": not options.unprotected}
    how |= {"workers": options.workers, "scheduler": options.scheduler}
    if options.unprotected:
        print(text("grading.unprotected", open=", ".join(text(f"grading.open.{name}") for name in UNPROTECTED)))
    submissions, left_out = find(options.submissions, options.chapter)
    plan = read_plan(options.plan, options.chapter) if options.plan else _own_plan(options)
    _account(submissions, left_out)
    worksheet = decoded(options.worksheet.read_bytes()) if options.worksheet else None
    if worksheet is not None:
        filled_worksheet(worksheet, {}, plan.points)  # a wrong file is said before the work
    absent, strangers = with_roster(submissions, options.roster) if options.roster else ([], [])
    _list("absent", absent, lambda one: one.student)
    _list("stranger", strangers, lambda one: f"{one.student} ({one.shown})")
    own = read_overrides(options.output / "overrides.csv", [*submissions, *absent], plan)
    hand = Hand(own, options.partial, options.late)
    with tqdm(total=len(submissions), unit="", desc=text("grading.bar"), dynamic_ncols=True) as bar:
        results = grade_all(submissions, plan, options.output, progress=bar.update, **how)
    results |= {one.key: Result("absent") for one in absent}
    submissions = sorted([*submissions, *absent], key=by_name)
    wrongly, changed = reports.write(submissions, results, plan, options.output, left_out, hand)
    _list("claimed", wrongly, lambda row: f"{row[0]}: {row[2]}")
    _list("changed", changed, lambda row: text("grading.change", **dict(zip(CHANGE, row, strict=True))))
    if worksheet or any(submission.identifier for submission in submissions):
        missing = reports.fill_worksheet(worksheet, submissions, results, plan, options.output, hand)
        _list("not_in_worksheet", missing, str)
    print(text("grading.done", folder=str(options.output)))
    return 0


def _account(submissions, left_out):
    """Say on the screen how many files there are, and which notebooks are left out."""
    files = {"files": len(submissions) + len(left_out), "taken": len(submissions), "left": len(left_out)}
    print(text("grading.counted_files", **files))
    notebooks = [path for path in left_out if path.endswith(".ipynb")]
    _list("left_out", notebooks, lambda path: f"{path} ({text(f'grading.reason.{left_out[path]}')})")


def _list(name, things, words):
    """A headline with their number, and a line for each of the first."""
    if things:
        print(text(f"grading.list.{name}", count=len(things)))
    for thing in things[:_SHOWN]:
        print(" ", words(thing))
    if len(things) > _SHOWN:
        print(" ", text("grading.list.more", count=len(things) - _SHOWN))


def _of_the_system(error, folder):
    """What the teacher reads of an error of the system: which file it is about, and the reason."""
    if not error.errno:  # one of ours, which says all
        return error
    key = f"grading.system.{errno.errorcode.get(error.errno)}"
    reason = text(key) if has_text(key) else text("grading.system.other", number=error.errno)
    name = str(error.filename or folder)
    where = "no_output" if Path(name).is_relative_to(folder) or folder.is_relative_to(name) else "no_input"
    return text(f"grading.{where}", file=name, reason=reason)


def _parser():
    parser = _Parser("lessons-grade", description=text("grading.help"), add_help=False, formatter_class=_Help)
    parser.add_argument("chapter", help=text("grading.help.chapter"))
    parser.add_argument("submissions", type=Path, nargs="?", help=text("grading.help.submissions"))
    for name, kind, default in (
        ("output", Path, Path("grades")),
        ("seed", _positive, None),
        ("workers", _positive, 2),
        ("scheduler", str, ""),
        ("seconds", float, Limits.seconds),
        ("memory", _positive, Limits.memory >> 20),
        ("course", Path, _CHECKOUT),
        ("plan", Path, None),
        ("worksheet", Path, None),
        ("roster", Path, None),
        ("late", float, 0.0),
    ):
        short = ["-o"] if name == "output" else []
        words = text(f"grading.help.{name}", default=str(default))
        parser.add_argument(*short, f"--{name}", type=kind, default=default, metavar="X", help=words.replace("%", "%%"))
    parser.add_argument("--partial", action="store_true", help=text("grading.help.partial"))
    parser.add_argument("--unprotected", action="store_true", help=text("grading.help.unprotected"))
    parser.add_argument("-h", "--help", action="help", help=text("grading.help.help"))
    parser._positionals.title, parser._optionals.title = text("grading.help.what"), text("grading.help.options")
    return parser


class _Help(argparse.HelpFormatter):
    def add_usage(self, usage, actions, groups, prefix=None):
        super().add_usage(usage, actions, groups, text("grading.help.usage") + " ")


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        """Say in the course's language which arguments are wrong; argparse names them in English sentences."""
        names = [action.dest for action in self._actions if re.search(rf"(^|\W){action.dest}(?!\w)", message)]
        names = ", ".join(names or re.findall(r"(?<!\w)-+\w[\w-]*", message))
        self.exit(2, f"{self.format_usage()}{text('grading.wrong_call', names=names)}\n")


def _positive(words):
    value = int(words)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{words!r} < 1")
    return value


def _own_plan(options):
    seed = options.seed if options.seed is not None else _kept_seed(options.output)
    return course_plan(options.course, options.chapter, seed)


def _kept_seed(folder):
    """The secret seed of this output folder: made once, and kept so that an interrupted run can go on."""
    file = Path(folder) / "seed.txt"
    if file.exists():
        words = file.read_text(encoding="utf-8", errors="replace").strip()
        if not words.isdecimal():
            raise ValueError(text("grading.bad_seed", file=str(file)))
        return int(words)
    seed = secrets.randbits(63)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{seed}\n", encoding="utf-8")
    return seed


if __name__ == "__main__":
    sys.exit(main())
