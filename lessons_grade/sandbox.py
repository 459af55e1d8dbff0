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
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import lessons_lib

__all__ = ["UNPROTECTED", "Limits", "Sandbox", "SandboxMissing"]

UNPROTECTED = ("network", "files", "processes")
_LIBRARY = Path(lessons_lib.__file__).resolve().parent
_CHILD = Path(__file__).resolve().with_name("child.py")
_READ = 1 << 16


class SandboxMissing(RuntimeError):
    """bubblewrap is not here, or it is not allowed to make its box."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    seconds   for one task or cell; after twice that the parent ends the child
    memory    bytes of address space
    output    bytes that the child may send back
    """

    seconds: float = 4.0
    memory: int = 1 << 30
    output: int = 8 << 20


class Sandbox:
    """Runs requests of the `child` module. `protected=False` does without bubblewrap."""

    def __init__(self, limits=Limits(), protected=True):
        self.limits, self.protected = limits, protected
        if protected:
            self._bwrap = shutil.which("bwrap")
            if self._bwrap is None:
                raise SandboxMissing("bubblewrap (bwrap) is not installed")
            self._filter = _no_new_processes()
            trial = self._start(stdin=subprocess.PIPE)
            said, errors = trial.communicate(self._request([], []), timeout=60)
            if said.strip() != b'{"end": true}':
                reason = errors.decode(errors="replace").strip().rpartition("\n")[2]
                raise SandboxMissing(f"bubblewrap cannot make its box here: {reason}")

    def run(self, cells, tasks):
        """Yield the child's messages, last {"end": True}, or {"timeout": …} or {"died": …} with what it was doing."""
        with tempfile.TemporaryFile() as given:
            given.write(self._request(cells, tasks))
            given.seek(0)
            process = self._start(stdin=given, stderr=subprocess.DEVNULL)
        try:
            yield from self._messages(process)
        finally:
            self._end(process)

    def _messages(self, process):
        doing, received, rest = ("start", None), 0, b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            deadline = time.monotonic() + 30 + self.limits.seconds  # Python and NumPy start slowly on a busy machine
            while True:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    yield {"timeout": doing}
                    return
                piece = os.read(process.stdout.fileno(), _READ)
                received += len(piece)
                if not piece or received > self.limits.output:
                    yield {"died": doing}
                    return
                *lines, rest = (rest + piece).split(b"\n")
                for message in map(_message, lines):
                    if message is None:
                        yield {"died": doing}
                        return
                    if "start" in message:
                        doing = (message["start"], message.get("of"))
                    deadline = time.monotonic() + 2 * self.limits.seconds
                    yield message
                    if "end" in message:
                        return

    def _request(self, cells, tasks):
        request = {"cells": cells, "tasks": tasks, "memory": self.limits.memory, "seconds": self.limits.seconds}
        return json.dumps(request).encode()

    def _start(self, stdin, stderr=subprocess.PIPE):
        python = [sys.executable, "-I", "-B", "-c", _BOOT]
        options = {"stdin": stdin, "stdout": subprocess.PIPE, "stderr": stderr, "start_new_session": True}
        environment = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        if not self.protected:
            command = [*python, str(_LIBRARY.parent), str(_CHILD)]
            return subprocess.Popen(command, env=os.environ | environment, cwd=tempfile.gettempdir(), **options)
        with tempfile.TemporaryFile() as rules:
            rules.write(self._filter)
            rules.seek(0)
            command = [*self._box(environment), "--seccomp", str(rules.fileno())]
            command += [*python, "/course", "/course/child.py"]
            return subprocess.Popen(command, pass_fds=[rules.fileno()], **options)

    def _box(self, environment):
        command = [self._bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
        for name, value in environment.items():
            command += ["--setenv", name, value]
        command += ["--ro-bind", "/usr", "/usr"]
        for name in ("lib", "lib64", "bin", "sbin"):
            path = Path("/", name)
            if path.is_symlink():
                command += ["--symlink", os.readlink(path), str(path)]
            elif path.exists():
                command += ["--ro-bind", str(path), str(path)]
        command += ["--proc", "/proc", "--dev", "/dev", "--size", str(16 << 20), "--tmpfs", "/tmp"]
        for prefix in sorted({sys.base_prefix, sys.prefix, str(Path(sys.executable).resolve().parents[1])}):
            if not prefix.startswith("/usr"):
                command += ["--ro-bind", prefix, prefix]
        command += ["--ro-bind", str(_LIBRARY), "/course/lessons_lib", "--ro-bind", str(_CHILD), "/course/child.py"]
        return [*command, "--chdir", "/tmp", "--hostname", "sandbox", "--cap-drop", "ALL"]

    def _end(self, process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()
        process.stdout.close()
        process.wait()


# The library comes from the read-only copy, not from where the environment's links lead.
_BOOT = """
import runpy, sys
child, library = sys.argv.pop(), sys.argv.pop()
sys.path.insert(0, library)
runpy.run_path(child, run_name="__main__")
"""


def _message(line):
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    named = all(isinstance(message.get(name), str | int | None) for name in ("task", "cell", "start", "of"))
    return message if named else None


# Numbers of the system calls that start processes and threads: clone, fork, vfork; and clone3, which must look missing,
# so that libc tries clone.
_CALLS = {"x86_64": (0xC000003E, (56, 57, 58), 435), "aarch64": (0xC00000B7, (220,), 435)}
_ALLOW, _DENY, _MISSING, _KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000


def _no_new_processes():
    """A filter program for the kernel (seccomp BPF): processes and threads cannot be started."""
    machine = platform.machine()
    if machine not in _CALLS:
        raise SandboxMissing(f"no filter of system calls is known for {machine}")
    architecture, denied, clone3 = _CALLS[machine]
    load, jump_if_equal, jump_if_greater, give = 0x20, 0x15, 0x35, 0x06
    program = [(load, 0, 0, 4), (jump_if_equal, 1, 0, architecture), (give, 0, 0, _KILL), (load, 0, 0, 0)]
    program += [(jump_if_greater, 0, 1, 0x40000000), (give, 0, 0, _KILL)]  # x32, the other numbering of x86-64
    for number in denied:
        program += [(jump_if_equal, 0, 1, number), (give, 0, 0, _DENY)]
    program += [(jump_if_equal, 0, 1, clone3), (give, 0, 0, _MISSING), (give, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
