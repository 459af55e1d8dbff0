"""Measure what the course calls fast, and record it: `make bench`.

    python -m tools.bench                the steps of training, the import, the pages and their controls
    python -m tools.bench --all          the builds and the tests too, which take a quarter of an hour
    python -m tools.bench --steps        only the steps and the import
    python -m tools.bench --steps --quick  a tenth of the rounds: to try it out
    python -m tools.bench --page         measure nothing: write the page again from the record

The record is tools/bench/record.json; the page «Швидкодія» and its figure are written from it. What is not measured
keeps its earlier numbers. Exit status 1 when a limit of tools/bench/limits.py is broken. Other work on the machine
makes times longer: measure on a quiet machine. PyTorch and JAX are compared where they are installed.
"""

import argparse
import datetime
import sys

from tools.bench.timing import use_one_thread

use_one_thread()  # before NumPy is imported

from tools.bench import limits, machine, page, pages, programs, startup, steps  # noqa: E402

ROUNDS = {"small": 60, "large": 16}
QUICK = {"small": 6, "large": 2}
PLACES = {"small": 6, "large": 1}  # in memory; large arrays always begin at a page


def measure(options):
    """The parts of a record that were asked for."""
    rounds = QUICK if options.quick else ROUNDS
    problems = {"small": programs.small(), "large": programs.large()}
    say("steps of training")
    found = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "threads": 1,
        "machine": machine.machine(),
        "steps": {name: steps.compared(problem, rounds[name], PLACES[name]) for name, problem in problems.items()},
        "gains": {name: steps.gains(problem, rounds[name], PLACES[name]) for name, problem in problems.items()},
    }
    say("import")
    found["imports"] = startup.imports(21)
    if options.steps:
        return found
    say("pages and controls")
    found["pages"], found["live"] = pages.static_pages(), pages.live_pages()
    if options.all:
        say("builds")
        found["builds"] = startup.builds()
        say("tests")
        found["tests"] = startup.tests()
    return found


def say(what):
    print(f"measuring: {what} …", file=sys.stderr, flush=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="also the builds and the tests")
    parser.add_argument("--steps", action="store_true", help="only the steps of training and the import")
    parser.add_argument("--quick", action="store_true", help="a tenth of the rounds: to try, not to record")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page from the record")
    options = parser.parse_args(arguments)
    if options.page:
        return page.write(page.load())
    record = (page.load() if page.RECORD.is_file() else {}) | measure(options)
    page.save(record)
    page.write(record)
    print(page.report(record))
    broken = limits.broken(record)
    print("\n".join(broken) or "All limits are kept.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
