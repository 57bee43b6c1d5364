"""core.py - what every kind of test is made of: a test, its result, and running a command with a time limit."""
import dataclasses
import os
import shlex
import signal
import subprocess
import time


@dataclasses.dataclass
class Context:
    """Where things are. All paths are absolute."""
    srcdir: str
    builddir: str
    cc: str
    scratch: str
    shm: str  # like scratch, on a tmpfs where there is one
    jobs: int

    @property
    def kevsim(self):
        return os.path.join(self.builddir, "kevsim")

    def out(self, *parts):
        return os.path.join(self.builddir, "out", *parts)

    def src(self, *parts):
        return os.path.join(self.srcdir, *parts)


@dataclasses.dataclass
class Result:
    name: str
    status: str  # "ok", "failed" or "skipped"
    text: str = ""  # why, for a person
    repeat: str = ""  # the command that shows it again
    seconds: float = 0.0


@dataclasses.dataclass
class Test:
    """run() returns a list of results: most tests give one, a unit test program gives one for each of its tests."""
    name: str
    run: callable
    serial: bool = False  # wants the machine for itself


@dataclasses.dataclass
class Finished:
    status: int  # exit status, 128 + signal, or None after a time-out
    out: bytes
    err: bytes
    seconds: float

    def brief(self):
        status = "no end within the time limit" if self.status is None else f"status {self.status}"
        return f"{status}\n--- stdout\n{text(self.out)}\n--- stderr\n{text(self.err)}"


def text(data, limit=2000):
    s = data.decode("utf-8", "replace")
    return s if len(s) <= limit else s[:limit] + f"\n... ({len(s)} characters)"


def quote(argv):
    return " ".join(shlex.quote(a) for a in argv)


MARK = f"kevsim-test-{os.getpid()}"


def clean_env(**more):
    """The environment tests run with: nothing of the user's but a way to find programs."""
    env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C", "KEVSIM_TEST_RUN": MARK}
    env.update(more)
    return env


def run_command(argv, timeout=60, cwd=None, env=None, stdin=subprocess.DEVNULL, data=None):
    """Runs a command in a session of its own; whatever is left of it after the time limit is killed."""
    start = time.monotonic()
    process = subprocess.Popen(argv, cwd=cwd, env=env or clean_env(), start_new_session=True,
                               stdin=subprocess.PIPE if data is not None else stdin,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = process.communicate(data, timeout)
        status = process.returncode
    except subprocess.TimeoutExpired:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        out, err = process.communicate()
        return Finished(None, out, err, time.monotonic() - start)
    return Finished(status if status >= 0 else 128 - status, out, err, time.monotonic() - start)


def first_difference(a, b):
    """Where two byte strings part, with a line of context, for a person."""
    la, lb = a.splitlines(), b.splitlines()
    for n, (x, y) in enumerate(zip(la, lb), 1):
        if x != y:
            return f"line {n}:\n  {text(x, 300)}\n  {text(y, 300)}"
    if len(la) != len(lb):
        n = min(len(la), len(lb))
        longer = la if len(la) > len(lb) else lb
        return f"line {n + 1} is in one only ({len(la)} and {len(lb)} lines):\n  {text(longer[n], 300)}"
    return "line ends differ"
