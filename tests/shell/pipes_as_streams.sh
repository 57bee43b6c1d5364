# pipes_as_streams - pipes and files instead of a terminal: input to its end, output complete, broken pipes, full disks.
. "$SRCDIR/tests/shell/lib.sh"
check "a script on stdin" "hi" "$(echo 'echo hi' | "$KEVSIM" busybox sh)"
check "end of file ends the shell" 3 "$(printf 'true\nexit 3\n' | "$KEVSIM" sh; echo $?)"
check "empty input" 0 "$("$KEVSIM" sh </dev/null; echo $?)"
check "cat" "$(seq 1 20000 | md5sum)" "$(seq 1 20000 | "$KEVSIM" cat | md5sum)"
check "binary data" "$(head -c 3000000 "$KEVSIM" | md5sum)" "$(head -c 3000000 "$KEVSIM" | "$KEVSIM" cat | md5sum)"
"$KEVSIM" md5sum <"$KEVSIM" >sum
check "a file as stdin" "$(md5sum <"$KEVSIM")" "$(cat sum)"
"$KEVSIM" sh -c 'echo out; echo err >&2' >out 2>err
check "stdout in a file" out "$(cat out)"
check "stderr in a file" err "$(cat err)"
echo first >log
"$KEVSIM" echo second >>log
check "appending" "first second" "$(echo $(cat log))"
check "a reader that leaves" "1" "$("$KEVSIM" sh -c 'yes 1' | head -n 1)"
message=$("$KEVSIM" sh -c 'echo x || echo refused >&2' 2>&1 >/dev/full)
contains "a full disk as stdout" "$message" "refused"
check "closed stdin" 0 "$("$KEVSIM" true <&-; echo $?)"
check "closed stdout" 1 "$("$KEVSIM" sh -c 'echo x 2>/dev/null' >&-; echo $?)"
check "stdin is no terminal" "no" "$(echo | "$KEVSIM" sh -c 'test -t 0 && echo yes || echo no')"
check "a slow writer" "a b" "$( (echo a; sleep 0.3; echo b) | "$KEVSIM" cat | tr '\n' ' ' | sed 's/ $//')"
finish
