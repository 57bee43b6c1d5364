"""session.py - drives kevsim on a pseudo-terminal as a person would: types, waits for what appears, resizes the window.

A test file ends with session.main(globals()); `python3 FILE [FUNCTION]` runs one or all of its test_* functions."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

KEVSIM = os.environ.get("KEVSIM", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../kevsim"))
PATIENCE = 20.0
CURSOR_QUERY = "\x1b[6n"
PROMPT = r"[#$] $"


class Failure(Exception):
    pass


class Session:
    """One kevsim on a terminal of its own. The terminal survives kevsim, so that its final state can be looked at."""

    def __init__(self, *args, rows=24, cols=80, term="vt100", shell=("busybox", "sh")):
        self.output = ""  # everything so far
        self.seen = 0  # expect() continues here
        self.status = None
        self.master, self.slave = pty.openpty()
        self.resize(rows, cols)
        self.before = termios.tcgetattr(self.slave)
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for fd in (0, 1, 2):
                os.dup2(self.slave, fd)
            os.closerange(3, 256)
            os.execve(KEVSIM, [KEVSIM, *args, *shell], {"TERM": term, "PATH": "/usr/bin:/bin", "HOME": "/nowhere"})

    def resize(self, rows, cols):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def send(self, text):
        os.write(self.master, text.encode())

    def line(self, text):
        """Types a line and waits for the prompt behind its output; returns the output."""
        self.send(text + "\r")
        self.expect(re.escape(text[-20:]))
        return self.prompt()

    def pump(self, seconds):
        """Reads what comes for at most this long; False when nothing came."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        text = data.decode("utf-8", "replace")
        # A terminal answers when it is asked where its cursor is.
        for _ in range(text.count(CURSOR_QUERY)):
            self.send("\x1b[1;1R")
        self.output += text.replace(CURSOR_QUERY, "")
        return bool(data)

    def expect(self, pattern, patience=PATIENCE):
        """Waits for the pattern behind what was expected before; returns the match."""
        deadline = time.monotonic() + patience
        while True:
            m = re.compile(pattern, re.M).search(self.output, self.seen)
            if m:
                self.seen = m.end()
                return m
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failure(f"no {pattern!r} within {patience} s; since the last match:\n{self.output[self.seen:]!r}")
            self.pump(min(left, 0.5))

    def prompt(self):
        """Waits until the shell asks again; returns what was printed before it."""
        start = self.seen
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if re.search(PROMPT, self.output[start:]) and not self.pump(0.05):
                self.seen = len(self.output)
                return self.output[start:]
            self.pump(0.2)
        raise Failure(f"no prompt:\n{self.output[start:]!r}")

    def quiet(self, seconds=0.3):
        """Waits until nothing more is printed."""
        while self.pump(seconds):
            pass

    def kill(self, sig):
        os.kill(self.pid, sig)

    def wait(self, patience=PATIENCE):
        """The exit status of kevsim, 128 + signal when it was killed."""
        deadline = time.monotonic() + patience
        while self.status is None:
            pid, ws = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(ws)
                break
            if time.monotonic() > deadline:
                raise Failure(f"kevsim does not end; last output:\n{self.output[-500:]!r}")
            self.pump(0.05)
        self.quiet(0.05)
        return self.status

    def terminal_restored(self):
        """Is the terminal as kevsim found it?"""
        return termios.tcgetattr(self.slave) == self.before

    def end(self):
        if self.status is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass
        os.close(self.master)
        os.close(self.slave)


def check(condition, why=""):
    if not condition:
        raise Failure(why or "check failed")


def equal(a, b):
    if a != b:
        raise Failure(f"{a!r} is not {b!r}")


def leave(s, status=0):
    """exit, and everything must be in order."""
    s.send("exit %d\r" % status)
    equal(s.wait(), status)
    check(s.terminal_restored(), "the terminal was not restored")


def main(names):
    wanted = sys.argv[1:] or [n for n in names if n.startswith("test_")]
    failed = 0
    for name in wanted:
        sessions = []

        def start(*args, **more):
            sessions.append(Session(*args, **more))
            return sessions[-1]

        try:
            names[name](start)
            print(f"ok {name}")
        except Failure as e:
            failed += 1
            print(f"not ok {name}: {e}")
            for s in sessions:
                print(f"--- everything on the terminal:\n{s.output!r}")
        finally:
            for s in sessions:
                s.end()
    sys.exit(1 if failed else 0)
