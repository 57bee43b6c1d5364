"""suite.py - the BusyBox suite, natively (the oracle) and under kevsim: one result for each of its tests."""
import os
import re
import subprocess

from . import core

LINE = re.compile(r"^(ok|not ok|skip) (\d+) (\S+?)(?: \(expected\))?(?:: (.*))?$")
# No sockets yet.
EXPECT_FAIL = "96,97"


def collect(ctx):
    yield core.Test("suite/native", lambda: run_native(ctx))
    yield core.Test("suite/kevsim", lambda: run_kevsim(ctx))


def results_of(done, label, argv):
    results = []
    for line in core.text(done.out, 10_000_000).splitlines():
        m = LINE.match(line)
        if not m:
            continue
        name = f"{label}/{m[2]}_{m[3]}"
        expected = "(expected)" in line
        if m[1] == "ok":
            results.append(core.Result(name, "ok"))
        elif m[1] == "skip" or expected:
            results.append(core.Result(name, "skipped", "known to fail" if expected else "skipped"))
        else:
            results.append(core.Result(name, "failed", m[4] or "", core.quote(argv + ["--only", m[2], "-v"])))
    if len(results) != 108 or (done.status != 0 and all(r.status != "failed" for r in results)):
        results.append(core.Result(label, "failed", f"{len(results)} of 108 tests: {done.brief()}", core.quote(argv)))
    return results


def busybox(ctx):
    with open(os.path.join(ctx.builddir, "config.h"), encoding="utf-8") as f:
        return re.search(r'KEVSIM_BUSYBOX "(.*)"', f.read())[1]


def run_native(ctx):
    """The applets are links in a directory of their own, first and only in PATH. The host name test needs a UTS namespace."""
    farm = os.path.join(ctx.scratch, "applets")
    os.makedirs(farm, exist_ok=True)
    program = busybox(ctx)
    for applet in subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split():
        if not os.path.lexists(os.path.join(farm, applet)):
            os.symlink(program, os.path.join(farm, applet))
    argv = [ctx.out("suite/busybox_suite"), "--shell", os.path.join(farm, "sh")]
    env = {"PATH": farm, "HOME": "/root"}
    for unshare in (["/usr/bin/unshare", "--uts"], ["/usr/bin/unshare", "--map-root-user", "--uts"]):
        if core.run_command(unshare + ["true"]).status == 0:
            argv = unshare + argv
            break
    else:
        argv += ["--skip", "98"]
    return results_of(core.run_command(argv, timeout=300, env=env, cwd=ctx.scratch), "suite/native", argv)


def run_kevsim(ctx):
    argv = [ctx.kevsim, "--bind", ctx.out("suite") + ":/suite", "--", "/suite/busybox_suite", "--expect-fail", EXPECT_FAIL]
    return results_of(core.run_command(argv, timeout=300, cwd=ctx.scratch), "suite/kevsim", argv)
