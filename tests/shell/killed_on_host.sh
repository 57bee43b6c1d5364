# killed_on_host - somebody on the host kills: kevsim itself takes all its guest processes along; a guest's host process ends that
# guest alone, with a line that says so; one that is stopped goes on.
. "$SRCDIR/tests/shell/lib.sh"
command -v pgrep >/dev/null || skip "no pgrep"

# until_gone PID...: waits a while until none of them lives; one that only waits for the host's init to reap it is dead
until_gone() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		alive=
		for pid; do
			case "$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null)" in
			'' | [ZX]*) ;;
			*) alive="$alive $pid" ;;
			esac
		done
		[ -n "$alive" ] || return 0
		sleep 0.2
	done
	return 1
}

# start SCRIPT: runs it in the background until it has written "ready"; its process is $kevsim. The host process of guest N is
# line N of the processes from the template, which is line 1.
start() {
	: >out
	"$KEVSIM" --clock real -- sh -c "$1" >out 2>err </dev/null &
	kevsim=$!
	for _ in $(seq 100); do
		grep -q ready out && return
		sleep 0.1
	done
	echo "FAILED: not ready: $(cat err)"
	kill -9 $kevsim
	exit 1
}
host_process() { pgrep -P "$kevsim" | sed -n "$1p"; }

start 'sleep 100 & echo ready; while :; do :; done'
guests=$(pgrep -P $kevsim)
check "processes while it runs" 3 "$(echo "$guests" | wc -l)"
kill -9 $kevsim
wait $kevsim 2>/dev/null
# shellcheck disable=SC2086
until_gone $guests || check "guest processes after the end of kevsim" "" "$alive"

start 'sleep 2 & echo ready; wait $!; echo child $?'
kill -9 "$(host_process 3)"
wait $kevsim
check "status when a child was killed" 0 $?
contains "the parent sees it" "$(cat out)" "child 137"
contains "log line" "$(cat err)" "the host lost its guest thread"

start 'echo ready; while :; do :; done'
kill -STOP "$(host_process 2)"
sleep 0.2
kill -CONT "$(host_process 2)"
kill -9 "$(host_process 2)"
wait $kevsim
check "status when the program was killed" 137 $?
contains "log line" "$(cat err)" "the host lost its guest thread"
finish
