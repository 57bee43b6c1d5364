"""source.py - checks of the source itself: each tool in tools/check-* prints one line "ok NAME" or "not ok NAME: why" per check."""
import glob
import os

from . import core


def collect(ctx):
    for path in sorted(glob.glob(ctx.src("tools/check-*"))):
        name = os.path.basename(path)
        yield core.Test(name, lambda p=path, n=name: run(ctx, n, p))
    yield core.Test("check-sources", lambda: [sources(ctx)])


def sources(ctx):
    argv = [ctx.src("tools/update-sources"), "--check"]
    done = core.run_command(argv)
    if done.status == 0:
        return core.Result("source/lists", "ok")
    return core.Result("source/lists", "failed", done.brief(), ctx.src("tools/update-sources"))


def run(ctx, name, path):
    env = core.clean_env(SRCDIR=ctx.srcdir, BUILDDIR=ctx.builddir, CC=ctx.cc, JOBS=str(ctx.jobs))
    done = core.run_command([path], timeout=600, env=env, cwd=ctx.builddir)
    label = name.replace("check-", "source/")
    results = []
    for line in core.text(done.out, 10_000_000).splitlines():
        if line.startswith("ok "):
            results.append(core.Result(f"{label}/{line[3:]}", "ok"))
        elif line.startswith("not ok "):
            what, _, why = line[7:].partition(": ")
            results.append(core.Result(f"{label}/{what}", "failed", why, f"SRCDIR={ctx.srcdir} BUILDDIR={ctx.builddir} {path}"))
    if not results or (done.status != 0 and all(r.status == "ok" for r in results)):
        results.append(core.Result(label, "failed", done.brief(), path))
    return results
