# host_twins - do the host's own programs under --root / do exactly the same in two runs with one seed: what they print, and every
# system call with its arguments and result?
. "$SRCDIR/tests/shell/lib.sh"
# twin NAME SCRIPT: the directory it works in is a file system of the guest's own, for others use the host's /tmp meanwhile
twin() {
	for side in a b; do
		"$KEVSIM" --root / --clock virtual --seed 7 --strace="$1.$side.trace" sh -c "mount -t tmpfs none /tmp; cd /tmp; $2" \
			>"$1.$side.out" 2>&1 </dev/null
	done
	cmp "$1.a.out" "$1.b.out" || { diff "$1.a.out" "$1.b.out" | head -n 10; failures=$((failures + 1)); }
	cmp "$1.a.trace" "$1.b.trace" || { diff "$1.a.trace" "$1.b.trace" | head -n 10; failures=$((failures + 1)); }
	contains "$1: the end" "$(tail -n 1 "$1.a.out")" "$3"
	rm -f "$1".?.trace
}
have() { command -v "$1" >/dev/null; }
have bash && twin bash 'bash -c "for i in 1 2 3 4; do (echo \$i \$RANDOM \$\$ \$BASHPID) & done; wait; echo \$EPOCHREALTIME; ls -la --time-style=full-iso; seq 2000 | sort -R | md5sum; echo end"' end
[ -x /usr/bin/python3 ] && twin python '/usr/bin/python3 -c "
import threading, subprocess, random, os, time, tempfile, uuid, multiprocessing, json, sqlite3
n = [0]
lock = threading.Lock()
def work(k):
    for i in range(300):
        with lock: n[0] = n[0] * 31 + k & 0xffffffff
        if i % 50 == 0: time.sleep(random.random() / 1000)
ts = [threading.Thread(target=work, args=(k,)) for k in range(6)]
[t.start() for t in ts]; [t.join() for t in ts]
print(n, random.random(), uuid.uuid4(), tempfile.mkdtemp(), time.time(), hash(str()), id(n))
print(subprocess.run([\"date\", \"+%N\"], capture_output=True))
def square(x): return x * x, os.getpid()
with multiprocessing.Pool(3) as p: print(p.map(square, range(30)))
d = sqlite3.connect(\"x.db\"); d.execute(\"create table t (a)\"); d.execute(\"insert into t values (random())\"); d.commit()
print(json.dumps(d.execute(\"select * from t\").fetchall()), \"end\")"' end
have perl && twin perl 'perl -e '\''my %h = map { $_ => 1 } 1 .. 20; print join(",", keys %h), rand, "\n"; for (1 .. 3) { fork or do { print "$$ ", rand, "\n"; exit } } 1 while wait > 0; print time, " end\n"'\' end
have git && twin git 'export HOME=/tmp; git init -q one; cd one; git config user.name N; git config user.email n@example.org; seq 100 >f; git add f; git commit -q -m m
git log; git gc -q; cd ..; git clone -q one two; ls -liR two/.git | md5sum; echo end' end
have gcc && twin gcc 'printf "int main(void) { return 0; }\n" >a.c; gcc -O1 a.c -o a && ./a; echo $?; md5sum a; echo end' end
have make && twin make 'printf "all: a b c d\na b c d:\n\t@echo \$@; sleep 0.01; date +%%s.%%N >\$@\n" >Makefile; make -j3; cat a b c d; echo end' end
have sqlite3 && twin sqlite 'sqlite3 db "pragma journal_mode = wal; create table t (a); insert into t values (random()); select * from t; select hex(randomblob(8));"; md5sum db; echo end' end
have node && twin node 'node -e "console.log(process.pid, Math.random(), Date.now(), process.hrtime()); setTimeout(() => console.log(Date.now(), \"end\"), 5)"' end
have xz && twin xz 'mkdir t; seq 20000 >t/a; tar -cf t.tar t; xz -k -T2 t.tar; gzip -k t.tar; md5sum t.*; echo end' end
finish
