"""guest.py - guest programs: each runs natively (Linux is the oracle), then twice under kevsim with one seed.

tests/guest/NAME.c         static (musl), in the default root
tests/guest/NAME_glibc.c   dynamic, with --root /
A first comment may hold lines "needs: root" (compared with the native run only when that runs as root) and
"options: ..." (more options for kevsim)."""
import glob
import os
import re

from . import core

SEED = "7"


def collect(ctx):
    for source in sorted(glob.glob(ctx.src("tests/guest/*.c"))):
        name = os.path.basename(source)[:-2]
        yield core.Test(f"guest/{name}", lambda name=name, source=source: [run(ctx, name, source)])


def directives(source):
    """The "word: value" lines of the first comment of a C file."""
    with open(source, encoding="utf-8") as f:
        comment = f.read().split("*/", 1)[0]
    return {m[1]: m[2].strip() for m in re.finditer(r"^[ /*]*(\w+): (.*)$", comment, re.M)}


def guest_argv(ctx, name, options=()):
    if name.endswith("_glibc"):
        return [ctx.kevsim, "--seed", SEED, "--root", "/", *options, "--", ctx.out("guest", name)]
    return [ctx.kevsim, "--seed", SEED, "--cwd", "/tmp", "--bind", ctx.out("guest") + ":/guest", *options, "--", "/guest/" + name]


def run(ctx, name, source):
    told = directives(source)
    more = told.get("options", "").split()
    label = f"guest/{name}"
    work = os.path.join(ctx.scratch, name)
    os.makedirs(work, exist_ok=True)

    ask_native = not told.get("needs", "").startswith("root") or os.geteuid() == 0
    if ask_native and os.geteuid() != 0:  # the same user on both sides
        more = [*more, "--user", f"{os.geteuid()}:{os.getegid()}"]
    runs, traces = [], []
    for i in (1, 2):
        trace = os.path.join(work, f"strace.{i}")
        argv = guest_argv(ctx, name, [*more, f"--strace={trace}"])
        runs.append(core.run_command(argv, timeout=60, cwd=work))
        traces.append(read(trace))
    repeat = core.quote(guest_argv(ctx, name, more))
    seconds = sum(r.seconds for r in runs)
    problem = compare_runs(runs, traces)
    if not problem and ask_native:
        # A busy host can disturb the native run, which lives in real time: the oracle may speak three times.
        for _ in range(3):
            native = core.run_command([ctx.out("guest", name)], timeout=60, cwd=work, env=core.clean_env(SCRATCH=tmpfs(ctx, name)))
            problem = compare_native(native, runs[0])
            if not problem:
                break
    if problem:
        return core.Result(label, "failed", problem, repeat, seconds)
    return core.Result(label, "ok", seconds=seconds)


def tmpfs(ctx, name):
    """A directory for the native run's files: on a tmpfs, as under kevsim."""
    path = os.path.join(ctx.shm, name)
    os.makedirs(path, exist_ok=True)
    return path


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return None


def compare_native(native, run):
    """What is wrong, or None."""
    if (run.status, run.out) == (native.status, native.out):
        return None
    where = core.first_difference(native.out, run.out) if run.out != native.out else "stdout is the same"
    return f"native: status {native.status}; kevsim: {run.brief()}\nnative and kevsim, {where}"


def compare_runs(runs, traces):
    """What is wrong with or between the two runs under kevsim, or None."""
    a, b = runs
    if a.status is None:
        return a.brief()
    if (a.status, a.out) != (b.status, b.out):
        return "two runs with one seed differ: " + core.first_difference(a.out, b.out) + "\n" + b.brief()
    if not traces[0]:
        return "no strace file was written"
    if traces[0] != traces[1]:
        return "two strace files with one seed differ, " + core.first_difference(*traces)
    if b"leak" in a.err or b"assertion" in a.err:
        return "kevsim complains:\n" + core.text(a.err)
    return None
