"""test_screen.py - programs that use the whole screen: vi, less, top, and changes of the window size."""
import session
from session import check, leave


def escape(s):
    """A lone Escape: what follows at once would be taken for a function key."""
    s.quiet()
    s.send("\x1b")
    s.quiet()


def test_vi(start):
    s = start()
    s.prompt()
    s.line("cd /tmp")
    s.send("vi note\r")
    s.expect("note")
    s.quiet()
    s.send("ihello\rworld")
    escape(s)
    s.send(":wq\r")
    s.prompt()
    check("hello\r\nworld" in s.line("cat note"))
    s.send("vi note\r")
    s.expect("hello")
    s.quiet()
    s.send("ddix")
    escape(s)
    s.send(":w\r")
    s.quiet()
    s.send(":q\r")
    s.prompt()
    out = s.line("cat note")
    check("xworld" in out and "hello" not in out, out)
    leave(s)


def test_vi_suspends(start):
    s = start()
    s.prompt()
    s.send("vi /tmp/f\r")
    s.expect("/tmp/f")
    s.quiet()
    s.send("iabc")
    escape(s)
    s.send("\x1a")
    s.expect("Stopped")
    s.prompt()
    s.send("fg\r")
    s.quiet()
    s.send(":wq\r")
    s.prompt()
    check("abc" in s.line("cat /tmp/f"))
    leave(s)


def test_less(start):
    s = start()
    s.prompt()
    s.line("seq 1 200 > /tmp/numbers")
    s.send("less /tmp/numbers\r")
    s.expect("22\r\n")
    s.quiet()
    s.send(" ")
    s.expect("40")
    s.quiet()
    s.send("G")
    s.expect("200")
    s.quiet()
    s.send("/77\r")
    s.quiet()
    s.send("q")
    s.prompt()
    s.send("seq 1 100 | less\r")
    s.quiet()
    s.send("q")
    s.prompt()
    check("alive" in s.line("echo alive"))
    leave(s)


def test_top(start):
    s = start()
    s.prompt()
    s.send("top -d 1\r")
    s.expect("Mem:")
    s.expect("PID")
    s.expect("top")
    s.expect("Mem:")  # the next screen
    s.send("q")
    s.prompt()
    leave(s)


def test_window_size(start):
    s = start(rows=30, cols=100)
    s.prompt()
    check("30 100" in s.line("stty size"))
    s.resize(50, 132)
    s.quiet()
    check("50 132" in s.line("stty size"))
    s.send("sh -c 'trap \"echo resized; exit\" WINCH; echo waiting; while :; do sleep 0.05; done'\r")
    s.expect("\nwaiting")
    s.resize(20, 60)
    s.expect("\nresized")
    s.prompt()
    leave(s)


def test_window_size_in_less(start):
    s = start(rows=24, cols=80)
    s.prompt()
    s.send("seq 1 500 | less\r")
    s.expect("23")
    s.quiet()
    s.resize(40, 80)
    s.quiet()
    s.send("g")
    s.quiet()
    s.send(" ")
    s.quiet()
    check("60" in s.output[s.seen:], "less did not use the new size")
    s.send("q")
    s.prompt()
    leave(s)


def test_colours_and_term(start):
    s = start(term="xterm-256color")
    s.prompt()
    check("xterm-256color" in s.line("echo $TERM"))
    check("\x1b[" in s.line("ls --color=always /"))
    leave(s)


session.main(globals())
