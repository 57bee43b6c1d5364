# host_bash - the host's own bash under --root /: arrays, subshells, pipes, process substitution, arithmetic, traps, printf.
. "$SRCDIR/tests/shell/lib.sh"
run() { "$KEVSIM" --root / "$@"; }
script='set -e; a=(x y z); echo ${a[1]} ${#a[@]}; declare -A m=([k]=v); echo ${m[k]}; echo $((2**40)); diff <(seq 3) <(seq 3) && echo same
for i in {1..3}; do echo -n $i; done; echo; trap "echo bye" EXIT; x=$(echo sub | tr a-z A-Z); echo $x; printf "%05.2f\n" 3.14159; [[ abc =~ ^a(.)c$ ]] && echo ${BASH_REMATCH[1]}
(exit 3) || echo st $?; echo one two | while read p q; do echo $q $p; done; coproc cat; echo hi >&${COPROC[1]}; read -u ${COPROC[0]} l; echo $l; kill %1; wait 2>/dev/null || true'
check "a script" "$(bash -c "$script" 2>/dev/null)" "$(run bash -c "$script" 2>/dev/null)"
check "status" 5 "$(status run bash -c 'exit 5')"
finish
