"""The command line: ``lessons-grade losses submissions.zip``."""

import argparse
import json
import secrets
import subprocess
import sys
from pathlib import Path

from tqdm import tqdm

from lessons_grade import reports
from lessons_grade.engine import grade_all
from lessons_grade.marking import Plan
from lessons_grade.sandbox import UNPROTECTED, Limits, SandboxMissing
from lessons_grade.submissions import find
from lessons_lib.text import text

__all__ = ["course_plan", "main", "read_plan"]

_SHOWN = 20  # notebooks that are left out
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
    """Grade; return 0, or 1 with a message when nothing could be graded."""
    options = _parser().parse_args(arguments)
    how = {"limits": Limits(options.seconds, options.memory << 20), "protected": not options.unprotected}
    how |= {"workers": options.workers, "scheduler": options.scheduler}
    if options.unprotected:
        print(text("grading.unprotected", open=", ".join(text(f"grading.open.{name}") for name in UNPROTECTED)))
    try:
        submissions, left_out = find(options.submissions, options.chapter)
        plan = read_plan(options.plan, options.chapter) if options.plan else _own_plan(options)
        _account(submissions, left_out)
        with tqdm(total=len(submissions), unit="", desc=text("grading.bar"), dynamic_ncols=True) as bar:
            results = grade_all(submissions, plan, options.output, progress=bar.update, **how)
        reports.write(submissions, results, plan, options.output, left_out)
        if options.worksheet or any(submission.identifier for submission in submissions):
            for name in reports.fill_worksheet(options.worksheet, submissions, results, plan, options.output):
                print(" ", text("grading.not_in_worksheet", student=name))
        print(text("grading.done", folder=str(options.output)))
        return 0
    except KeyboardInterrupt:
        print("\n" + text("grading.interrupted"), file=sys.stderr)
        return 130
    except SandboxMissing as error:
        words = text("grading.no_sandbox", reason=str(error))
    except (OSError, ValueError) as error:
        no_output = isinstance(error, OSError) and error.errno
        words = text("grading.no_output", folder=str(options.output), reason=error.strerror) if no_output else error
    print(words, file=sys.stderr)
    return 1


def _account(submissions, left_out):
    """Say on the screen how many files there are, and which notebooks are left out."""
    files = {"files": len(submissions) + len(left_out), "taken": len(submissions), "left": len(left_out)}
    print(text("grading.counted_files", **files))
    notebooks = [path for path in left_out if path.endswith(".ipynb")]
    for path in notebooks[:_SHOWN]:
        print(" ", text("grading.left_out", path=path, reason=text(f"grading.reason.{left_out[path]}")))
    if len(notebooks) > _SHOWN:
        print(" ", text("grading.left_out.more", count=len(notebooks) - _SHOWN))


def _parser():
    parser = argparse.ArgumentParser(prog="lessons-grade", description=text("grading.help"), add_help=False)
    parser.add_argument("chapter", help=text("grading.help.chapter"))
    parser.add_argument("submissions", type=Path, help=text("grading.help.submissions"))
    for name, kind, default in (
        ("output", Path, Path("grades")),
        ("seed", int, None),
        ("workers", _positive, 2),
        ("scheduler", str, ""),
        ("seconds", float, Limits.seconds),
        ("memory", _positive, Limits.memory >> 20),
        ("course", Path, _CHECKOUT),
        ("plan", Path, None),
        ("worksheet", Path, None),
    ):
        short = ["-o"] if name == "output" else []
        words = text(f"grading.help.{name}", default=str(default))
        parser.add_argument(*short, f"--{name}", type=kind, default=default, metavar="X", help=words.replace("%", "%%"))
    parser.add_argument("--unprotected", action="store_true", help=text("grading.help.unprotected"))
    parser.add_argument("-h", "--help", action="help", help=text("grading.help.help"))
    parser._positionals.title, parser._optionals.title = text("grading.help.what"), text("grading.help.options")
    return parser


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
