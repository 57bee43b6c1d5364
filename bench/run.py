#!/usr/bin/env python3
"""run.py - `make bench`: every row of bench.c natively and under kevsim, on this machine, in this run.

Each row is measured from outside as (time of N operations - time of none) / N, N chosen so that it takes a quarter of a
second, the best of four. The runs take turns, so that a noisy machine is noisy for all of them."""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

LONG_ENOUGH = 0.25
# Ratio goals (kevsim / native) that the project has set itself.
GOALS = {"fork": 2.5, "exec": 2.5, "fault": 1.0}


def timed(argv, env):
    start = time.perf_counter()
    done = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: status {done.returncode}: {done.stderr.decode()[-200:]}")
    return seconds


class Side:
    """One way of running a row: a command to which the row and the count are appended."""

    def __init__(self, prefix, env):
        self.prefix, self.env = prefix, env

    def run(self, row, n):
        return timed(self.prefix + [row, str(n)], self.env)

    def calibrate(self, row):
        """A count that takes long enough to be measured."""
        n = 1
        while True:
            t = self.run(row, n)
            if t > LONG_ENOUGH or n > 10**8:
                return n
            n = int(n * max(2, min(20, 1.2 * LONG_ENOUGH / max(t - 0.003, 1e-4))))


def ns_per_op(pairs, rounds=4):
    """Nanoseconds of one operation for each (side, row): the best of some rounds, the sides taking turns."""
    counts = [side.calibrate(row) for side, row in pairs]
    idle = [float("inf")] * len(pairs)
    busy = [float("inf")] * len(pairs)
    for _ in range(rounds):
        for i, (side, row) in enumerate(pairs):
            idle[i] = min(idle[i], side.run(row, 0))
            busy[i] = min(busy[i], side.run(row, counts[i]))
    return [max(b - z, 0) / n * 1e9 for b, z, n in zip(busy, idle, counts)]


def start_up(argv, env, rounds=20):
    times = sorted(timed(argv, env) for _ in range(rounds))
    return times[len(times) // 2]


def tree_pss(pid):
    """Proportional memory of a process and its descendants, KiB."""
    total = 0
    try:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            total += int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M)[1])
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            children = f.read().split()
    except (OSError, TypeError):
        return total
    return total + sum(tree_pss(c) for c in children)


def idle_memory(argv, env):
    process = subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    pss = tree_pss(process.pid)
    process.stdin.close()
    process.wait()
    return pss


def row(text, base, value, goal=None):
    verdict = "" if goal is None else f"  <= {goal}: {'met' if value <= goal * base else 'MISSED'}"
    print(f"{text:52} {base:12,.0f} {value:12,.0f} {value / base if base else 0:7.2f}{verdict}")
    sys.stdout.flush()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--kevsim", default="./kevsim")
    p.add_argument("--builddir", default=".")
    p.add_argument("rows", nargs="*")
    args = p.parse_args()
    kevsim = os.path.abspath(args.kevsim)
    out = os.path.abspath(os.path.join(args.builddir, "out/bench"))
    with open(os.path.join(args.builddir, "config.h"), encoding="utf-8") as f:
        busybox = re.search(r'KEVSIM_BUSYBOX "(.*)"', f.read())[1]
    shm = tempfile.mkdtemp(prefix="kevsim-bench.", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    env = {"PATH": "/usr/bin:/bin", "SCRATCH": shm, "BUSYBOX": busybox}
    # Pinned like kevsim and its guests, because waking another CPU costs more than the operation.
    native = Side(["taskset", "-c", str(min(os.sched_getaffinity(0))), out + "/bench"], env)
    guest = Side([kevsim, "--clock", "virtual", "--bind", out + ":/bench", "--", "/bench/bench"], env)
    rows = [line.split("\t") for line in subprocess.check_output([out + "/bench", "--list"], text=True).splitlines()]

    print(f"{'nanoseconds per operation':52} {'native':>12} {'kevsim':>12} {'ratio':>7}  goal")
    bare = Side([out + "/ptrace_loop"], env)
    for name, text in rows:
        if args.rows and name not in args.rows:
            continue
        if name == "null":
            n, k, regs, info = ns_per_op([(native, name), (guest, name), (bare, "regs"), (bare, "info")])
            row(text, n, k)
            row("  against a bare loop of GETREGS, SETREGS", regs, k, 1.3)
            row("  against a bare loop of GET_SYSCALL_INFO, POKEUSER", info, k)
        else:
            n, k = ns_per_op([(native, name), (guest, name)])
            row(text, n, k, GOALS.get(name))
    if not args.rows:
        n, k = start_up([busybox, "true"], env), start_up([kevsim, "busybox", "true"], env)
        print(f"{'start-up to exit of busybox true, ms':52} {n * 1e3:12.1f} {k * 1e3:12.1f} {k / n:7.1f}  <= 30 ms: {'met' if k <= 0.03 else 'MISSED'}")
        n, k = idle_memory([busybox, "cat"], env), idle_memory([kevsim, "busybox", "cat"], env)
        print(f"{'memory of an idle busybox cat, KiB (PSS)':52} {n:12,} {k:12,} {k / max(n, 1):7.1f}")
    os.rmdir(shm)


if __name__ == "__main__":
    main()
