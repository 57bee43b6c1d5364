"""hostile.py - guests that mean harm or are broken: kevsim must survive them, say clearly what happened, and leave nothing behind.

They run under kevsim only. The first comment of tests/hostile/NAME.c says what to expect:
    status: 139        exit status of kevsim (several with "or")
    stdout: TEXT       must appear in the output (optional)
    stderr: TEXT       must appear on stderr (optional)
    options: ...       more options for kevsim (optional)"""
import glob
import os

from . import core, guest


def collect(ctx):
    for source in sorted(glob.glob(ctx.src("tests/hostile/*.c"))):
        name = os.path.basename(source)[:-2]
        yield core.Test(f"hostile/{name}", lambda name=name, source=source: [run(ctx, name, source)])


def run(ctx, name, source):
    told = guest.directives(source)
    argv = [ctx.kevsim, "--seed", guest.SEED, "--bind", ctx.out("hostile") + ":/hostile", *told.get("options", "").split(),
            "--", "/hostile/" + name]
    done = core.run_command(argv, timeout=60, cwd=ctx.scratch)
    wanted = [int(w) for w in told.get("status", "0").split() if w != "or"]
    problem = None
    if done.status not in wanted:
        problem = f"wanted status {told.get('status', '0')}: {done.brief()}"
    elif told.get("stdout", "").encode() not in done.out:
        problem = f"no \"{told['stdout']}\" on stdout: {done.brief()}"
    elif told.get("stderr", "").encode() not in done.err:
        problem = f"no \"{told['stderr']}\" on stderr: {done.brief()}"
    elif b"assertion" in done.err:
        problem = "kevsim complains about itself: " + done.brief()
    if problem:
        return core.Result(f"hostile/{name}", "failed", problem, core.quote(argv), done.seconds)
    return core.Result(f"hostile/{name}", "ok", seconds=done.seconds)
