# strace - are system calls printed decoded, to stderr or a file, without changing the run?
. "$SRCDIR/tests/shell/lib.sh"
"$KEVSIM" --strace=trace sh -c 'cat /etc/passwd >/dev/null; kill -USR1 $$' >/dev/null 2>&1
trace=$(cat trace)
contains "execve" "$trace" 'execve("/bin/sh", ["sh", "-c"'
contains "open flags" "$trace" 'O_RDONLY'
contains "strings" "$trace" '"/etc/passwd"'
contains "errno names" "$trace" 'ENO'
contains "exit" "$trace" 'exit_group('
contains "signal" "$trace" 'SIGUSR1'
contains "wait" "$trace" 'wait4('
contains "to stderr" "$("$KEVSIM" --strace busybox true 2>&1)" 'exit_group(0)'
check "stdout is untouched" "x" "$("$KEVSIM" --strace echo x 2>/dev/null)"
check "the same run with and without" "$("$KEVSIM" sh -c 'date; head -c 8 /dev/urandom | od -An -tx1')" "$("$KEVSIM" --strace=/dev/null sh -c 'date; head -c 8 /dev/urandom | od -An -tx1')"
message=$("$KEVSIM" --strace=/dev/full sh -c 'for i in 1 2 3; do ls / >/dev/null; done' 2>&1)
check "a full disk for the trace" 125 $?
one_line "a full disk for the trace" "$message"
table=$("$KEVSIM" --list-syscalls)
contains "--list-syscalls" "$table" "openat"
contains "--list-syscalls, refused with a reason" "$table" "refused"
count=$(printf '%s\n' "$table" | grep -vc refused)
[ "$count" -ge 230 ] || check "system calls served" "at least 230" "$count"
# With -v an unsupported call is reported once.
finish
