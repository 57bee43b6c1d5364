"""unit.py - the Criterion programs: one result for each test in them."""
import os
import re

from . import core

LINE = re.compile(r"^(ok|not ok)\s+-\s+(\S+)\s*(.*)$")


def collect(ctx):
    with open(os.path.join(ctx.builddir, "Makefile"), encoding="utf-8") as f:
        sanitized = "-fsanitize=address" in f.read()
    for folder in ("core", "mm", "fs", "sys", "cmd", "hostcpu"):
        # The engine's guests are made from a copy of the program itself, which cannot be a sanitized one.
        if sanitized and folder == "hostcpu":
            continue
        if any(f.endswith(".c") for f in os.listdir(ctx.src("tests/unit", folder))):
            yield core.Test(f"unit/{folder}", lambda folder=folder: run(ctx, folder))


def run(ctx, folder):
    program = os.path.join(ctx.builddir, f"unit-{folder}")
    argv = [program, "--tap", f"-j{ctx.jobs}", "--timeout", "60"]
    done = core.run_command(argv, timeout=600, cwd=ctx.scratch)
    results = []
    detail = []
    for line in core.text(done.out, 10_000_000).splitlines():
        m = LINE.match(line)
        if not m:
            if line.startswith("  "):
                detail.append(line)
            continue
        name = f"unit/{folder}/{m[2].replace('::', '/')}"
        skipped = "SKIP" in m[3]
        if m[1] == "ok":
            results.append(core.Result(name, "skipped" if skipped else "ok", m[3]))
        else:
            results.append(core.Result(name, "failed", m[3], f"{program} --filter {m[2].replace('::', '/')}"))
        if results[-1].status == "failed":
            results[-1].pending = detail = []
    for r in results:
        if r.status == "failed":
            r.text = "\n".join([r.text] + getattr(r, "pending", []))
            if not getattr(r, "pending", None):
                r.text += "\n" + core.text(done.err)
    if done.status is None or not results or (done.status != 0 and all(r.status != "failed" for r in results)):
        results.append(core.Result(f"unit/{folder}", "failed", done.brief(), core.quote(argv)))
    return results
