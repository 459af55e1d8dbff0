"""Grade many submissions: threads that each watch one sandbox, or the workers of a Dask cluster.

Every result is written at once to `results.jsonl` in the output folder. A run that is interrupted and started again
with the same plan grades what is missing, and ends with the same files. Where the tasks or the limits are others than
before, with the same chapter and seed, everything is graded again in place.
"""

import hashlib
import json
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from pathlib import Path

from lessons_grade.marking import Result, canary, grade, rejected
from lessons_grade.normalising import LARGEST_FILE
from lessons_grade.sandbox import Limits, Sandbox
from lessons_grade.tables import replace_file
from lessons_lib.text import text

__all__ = ["grade_all"]

_FORM = 2  # of the log
_USUAL = Limits()
_AHEAD = 4  # submissions waiting for each worker: the rest stay on the disk


def grade_all(submissions, plan, folder, *, limits, protected=True, workers=2, scheduler="", progress=lambda: None):
    """Grade submissions into `folder` and return {submission key: Result}; call `progress` after each.

    Errors: ValueError where the folder holds results of another chapter or seed; SandboxMissing; OSError when the
    cluster cannot be reached.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "results.jsonl"
    results = _read(log, _mark(plan, limits))
    waiting = []
    for submission in submissions:
        content = _content(submission)
        digest = hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else content.reason
        known = results.get(submission.key)
        if known and known[0] == digest and known[1].reason != "fault":
            progress()
        else:
            waiting.append((submission, digest))
    run, where = (_on_cluster, scheduler) if scheduler else (_on_this_machine, workers)
    with open(log, "a", encoding="utf-8") as file:
        for (submission, digest), result in run(waiting, plan, limits, protected, where):
            results[submission.key] = (digest, result)
            file.write(_line(submission.key, *results[submission.key]))
            file.flush()
            progress()
    in_order = {submission.key: results[submission.key] for submission in submissions}
    lines = "".join(_line(key, *known) for key, known in in_order.items())
    replace_file(log, (_head(_mark(plan, limits)) + lines).encode())  # in the order of names, however the run went
    return {key: replace(result, file=digest) for key, (digest, result) in in_order.items()}


def grade_content(content, plan, limits, protected):
    """Grade one file's bytes in the sandbox of this process; this is what a worker runs. A rejection stays one."""
    return grade(content, plan, _sandbox(limits, protected, plan)) if isinstance(content, bytes) else content


_sandboxes = {}


def _sandbox(limits, protected, plan):
    """One Sandbox per process, in which the right answers have passed."""
    key = limits, protected, _mark(plan, limits)
    if key not in _sandboxes:
        sandbox = Sandbox(limits, protected)
        canary(plan, sandbox)
        _sandboxes[key] = sandbox
    return _sandboxes[key]


def _content(submission):
    """The bytes, or a rejection."""
    if submission.link:
        return rejected("link")
    try:
        content = submission.read()
    except Exception:  # a broken archive raises almost anything
        return rejected("unreadable")
    return rejected("too_large") if len(content) > LARGEST_FILE else content


def _on_this_machine(waiting, plan, limits, protected, workers):
    sandbox = _sandbox(limits, protected, plan)

    def one(item):
        return grade_content(_content(item[0]), plan, limits, protected)

    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from _as_they_end(waiting, partial(pool.submit, one), workers * _AHEAD, wait_for=wait)
        except BaseException:  # as when the teacher presses Ctrl-C
            pool.shutdown(wait=False, cancel_futures=True)
            sandbox.stop()
            raise


def _on_cluster(waiting, plan, limits, protected, address):
    from distributed import Client
    from distributed import wait as wait_on_cluster

    try:
        client = Client(address)
    except (OSError, ValueError) as error:
        raise ConnectionError(text("grading.no_cluster", address=address)) from error
    with client:
        shared = client.scatter(plan, broadcast=True)

        def submit(item):
            content = _content(item[0])
            # Each submission has its own key: equal files from two students are two results.
            key = f"grade-{hashlib.sha256(repr((item[0].key, item[1])).encode()).hexdigest()}"
            return client.submit(grade_content, content, shared, limits, protected, key=key, pure=False, retries=3)

        ahead = _AHEAD * max(1, sum(client.nthreads().values()))
        yield from _as_they_end(waiting, submit, ahead, wait_for=wait_on_cluster)


def _as_they_end(waiting, submit, ahead, wait_for):
    """Yield (item, result) in the order in which they end, with at most `ahead` running."""
    items, running = iter(waiting), {}
    while True:
        for item in items:
            running[submit(item)] = item
            if len(running) >= ahead:
                break
        if not running:
            return
        done, _ = wait_for(list(running), return_when=FIRST_COMPLETED)
        for future in done:
            yield running.pop(future), future.result()


def _line(key, digest, result):
    return json.dumps({"key": key, "digest": digest, "result": result.to_plain()}, ensure_ascii=False) + "\n"


def _head(mark):
    return json.dumps({"plan": mark}) + "\n"


def _mark(plan, limits=_USUAL):
    """What identifies chapter and seed, then also tasks and limits, in the log: digests, since the seed is secret."""
    parts = f"{plan.chapter} {plan.seed}", f"{_FORM} {plan.digest} {limits}"
    return ".".join(hashlib.sha256(part.encode()).hexdigest() for part in parts)


def _read(log, mark):
    """{key: (digest, Result)} of an earlier run, none where tasks or limits have changed since.

    A truncated last line is ignored, and removed from the file.
    """
    whole, results = b"", {}
    for line in log.read_bytes().splitlines(keepends=True) if log.exists() else ():
        try:
            entry = json.loads(line)
        except ValueError:
            break
        if not line.endswith(b"\n"):
            break
        if not whole and entry != {"plan": mark}:
            if str(entry.get("plan")).partition(".")[0] != mark.partition(".")[0]:
                raise ValueError(text("grading.other_plan", folder=str(log.parent)))
            break
        if whole:
            results[entry["key"]] = (entry["digest"], Result.from_plain(entry["result"]))
        whole += line
    replace_file(log, whole or _head(mark).encode())
    return results
