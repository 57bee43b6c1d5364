# many_processes - 1,000 and then 10,000 times fork, exec and wait in one run: the accounting ends where it started.
# serial
. "$SRCDIR/tests/shell/lib.sh"
out=$("$KEVSIM" --mem 256M --bind "$BUILDDIR/out:/out" /out/guest/churn 1000 10000 2>&1)
check "status" 0 $?
printf '%s\n' "$out"
contains "result" "$out" "nothing leaked"
finish
