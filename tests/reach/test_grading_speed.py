"""Measure how fast classes are graded, with two workers:  python -m tests.reach.test_grading_speed [--long 3000]

Prints submissions a minute: a mixed class of 300 of one chapter, of each chapter, and with endless loops in one of ten;
and one submission as a multiple of starting Python and NumPy in the box, which other work on the machine slows as much.
--long 3000  also grades so many, interrupts and resumes, and says whether the tables are the same and memory stays flat
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import exercises
from exercises.plan import plan as plain_plan
from lessons_grade import engine, reports
from lessons_grade.marking import Plan, grade
from lessons_grade.sandbox import Limits, Sandbox
from lessons_grade.submissions import find
from tools import exercises as tool

ENDLESS = ("while True: pass", "sum(range(10**13))", "while True:\n        try: 1\n        except BaseException: pass")


def answers(chapter, number):
    """What a student hands in: all right, mistakes, half of it, or nothing, by number."""
    tasks = exercises.tasks_of(chapter)
    right = {task.name: tool.solution(task) for task in tasks}
    mistakes = {t.name: tool.solution(t, list(t.wrongs.values())[number % len(t.wrongs)]) for t in tasks if t.wrongs}
    return (right, right | mistakes, dict(list(right.items())[: len(right) // 2]), mistakes, right, {})[number % 6]


def make_class(folder, chapter, size, endless=False):
    kinds = [tool.serialize(tool.notebook(chapter, answers(chapter, number))) for number in range(36)]
    name = next(task.name for task in exercises.tasks_of(chapter) if task.kind == "function")
    stub = next(task.stub for task in exercises.tasks_of(chapter) if task.name == name)
    head = stub[: stub.index(":\n") + 2]
    loops = [{name: f"{head}    {loop}\n"} for loop in ENDLESS] if endless else []
    loops = [tool.serialize(tool.notebook(chapter, answers(chapter, 0) | loop)) for loop in loops]
    for number in range(size):
        content = loops[number // 10 % len(loops)] if loops and number % 10 == 0 else kinds[number % len(kinds)]
        (folder / f"s{number:04d}.ipynb").write_bytes(content)


def grade_class(source, chapter, out, stop_at=None):
    """Seconds; like the command, ended by Ctrl-C after `stop_at` submissions."""
    seen = []

    def count():
        seen.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
        if len(seen) == stop_at:
            raise KeyboardInterrupt

    start, plan = time.monotonic(), Plan.from_plain(plain_plan(chapter, 5))
    submissions, left_out = find(source, chapter)
    try:
        results = engine.grade_all(submissions, plan, out, limits=Limits(), progress=count)
    except KeyboardInterrupt:
        engine._sandboxes.clear()  # it is stopped
        return time.monotonic() - start, seen
    reports.write(submissions, results, plan, out, left_out)
    return time.monotonic() - start, seen


def rate(chapter, size=300, endless=False):
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "class").mkdir()
        make_class(Path(home) / "class", chapter, size, endless)
        seconds, _ = grade_class(Path(home) / "class", chapter, Path(home) / "out")
        return round(60 * size / seconds)


def start_up(rounds=15):
    """(seconds of one submission, seconds of Python and NumPy in bubblewrap), medians, measured in turn."""
    box, plan = Sandbox(), Plan.from_plain(plain_plan("losses", 5))
    content = tool.serialize(tool.notebook("losses", answers("losses", 0)))
    bare = [*box._box(), sys.executable, "-c", "import numpy"]

    def timed(function):
        start = time.monotonic()
        function()
        return time.monotonic() - start

    pairs = [
        (timed(lambda: grade(content, plan, box)), timed(lambda: subprocess.run(bare, check=True)))
        for _ in range(rounds)
    ]
    return [statistics.median(column) for column in zip(*pairs, strict=True)]


def long_run(size):
    """(whether an interrupted run ends with the same files, MB of memory that nine tenths of a class add)."""
    with tempfile.TemporaryDirectory() as home:
        folder, tables = Path(home), []
        (folder / "class").mkdir()
        make_class(folder / "class", "losses", size)
        for name, stops in (("whole", [None]), ("resumed", [size // 6, size // 2, None])):
            for stop in stops:
                seconds, memory = grade_class(folder / "class", "losses", folder / name, stop)
            files = (path for path in (folder / name).rglob("*") if path.suffix in (".csv", ".jsonl", ".html"))
            tables.append({path.name: path.read_bytes() for path in files})
            print(f"{size} {name}: {seconds:.0f} s, memory {memory[len(memory) // 10]} to {memory[-1]} MB", flush=True)
        return tables[0] == tables[1], memory[-1] - memory[len(memory) // 10]


def test_a_submission_takes_little_longer_than_python_and_numpy():
    # A busy machine may spoil one measurement; what is too slow stays so in all three.
    assert any(one < 2 * bare for one, bare in (start_up() for _ in range(3)))


def test_an_interrupted_class_ends_with_the_same_files_and_takes_no_more_memory():
    same, growth = long_run(120)
    assert same and growth < 30


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", type=int, default=0)
    options = parser.parse_args()
    one, bare = start_up()
    print(f"one submission {one:.3f} s, bubblewrap python -c 'import numpy' {bare:.3f} s: {one / bare:.2f} times")
    print("losses, one of ten endless:", rate("losses", endless=True), "a minute (limit 200)", flush=True)
    for chapter in exercises.CHAPTERS:
        print(chapter, rate(chapter), f"a minute (limit {600 if chapter == 'losses' else 300})", flush=True)
    if options.long:
        print("byte-identical, MB more:", *long_run(options.long))
