# host_tools - other programs of the host under --root /, each against its native output and status.
. "$SRCDIR/tests/shell/lib.sh"
mkdir in
seq 1 30000 >in/n
printf 'one\ntwo\nthree\n' >in/a
printf 'one\n2\nthree\nfour\n' >in/b
# same PROGRAM SCRIPT: skipped without the program
same() {
	command -v "$1" >/dev/null || return 0
	expected=$(cd in && env -i PATH="$PATH" HOME="$PWD" TERM=dumb LC_ALL=C sh -c "$2" 2>&1 </dev/null; echo "status $?")
	check "$1" "$expected" "$("$KEVSIM" --root / --cwd "$PWD/in" --env PATH="$PATH" --env HOME="$PWD" \
		--env TERM=dumb --env LC_ALL=C sh -c "$2" 2>&1 </dev/null; echo "status $?")"
}
same awk 'awk "{ s += \$1; c[\$1 % 97]++ } END { print s, c[5]; printf \"%.3f\\n\", atan2(0, -1) }" n; awk "BEGIN { \"echo from a pipe\" | getline x; print x; system(\"exit 3\") }"; exit 4'
same sed 'sed -n "/7\$/p" n | sed -e "s/\\(.\\)\$/<\\1>/" | md5sum; cp n m; sed -i "1,29990d" m; cat m; rm m'
same sort 'sort -rn n | head -n 2; sort -S 200k --parallel=2 -k1.2 n | md5sum; sort -u n n | wc -l; sort -c a'
same xargs 'head -n 1000 n | xargs -n 7 -P 4 sh -c "test \$# -gt 0" -; echo $?; find /usr/share/perl5 /usr/include -name "*.h" -print0 2>/dev/null | xargs -0 cat | wc -c; echo 1 | xargs -I{} sh -c "exit {}"; echo $?'
same diff 'diff -u --label a --label b a b; diff -q a a; cmp a b'
same patch 'cp a c; diff -u a b | patch -s c; cmp b c && echo patched; rm c'
same bzip2 'bzip2 -kc n | md5sum; bzip2 -c n | bunzip2 | cmp - n'
same zstd 'zstd -qc n | md5sum; zstd -qc -T2 -19 n | zstd -dqc | cmp - n'
same openssl 'openssl dgst -sha256 n; openssl enc -aes-256-cbc -pass pass:x -nosalt -pbkdf2 -in a | openssl base64; openssl genrsa 1024 2>/dev/null | openssl rsa -check -noout 2>&1'
same vim 'cp a v; vim -es -u NONE -N -n v -c "s/one/1/" -c "normal yyp" -c "r !echo from a shell" -c wq; echo $?; cat v; rm v'
same less 'less n | tail -n 1'
same m4 'echo "define(x, \$1 and \$1)x(1) syscmd(echo sh)" | m4'
same jq 'jq -cs "add, (.[:3] | map({a: .}))" n'
same file 'file -b a n /dev/null; file -bL /bin/sh | cut -d, -f1'
same cmake 'mkdir w; cd w; echo "project(x C)
cmake_minimum_required(VERSION 3.0)
add_executable(x x.c)" >CMakeLists.txt; echo "int main(void) { return 9; }" >x.c; cmake . >/dev/null 2>&1; make -s >/dev/null 2>&1; ./x; echo $?; cd ..; rm -r w'
same gdb 'gdb --version | head -n 1'
same musl-gcc 'echo "int puts(const char *); int main(void) { puts(__FILE__); }" >m.c; musl-gcc -static m.c -o m; ./m; rm m m.c'
same g++ 'printf "#include <iostream>\n#include <thread>\n#include <stdexcept>\nint main() { std::thread t([] { std::cout << 1 << std::endl; }); t.join(); try { throw std::runtime_error(\"x\"); } catch (const std::exception &e) { std::cout << e.what() << std::endl; } }\n" >p.cc; g++ p.cc -o p -pthread && ./p; rm p p.cc'
same clang 'echo "int main(void) { return 5; }" >q.c; clang q.c -o q; ./q; echo $?; rm q q.c'
same node 'node -e "let s = 0; for (let i = 0; i < 1e5; i++) s += i; console.log(s, require(\"fs\").readFileSync(\"a\", \"utf8\").length); setTimeout(() => console.log(\"later\"), 20); require(\"fs\").readFile(\"n\", (e, d) => console.log(d.length)); process.exitCode = 3"'
# What these print is about the machine, so only its shape.
run() { "$KEVSIM" --root / sh -c "$1" 2>&1 </dev/null; }
if command -v ps >/dev/null; then
	check "ps" "sleep 100|$" "$(run 'sleep 100 & ps -o args= -p $!; ps aux | grep -c "^root" >/dev/null && kill $!' | sed 's/$/|$/')"
	check "pgrep and pkill" "1 0" "$(echo $(run 'sleep 100 & pgrep -c sleep; pkill sleep; wait; pgrep -c sleep'))"
	check "free" "Mem: 1024 Swap: 0" "$(echo $(run 'free -m' | awk 'NR > 1 { print $1, $2 }'))"
	contains "uptime" "$(run uptime)" "load average"
	check "vmstat" 4 "$(run 'vmstat 1 2' | wc -l)"
	contains "w" "$(run w)" "USER"
	contains "top" "$(run 'TERM=dumb top -b -n 2 -d 0.2')" "init"
	contains "pmap" "$(run 'pmap $$')" "total"
fi
command -v lscpu >/dev/null && contains "lscpu" "$(run lscpu)" "On-line CPU(s) list:"
finish
