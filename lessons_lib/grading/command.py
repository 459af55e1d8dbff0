"""The command line: ``lessons-grade losses submissions.zip``."""

import argparse
import json
import secrets
import sys
from importlib import import_module
from pathlib import Path

from lessons_lib.grading import reports
from lessons_lib.grading.engine import OtherPlan, grade_all
from lessons_lib.grading.judging import Plan
from lessons_lib.grading.sandbox import UNPROTECTED, Limits, SandboxMissing
from lessons_lib.grading.submissions import find
from lessons_lib.text import text

__all__ = ["course_plan", "main"]

_CHECKOUT = Path(__file__).resolve().parents[2]


def course_plan(course, chapter, seed):
    """Return (Plan, title) of a chapter for a seed, from the definitions in a checkout of the course.

    Errors: FileNotFoundError where the folder holds no exercises; ValueError for a chapter that is not there.
    """
    course = Path(course)
    if not (course / "exercises" / "tasks.py").exists():
        raise FileNotFoundError(text("grading.no_course", folder=str(course)))
    sys.path.insert(0, str(course))
    exercises = import_module("exercises")
    if chapter not in exercises.CHAPTERS:
        raise ValueError(text("grading.no_chapter", chapter=chapter, known=", ".join(exercises.CHAPTERS)))
    tasks = exercises.tasks_of(chapter)
    released = course / "book" / "exercises" / f"{exercises.CHAPTERS[chapter]}.ipynb"
    cells = json.loads(released.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    stubs = {task.stub.strip() for task in tasks}
    given = tuple(source for source in sources if source.strip() not in stubs)
    imports = import_module("exercises.tasks").imports(exercises.definitions(chapter))
    records = tuple(task.record(seed) for task in tasks)
    plan = Plan(chapter, records, imports, given)
    # As a worker of a cluster would read it: so every engine gives the same words.
    return Plan.from_plain(plan.to_plain()), exercises.definitions(chapter).TITLE


def main(arguments=None):
    """Grade; return 0, or 1 with a message when nothing could be graded."""
    options = _parser().parse_args(arguments)
    seed = options.seed if options.seed is not None else _kept_seed(options.output)
    limits = Limits(options.seconds, options.memory << 20)
    if options.unprotected:
        print(text("grading.unprotected", open=", ".join(text(f"grading.open.{name}") for name in UNPROTECTED)))
    try:
        plan, title = course_plan(options.course, options.chapter, seed)
        submissions = find(options.submissions)
        with _Bar(len(submissions)) as bar:
            results = grade_all(
                submissions,
                plan,
                options.output,
                limits=limits,
                protected=not options.unprotected,
                workers=options.workers,
                scheduler=options.scheduler,
                progress=bar,
            )
    except SandboxMissing as error:
        print(text("grading.no_sandbox", reason=str(error)), file=sys.stderr)
        return 1
    except (OtherPlan, FileNotFoundError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n" + text("grading.interrupted"), file=sys.stderr)
        return 130
    reports.write(submissions, results, plan, title, options.output)
    print(text("grading.done", folder=str(options.output)))
    return 0


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


def _kept_seed(folder):
    """The secret seed of this output folder: made once, and kept so that an interrupted run can go on."""
    file = Path(folder) / "seed.txt"
    if file.exists():
        return int(file.read_text(encoding="utf-8"))
    seed = secrets.randbits(63)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{seed}\n", encoding="utf-8")
    return seed


class _Bar:
    """A progress bar; without tqdm, nothing."""

    def __init__(self, total):
        from tqdm import tqdm

        self._bar = tqdm(total=total, unit="", desc=text("grading.bar"), dynamic_ncols=True)

    def __enter__(self):
        return self._bar.update

    def __exit__(self, *error):
        self._bar.close()


if __name__ == "__main__":
    sys.exit(main())
