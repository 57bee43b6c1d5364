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

skip() {
	echo "$*"
	exit 77
}

finish() { [ $failures -eq 0 ] || exit 1; exit 0; }
