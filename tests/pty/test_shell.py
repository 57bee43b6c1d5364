"""test_shell.py - an interactive shell: prompt, line editing, history, control characters, job control."""
import signal
import time

import session
from session import check, equal, leave


def test_prompt_is_fast(start):
    # The best of a few: the machine may be busy.
    best = 9.0
    for _ in range(5):
        t = time.monotonic()
        s = start()
        s.expect("[#] $")
        best = min(best, time.monotonic() - t)
        leave(s)
    check(best < 0.1, f"the prompt took {best * 1000:.0f} ms")


def test_commands_and_status(start):
    s = start()
    s.prompt()
    check("hello" in s.line("echo hello"))
    check("/tmp" in s.line("cd /tmp; pwd"))
    check("uid=0" in s.line("id"))
    check("st=3" in s.line("(exit 3); echo st=$?"))
    check("/dev/console" in s.line("tty") or "/dev/" in s.output)
    check("a\r\nb" in s.line("printf 'b\\na\\n' | sort"))
    leave(s, 7)


def test_line_editing(start):
    s = start()
    s.prompt()
    s.send("echo ac\x1b[Db\r")  # left arrow, then b
    s.expect("\nabc")
    s.prompt()
    s.send("echo wrong\x15echo right\r")  # ^U
    s.expect("\nright")
    s.prompt()
    s.send("xecho start\x01\x1b[3~\r")  # ^A, Delete
    s.expect("\nstart")
    s.prompt()
    s.send("echo oops\x7f\x7f\x7f\x7fok\r")
    s.expect("\nok")
    s.prompt()
    s.send("echo one two\x17three\r")  # ^W
    s.expect("\none three")
    s.prompt()
    s.send("ech\tfrom-completion\r")
    s.expect("\nfrom-completion")
    s.prompt()
    leave(s)


def test_history(start):
    s = start()
    s.prompt()
    s.line("echo first")
    s.line("echo second")
    s.send("\x1b[A\x1b[A\r")
    s.expect("\nfirst")
    s.prompt()
    s.send("\x1b[A\x1b[A\x1b[B\r")
    s.expect("\nfirst")
    s.prompt()
    leave(s)


def test_ctrl_c(start):
    s = start()
    s.prompt()
    s.send("sleep 1000\r")
    s.quiet()
    s.send("\x03")
    s.prompt()
    check("st=130" in s.line("echo st=$?"))
    s.send("while :; do :; done\r")
    s.quiet()
    s.send("\x03")
    s.prompt()
    s.send("typed but not run\x03")
    s.prompt()
    check("alive" in s.line("echo alive"))
    s.send("cat\r")
    s.quiet()
    s.send("line\r")
    s.expect("line\r\nline")
    s.send("\x03")
    s.prompt()
    leave(s)


def test_ctrl_backslash(start):
    s = start()
    s.prompt()
    s.send("sleep 1000\r")
    s.quiet()
    s.send("\x1c")
    s.prompt()
    check("st=131" in s.line("echo st=$?"))
    leave(s)


def test_ctrl_d(start):
    s = start()
    s.prompt()
    s.send("cat\r")
    s.quiet()
    s.send("text\r\x04")
    s.prompt()
    s.send("\x04")
    equal(s.wait(), 0)
    check(s.terminal_restored(), "the terminal was not restored")


def test_job_control(start):
    s = start()
    s.prompt()
    s.send("sleep 1000\r")
    s.quiet()
    s.send("\x1a")
    s.expect("Stopped")
    s.prompt()
    check("Stopped" in s.line("jobs"))
    s.line("bg")
    check("Running" in s.line("jobs"))
    s.send("fg\r")
    s.expect("sleep 1000")
    s.quiet()
    s.send("\x03")
    s.prompt()
    s.line("sleep 100 &")
    s.line("sleep 200 &")
    out = s.line("jobs")
    check("sleep 100" in out and "sleep 200" in out, out)
    s.line("kill %1 %2")
    s.line("sleep 0.1")
    s.line("true")
    check("sleep 100" not in s.line("jobs"))
    # Stopping a pipeline stops all of it.
    s.send("sleep 500 | cat\r")
    s.quiet()
    s.send("\x1a")
    s.prompt()
    check("Stopped" in s.line("jobs"))
    s.line("kill %1; kill -CONT %1")
    s.line("sleep 0.1")
    leave(s)


def test_background_read_stops(start):
    s = start()
    s.prompt()
    s.line("cat &")
    s.line("sleep 0.2")
    check("Stopped" in s.line("jobs"), s.output)
    s.line("kill -9 %1")
    s.line("sleep 0.1")
    leave(s)


def test_terminal_modes(start):
    s = start()
    s.prompt()
    s.line("stty -echo")
    s.send("echo hidden\r")
    s.expect("hidden\r\n")
    s.prompt()
    check("echo hidden" not in s.output, "it was echoed")
    s.send("stty echo\r")
    s.prompt()
    check("speed 38400" in s.line("stty -a") or "rows" in s.output)
    s.send("stty raw; dd bs=1 count=3 2>/dev/null | od -c; stty sane\r")
    s.quiet()
    s.send("a\x03b")
    s.expect("a 003   b")
    s.prompt()
    s.send("read -s -p 'password: ' x; echo \"got $x\"\r")
    s.expect("password: ")
    s.send("secret\r")
    s.expect("got secret")
    s.prompt()
    leave(s)


def test_real_time(start):
    s = start()
    s.prompt()
    t = time.monotonic()
    s.line("sleep 0.5")
    check(time.monotonic() - t >= 0.45, "sleep 0.5 took no time on a terminal")
    leave(s)


def test_killed_by_signals(start):
    for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        s = start(shell=("busybox", "sleep", "1000"))
        s.quiet(0.4)
        s.kill(sig)
        status = s.wait()
        check(status in (-sig, 128 + sig), f"signal {sig}: status {status}")
        check(s.terminal_restored(), f"the terminal was not restored after signal {sig}")


def test_killed_with_a_shell(start):
    s = start()
    s.prompt()
    s.kill(signal.SIGHUP)
    s.wait()
    check(s.terminal_restored(), "the terminal was not restored")


def test_restored_after_raw_guest(start):
    # The guest leaves its terminal in raw mode and dies: the host's must be as before.
    s = start(shell=("busybox", "sh", "-c", "stty raw -echo; kill -9 $$"))
    equal(s.wait(), 137)
    check(s.terminal_restored(), "the terminal was not restored")


def test_own_failure_leaves_terminal(start):
    s = start(shell=("no-such-program",))
    equal(s.wait(), 127)
    check(s.terminal_restored(), "the terminal was not restored")


session.main(globals())
