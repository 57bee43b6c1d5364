"""scripts.py - shell scripts (tests/shell/*.sh) and terminal sessions (tests/pty/*.py): one result each.

A script gets KEVSIM, SRCDIR, BUILDDIR and a scratch directory of its own as working directory. Status 0 is a pass, 77 a
skip. A terminal session is a function test_* of a file in tests/pty."""
import glob
import os
import re
import sys

from . import core


def collect_shell(ctx):
    for path in sorted(glob.glob(ctx.src("tests/shell/*.sh"))):
        name = os.path.basename(path)[:-3]
        if name == "lib":
            continue
        with open(path, encoding="utf-8") as f:
            serial = "\n# serial" in f.read(2000)
        yield core.Test(f"shell/{name}", lambda p=path, n=name: [script(ctx, f"shell/{n}", ["sh", p])], serial)


def collect_pty(ctx):
    for path in sorted(glob.glob(ctx.src("tests/pty/test_*.py"))):
        with open(path, encoding="utf-8") as f:
            functions = re.findall(r"^def (test_\w+)", f.read(), re.M)
        for function in functions:
            label = f"pty/{function[5:]}"
            argv = [sys.executable, path, function]
            yield core.Test(label, lambda label=label, argv=argv: [script(ctx, label, argv)])


def script(ctx, label, argv):
    work = os.path.join(ctx.scratch, label.replace("/", "-"))
    os.makedirs(work, exist_ok=True)
    variables = {"KEVSIM": ctx.kevsim, "SRCDIR": ctx.srcdir, "BUILDDIR": ctx.builddir}
    done = core.run_command(argv, timeout=300, cwd=work, env=core.clean_env(PYTHONDONTWRITEBYTECODE="1", **variables))
    if done.status == 77:
        return core.Result(label, "skipped", core.text(done.out or done.err).strip(), seconds=done.seconds)
    if done.status == 0:
        return core.Result(label, "ok", seconds=done.seconds)
    settings = " ".join(f"{k}={v}" for k, v in variables.items())
    return core.Result(label, "failed", done.brief(), f"{settings} {core.quote(argv)}", done.seconds)
