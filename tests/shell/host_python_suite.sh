# host_python_suite - do pieces of Python's own test suite pass under --root /?
. "$SRCDIR/tests/shell/lib.sh"
python=
for p in $(command -v python3) /usr/bin/python3; do
	python=$("$p" -c 'import sys, test.test_json, test.test_mmap, test.test_signal; print(sys.executable)' 2>/dev/null) && break
done
[ -n "$python" ] || skip "no Python with its test suite"
# What needs no sockets. Classes, where the rest of a file does.
"$KEVSIM" --root / --cwd /tmp "$python" -m test test_json test_sqlite3 test_mmap test_thread test_threadsignals test_queue test_select test_poll \
	test_tempfile test_posix test_fork1 test_wait3 test_wait4 test_openpty test_time test_resource test_file \
	test_fileio test_glob test_shutil test_faulthandler test_threading_local test_largefile test_lzma test_gzip >out 2>&1 </dev/null
contains "the suite" "$(tail -n 20 out)" "Result: SUCCESS"
[ $failures -eq 0 ] || tail -n 60 out
"$KEVSIM" --root / --cwd /tmp "$python" -m test -v test_subprocess -m POSIXProcessTestCase >out 2>&1 </dev/null
contains "subprocess" "$(tail -n 5 out)" "Result: SUCCESS"
[ $failures -eq 0 ] || tail -n 60 out
finish
