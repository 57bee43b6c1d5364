# host_python - the host's python3 under --root /: threading, subprocess, json, sqlite3, asyncio-free pieces of its library.
. "$SRCDIR/tests/shell/lib.sh"
[ -x /usr/bin/python3 ] || skip "no /usr/bin/python3"
cat >script.py <<'X'
import collections, hashlib, json, os, queue, random, re, select, signal, sqlite3, struct, subprocess, sys, tempfile, threading, time, zlib
print(json.dumps({"a": [1, 2.5, None, "\u00fc"]}, sort_keys=True), json.loads("[1e3]"))
q = queue.Queue()
def work(n):
    for i in range(100):
        q.put((n, i))
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(q.qsize(), threading.active_count())
e = threading.Event(); threading.Timer(0.05, e.set).start(); print(e.wait(5))
print(subprocess.run(["sh", "-c", "cat; echo err >&2; exit 4"], input=b"in", capture_output=True))
p = subprocess.Popen(["sleep", "100"]); p.terminate(); print(p.wait())
try:
    subprocess.run(["sleep", "100"], timeout=0.1)
except subprocess.TimeoutExpired: print("timeout")
db = sqlite3.connect(":memory:"); db.execute("create table t (a, b)")
db.executemany("insert into t values (?, ?)", [(i, i * i) for i in range(1000)]); print(db.execute("select sum(b) from t where a % 7 = 3").fetchone())
with tempfile.TemporaryDirectory() as d:
    f = sqlite3.connect(os.path.join(d, "x.db")); f.execute("create table t (a)"); f.execute("insert into t values (5)"); f.commit(); f.close()
    print(sqlite3.connect(os.path.join(d, "x.db")).execute("select * from t").fetchall(), os.listdir(d))
print(hashlib.sha256(b"x" * 100000).hexdigest(), zlib.crc32(b"abc"), re.sub(r"(\w+) (\w+)", r"\2 \1", "hello world"))
print(struct.pack("<IQ", 1, 2).hex(), sum(range(10**5)), collections.Counter("mississippi").most_common(2))
r, w = os.pipe(); os.write(w, b"x"); print(select.select([r], [], [], 1)[0] == [r])
pid = os.fork()
if pid == 0: os._exit(9)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
signal.signal(signal.SIGALRM, lambda s, f: print("alarm")); signal.setitimer(signal.ITIMER_REAL, 0.02); signal.pause()
import asyncio
async def main():
    proc = await asyncio.create_subprocess_exec("echo", "async", stdout=asyncio.subprocess.PIPE)
    print((await proc.communicate())[0], await asyncio.gather(asyncio.sleep(0.01, "a"), asyncio.sleep(0.005, "b")))
if len(sys.argv) > 1: asyncio.run(main())
X
check "a program" "$(/usr/bin/python3 script.py 2>&1)" "$("$KEVSIM" --root / /usr/bin/python3 "$PWD/script.py" 2>&1)"
cat >processes.py <<'X'
import multiprocessing
def square(x): return x * x
def count(value):
    for _ in range(200):
        with value.get_lock(): value.value += 1
if __name__ == "__main__":
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        with context.Pool(4) as pool: print(pool.map(square, range(20)))
        q = context.Queue(); child = context.Process(target=q.put, args=(5,)); child.start(); print(q.get()); child.join(); print(child.exitcode)
        value = context.Value("i", 0); children = [context.Process(target=count, args=(value,)) for _ in range(4)]
        [c.start() for c in children]; [c.join() for c in children]; print(value.value)
X
check "multiprocessing" "$(/usr/bin/python3 processes.py 2>&1)" "$("$KEVSIM" --root / /usr/bin/python3 "$PWD/processes.py" 2>&1)"
finish
