"""The box in which a student's code runs: no network, no files, no new processes, little memory and time.

On Linux with bubblewrap the child has its own namespaces, sees Python and the library read-only, and a kernel filter
(seccomp) keeps it from starting processes and threads. Without bubblewrap it is a plain child process with limits on
memory and time: `UNPROTECTED` lists what is open then.
"""

import json
import os
import platform
import selectors
import shutil
import signal
import site
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import lessons_lib
from lessons_lib.text import text

__all__ = ["UNPROTECTED", "Limits", "Sandbox", "SandboxMissing"]

UNPROTECTED = ("network", "files", "processes")
_LIBRARY = Path(lessons_lib.__file__).resolve().parent
_CHILD = Path(__file__).resolve().with_name("child.py")
# What the box shows of Python: these parts of the folders in which it is installed.
_PARTS = ("bin", "lib", "lib32", "lib64", "pyvenv.cfg")
_MOST_PARTS = 200_000  # lists and objects in one message


class SandboxMissing(RuntimeError):
    """bubblewrap is not here, or it is not allowed to make its box."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    seconds   for one task; after 1.5 times that the parent ends the child, and a submission after `in_all`
    memory    bytes of address space
    output    bytes that the child may send back
    """

    seconds: float = 4.0
    memory: int = 1 << 30
    output: int = 8 << 20

    def in_all(self, tasks):
        """Seconds for a whole submission: to start on a busy machine, for all cells, for so many tasks."""
        return 30 + 2 * self.cell_seconds + 2 * self.seconds * tasks

    @property
    def cell_seconds(self):
        """Seconds for one cell, which may train a network of the student's own."""
        return 5 * self.seconds


class Sandbox:
    """Runs requests of the `child` module. `protected=False` does without bubblewrap."""

    def __init__(self, limits=Limits(), protected=True):
        self.limits, self.protected, self._running = limits, protected, set()
        self._stopped = False
        if protected:
            self._bwrap = shutil.which("bwrap")
            if self._bwrap is None:
                raise SandboxMissing(text("grading.sandbox.none"))
            self._filter = _filter_of_calls()
            trial = self._start(stdin=subprocess.PIPE)
            said, errors = trial.communicate(self._request([], []), timeout=60)
            if said.strip() != b'{"end": true}':
                reason = errors.decode(errors="replace").strip().rpartition("\n")[2]
                raise SandboxMissing(text("grading.sandbox.broken", reason=reason))

    def run(self, cells, tasks, seconds=None):
        """Yield the child's messages, last {"end": True}, or {"timeout": …} or {"died": …} with what it was doing.

        seconds   in all; without it what the limits give to so many tasks
        """
        if self._stopped:
            yield {"died": ("start", None)}
            return
        end = time.monotonic() + (self.limits.in_all(len(tasks)) if seconds is None else seconds)
        with tempfile.TemporaryFile() as given:
            given.write(self._request(cells, tasks))
            given.seek(0)
            process = self._start(stdin=given, stderr=subprocess.DEVNULL)
        self._running.add(process)
        try:
            yield from self._messages(process, end)
        finally:
            self._running.discard(process)
            self._end(process)

    def stop(self):
        """End every child that runs now, and start no other; from any thread."""
        self._stopped = True
        for process in list(self._running):
            process.kill()

    def _messages(self, process, end):
        doing, received, begun = ("start", None), 0, []
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            deadline = end
            while True:
                if not selector.select(max(0.0, min(deadline, end) - time.monotonic())):
                    yield {"timeout": doing}
                    return
                piece = os.read(process.stdout.fileno(), 1 << 16)
                received += len(piece)
                if not piece or received > self.limits.output:
                    yield {"died": doing}
                    return
                begun.append(piece)
                if b"\n" not in piece:
                    time.sleep(0.001)  # whoever writes byte for byte must not keep the judge busy
                    continue
                *lines, rest = b"".join(begun).split(b"\n")
                begun = [rest]
                for message in map(_message, lines):
                    if message is None:
                        yield {"died": doing}
                        return
                    if "start" in message:
                        doing = (message["start"], message.get("of"))
                    wait = self.limits.seconds if doing[0] == "task" else self.limits.cell_seconds
                    deadline = time.monotonic() + 1.5 * wait
                    yield message
                    if "end" in message:
                        return

    def _request(self, cells, tasks):
        request = {"cells": cells, "tasks": tasks, "memory": self.limits.memory}
        request |= {"seconds": self.limits.seconds, "cell_seconds": self.limits.cell_seconds}
        return json.dumps(request).encode()

    def _start(self, stdin, stderr=subprocess.PIPE):
        python = [sys.executable, "-I", "-S", "-B", "-c", _BOOT]
        options = {"stdin": stdin, "stdout": subprocess.PIPE, "stderr": stderr, "start_new_session": True}
        environment = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        if not self.protected:
            command = [*python, str(_CHILD), str(_LIBRARY.parent), *site.getsitepackages()]
            return subprocess.Popen(command, env=os.environ | environment, cwd=tempfile.gettempdir(), **options)
        with tempfile.TemporaryFile() as rules:
            rules.write(self._filter)
            rules.seek(0)
            command = [*self._box(), "--seccomp", str(rules.fileno())]
            command += [*python, "/course/child.py", "/course", *site.getsitepackages()]
            # bubblewrap stays in the box as its first process: what it has around it, the student can read.
            return subprocess.Popen(command, env=environment, pass_fds=[rules.fileno()], **options)

    def _box(self):
        command = [self._bwrap, "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent"]
        command += ["--new-session"]
        for name in ("lib", "lib64", "bin", "sbin"):
            path = Path("/", name)
            if path.is_symlink():
                command += ["--symlink", os.readlink(path), str(path)]
            elif path.exists():
                command += ["--ro-bind", str(path), str(path)]
        command += ["--proc", "/proc", "--dev", "/dev", "--size", str(16 << 20), "--tmpfs", "/tmp"]
        prefixes = {"/usr", "/usr/local", sys.base_prefix, sys.prefix, str(Path(sys.executable).resolve().parents[1])}
        parts = [path for prefix in sorted(prefixes) for name in _PARTS if (path := Path(prefix, name)).exists()]
        command += _shown(parts)
        for package in (_LIBRARY, _CHILD.parent):  # in a checkout the whole of it is hidden
            hidden = package.parent if (package.parent / "exercises").is_dir() else package
            if any(hidden.is_relative_to(part) for part in parts):
                command += ["--size", "4096", "--tmpfs", str(hidden)]
                command += _shown(part for part in parts if part.is_relative_to(hidden))
                command += ["--remount-ro", str(hidden)]
        command += ["--ro-bind", str(_LIBRARY), "/course/lessons_lib", "--ro-bind", str(_CHILD), "/course/child.py"]
        command += ["--size", "4096", "--tmpfs", "/course/lessons_lib/checks"]  # no records, no sealed answers
        for name in ("records.py", "watching.py", "__pycache__"):
            if (_LIBRARY / "checks" / name).exists():
                command += ["--ro-bind", str(_LIBRARY / "checks" / name), f"/course/lessons_lib/checks/{name}"]
        # Where the teacher is root, the settings of the kernel in /proc/sys would be the student's, too.
        for folder in ("/course/lessons_lib/checks", "/proc", "/dev", "/"):
            command += ["--remount-ro", folder]
        return [*command, "--chdir", "/tmp", "--hostname", "sandbox", "--cap-drop", "ALL"]

    def _end(self, process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()
        process.stdout.close()
        process.wait()


def _shown(paths):
    return [word for path in paths for word in ("--ro-bind", str(path), str(path))]


# The library comes from the read-only copy, not from where the environment's links lead; other packages from where they
# are installed, without `site`, which would take a tenth of the time.
_BOOT = """
import sys
child, library, *packages = sys.argv[1:]
sys.path[:] = [library, *sys.path, *packages]
with open(child, encoding="utf-8") as program:
    code = compile(program.read(), child, "exec")
exec(code)
"""


def _message(line):
    """One message of the child, as `child` describes them, or None for anything else."""
    if line.count(b"[") + line.count(b"{") > _MOST_PARTS:  # a small message can become gigabytes of empty lists
        return None
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or len(_MESSAGES.intersection(message)) != 1 or _OURS.intersection(message):
        return None
    named = all(isinstance(message.get(name), str | int | None) for name in ("task", "cell", "start", "of"))
    return message if named else None


_MESSAGES, _OURS = {"start", "cell", "task", "end"}, {"timeout", "died"}

# The system calls that the box denies, by their numbers on x86-64 and aarch64: starting processes and threads, sockets
# of every family, keys, mounts and namespaces, memory that no limit counts, looking into other processes, and ways
# around this filter. Of the newer ones, whose numbers all processors share, only a few harmless ones are known to the
# box; the others look missing, so that libc tries an older way (clone for clone3).
_DENIED = {
    "clone": (56, 220), "fork": (57, None), "vfork": (58, None), "shmget": (29, 194), "socket": (41, 198),
    "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180), "personality": (135, 92), "kcmp": (312, 272),
    "modify_ldt": (154, None), "fanotify_init": (300, 262), "open_by_handle_at": (304, 265), "quotactl": (179, 60),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "mount": (165, 40),
    "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97), "setns": (308, 268),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "memfd_create": (319, 279),
}  # fmt: skip
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_FIRST_NEW, _KNOWN_NEW = 424, (436, 437, 439, 441, 449, 452)  # close_range, openat2, faccessat2, epoll_pwait2, …
_ALLOW, _DENY, _MISSING, _KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000


def _filter_of_calls():
    """A filter program for the kernel (seccomp BPF) that denies these calls."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise SandboxMissing(text("grading.sandbox.machine", machine=machine))
    load, jump_if_equal, jump_if_greater, give = 0x20, 0x15, 0x35, 0x06
    program = [(load, 0, 0, 4), (jump_if_equal, 1, 0, _ARCHITECTURES[machine]), (give, 0, 0, _KILL), (load, 0, 0, 0)]
    program += [(jump_if_greater, 0, 1, 0x40000000), (give, 0, 0, _KILL)]  # x32, the other numbering of x86-64
    for numbers in _DENIED.values():
        if (number := numbers[machine == "aarch64"]) is not None:
            program += [(jump_if_equal, 0, 1, number), (give, 0, 0, _DENY)]
    program += [line for number in _KNOWN_NEW for line in ((jump_if_equal, 0, 1, number), (give, 0, 0, _ALLOW))]
    program += [(jump_if_greater, 0, 1, _FIRST_NEW - 1), (give, 0, 0, _MISSING), (give, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
