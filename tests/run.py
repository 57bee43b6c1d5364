#!/usr/bin/env python3
"""run.py - runs the tests of kevsim and closes with the line "N passed, N failed".

  tests/run.py [--srcdir DIR] [--builddir DIR] [--kind KIND]... [-j N] [-v] [WORD...]

Kinds: source unit guest suite hostile shell pty. WORDs select the tests whose name contains one of them. make check
builds what is needed and calls this."""
import argparse
import concurrent.futures
import os
import re
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import core, guest, hostile, scripts, source, suite, unit  # noqa: E402

KINDS = {
    "source": source.collect,
    "unit": unit.collect,
    "guest": guest.collect,
    "suite": suite.collect,
    "hostile": hostile.collect,
    "shell": scripts.collect_shell,
    "pty": scripts.collect_pty,
}


def parse():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("--srcdir", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    p.add_argument("--builddir", default=".")
    p.add_argument("--cc", default="cc")
    p.add_argument("--kind", action="append", choices=KINDS)
    p.add_argument("-j", "--jobs", type=int, default=len(os.sched_getaffinity(0)))
    p.add_argument("-v", "--verbose", action="store_true")
    p.add_argument("words", nargs="*")
    return p.parse_args()


def guarded(test):
    """A broken test is a failed test."""
    start = time.monotonic()
    try:
        results = test.run()
    except Exception as e:  # noqa: BLE001
        results = [core.Result(test.name, "failed", f"{type(e).__name__}: {e}")]
    if len(results) == 1:
        results[0].seconds = time.monotonic() - start
    return results


def report(result, verbose):
    if result.status == "failed":
        print(f"FAILED {result.name}")
        for line in result.text.rstrip().splitlines():
            print("    " + line)
        if result.repeat:
            print("    repeat: " + result.repeat)
    elif result.status == "skipped":
        print(f"skipped {result.name}: {result.text.splitlines()[0] if result.text else ''}")
    elif verbose:
        print(f"ok {result.name} ({result.seconds:.1f} s)")
    sys.stdout.flush()


def ours(pid):
    """Started by this run (its environment says so), or a guest whose kevsim has gone."""
    with open(f"/proc/{pid}/environ", "rb") as f:
        if core.MARK.encode() in f.read():
            return True
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return re.search(r"^PPid:\s+1$", f.read(), re.M) is not None


def leftovers(ctx):
    """Did a run of this kevsim leave a process behind? The host needs a moment to take down thousands of them."""
    for _ in range(50):
        left = still_running(ctx)
        if not left:
            break
        time.sleep(0.2)
    text = f"{len(left)} still running: {' '.join(left[:20])}"
    return core.Result("leftovers", "failed" if left else "ok", text if left else "")


def still_running(ctx):
    left = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/exe").startswith(ctx.kevsim) and ours(pid):
                left.append(pid)
        except (OSError, TypeError):
            pass
    return left


def run_all(ctx, tests, verbose):
    results = []

    def take(group):
        for r in group:
            report(r, verbose)
            results.append(r)

    with concurrent.futures.ThreadPoolExecutor(ctx.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(guarded, t) for t in tests if not t.serial]):
            take(done.result())
    for t in tests:
        if t.serial:
            take(guarded(t))
    return results


def summary(results, seconds):
    groups = {}
    for r in results:
        groups.setdefault(r.name.split("/")[0], []).append(r.status)
    print()
    for name, states in groups.items():
        print(f"{name:10} {states.count('ok'):5} passed {states.count('failed'):5} failed {states.count('skipped'):5} skipped")
    failed = [r for r in results if r.status == "failed"]
    for r in failed:
        print(f"failed: {r.name}")
    passed = sum(r.status == "ok" for r in results)
    skipped = sum(r.status == "skipped" for r in results)
    print(f"({skipped} skipped, {seconds:.0f} s)")
    print(f"{passed} passed, {len(failed)} failed")
    return failed


def main():
    args = parse()
    sys.stdout.reconfigure(line_buffering=True)
    scratch = tempfile.mkdtemp(prefix="kevsim-tests.")
    shm = tempfile.mkdtemp(prefix="kevsim-tests.", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    ctx = core.Context(os.path.abspath(args.srcdir), os.path.abspath(args.builddir), args.cc, scratch, shm, args.jobs)
    tests = [t for kind in args.kind or KINDS for t in KINDS[kind](ctx)]
    if args.words:
        tests = [t for t in tests if any(w in t.name for w in args.words)]
    if not tests:
        print("no such test", file=sys.stderr)
        return 2
    start = time.monotonic()
    try:
        results = run_all(ctx, tests, args.verbose)
        if not args.kind or set(args.kind) & {"guest", "hostile", "shell", "pty", "suite"}:
            results.append(leftovers(ctx))
            report(results[-1], args.verbose)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(shm, ignore_errors=True)
    return 1 if summary(results, time.monotonic() - start) else 0


if __name__ == "__main__":
    sys.exit(main())
