# lib.sh - what the shell tests share. A test reads: run a command, compare what came out.
: "${KEVSIM:?}" "${SRCDIR:?}" "${BUILDDIR:?}"
set -u
failures=0

# check WHAT EXPECTED ACTUAL
check() {
	if [ "$2" != "$3" ]; then
		printf 'FAILED %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"
		failures=$((failures + 1))
	fi
}

# contains WHAT TEXT PART
contains() {
	case $2 in
	*"$3"*) ;;
	*) printf 'FAILED %s\n  no "%s" in: %s\n' "$1" "$3" "$2"; failures=$((failures + 1)) ;;
	esac
}

# one_line WHAT TEXT: exactly one line, for error messages
one_line() { check "$1: number of lines" 1 "$(printf '%s\n' "$2" | wc -l)"; }

# status COMMAND...: runs it quietly and prints its exit status
status() {
	"$@" >/dev/null 2>&1 </dev/null
	echo $?
}

# unprivileged COMMAND...: as an ordinary user without capabilities, who finds kevsim as ./kevsim
if [ "$(id -u)" = 0 ]; then
	unprivileged() { setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --no-new-privs "$@"; }
else
	unprivileged() { "$@"; }
fi
# A place that this user can reach, with a copy of kevsim.
prepare_unprivileged() {
	[ "$(id -u)" != 0 ] || command -v setpriv >/dev/null || skip "no setpriv"
	cp "$KEVSIM" kevsim
	chmod 755 . .. 2>/dev/null
}

skip() {
	echo "$*"
	exit 77
}

finish() { [ $failures -eq 0 ] || exit 1; exit 0; }
