# options - does every option do what --help says, and does every mistake give one clear line?
. "$SRCDIR/tests/shell/lib.sh"

contains "--help" "$("$KEVSIM" --help)" "Usage: kevsim"
contains "--version" "$("$KEVSIM" --version)" "kevsim"
check "--help on a full disk" 125 "$("$KEVSIM" --help >/dev/full 2>/dev/null; echo $?)"

# Each mistake: status 125 and one line on stderr that names the option.
mistake() {
	message=$("$KEVSIM" "$@" busybox true 2>&1 </dev/null)
	check "$*: status" 125 $?
	one_line "$*" "$message"
	contains "$*" "$message" "kevsim: "
}
mistake --mem nonsense
mistake --mem 1K
mistake --mem 99999999T
mistake --mem -5
mistake --seed x
mistake --clock maybe
mistake --epoch yesterday
mistake --epoch 2026-02-31
mistake --env NOVALUE
mistake --env =x
mistake --user nobody-knows-me
mistake --user 12:x
mistake --user :
mistake --cwd relative
mistake --cwd /no/such/directory
mistake --hostname ""
mistake --hostname "$(printf 'x%.0s' $(seq 100))"
mistake --bind /tmp
mistake --bind /no/such/path:/mnt
mistake --bind /tmp:relative
mistake --size x
mistake --root /no/such/root
mistake --strace=/no/such/directory/file
mistake --strace=
mistake --nonsense
mistake --r
mistake -x
message=$("$KEVSIM" --mem 2>&1)
check "missing argument: status" 125 $?
contains "missing argument" "$message" "needs an argument"

# The environment is clean.
LEAK=secret export LEAK
out=$("$KEVSIM" env </dev/null)
contains "PATH" "$out" "PATH=/"
contains "HOME" "$out" "HOME=/root"
case $out in *LEAK*) check "the host's environment" hidden visible ;; esac
contains "--env" "$("$KEVSIM" --env A=1 --env 'B=x y' --env A=2 env)" "B=x y"
contains "--env, the last one counts" "$("$KEVSIM" --env A=1 --env A=2 env)" "A=2"
check "--env PATH" "/here" "$("$KEVSIM" --env PATH=/here /bin/sh -c 'echo $PATH')"

check "--user number" "1234 1234" "$("$KEVSIM" --user 1234 sh -c 'echo $(id -u) $(id -g)')"
check "--user number:number" "1234 77" "$("$KEVSIM" --user 1234:77 sh -c 'echo $(id -u) $(id -g)')"
check "--user root" "0 0" "$("$KEVSIM" --user root sh -c 'echo $(id -u) $(id -g)')"
check "--user cannot read what is root's" "no" "$("$KEVSIM" --user 1234 sh -c 'cat /etc/shadow 2>/dev/null >&2 && echo yes || echo no')"
check "--cwd" "/tmp" "$("$KEVSIM" --cwd /tmp pwd)"
check "--hostname" "some.where" "$("$KEVSIM" --hostname some.where hostname)"
check "--epoch seconds" "1000000000" "$("$KEVSIM" --clock virtual --epoch 1000000000 date +%s)"
check "--epoch date" "2024-02-29" "$("$KEVSIM" --clock virtual --epoch 2024-02-29 date +%F)"
check "--epoch date and time" "2024-02-29 12:34" "$("$KEVSIM" --clock virtual --epoch 2024-02-29T12:34:00Z date '+%F %H:%M')"
check "--size" "no space" "$("$KEVSIM" --size 4M sh -c 'dd if=/dev/zero of=/tmp/x bs=64k count=64 2>/dev/null || echo no space')"

# --mem is what the guest sees, more or less.
total=$("$KEVSIM" --mem 256M sh -c "awk '/MemTotal/ {print \$2}' /proc/meminfo")
[ "$total" -gt 200000 ] && [ "$total" -le 262144 ] || check "--mem 256M" "about 262144 kB" "$total"

# The virtual clock does not wait; the real one does.
start=$(date +%s%N)
"$KEVSIM" --clock virtual sleep 3600
end=$(date +%s%N)
[ $(((end - start) / 1000000)) -lt 5000 ] || check "sleep 3600 with the virtual clock" "at once" "$(((end - start) / 1000000)) ms"
start=$(date +%s%N)
"$KEVSIM" --clock real sleep 1
end=$(date +%s%N)
[ $(((end - start) / 1000000)) -ge 990 ] || check "sleep 1 with the real clock" "1 s" "$(((end - start) / 1000000)) ms"

# Seeds.
a=$("$KEVSIM" --seed 5 sh -c 'od -An -tx1 -N16 /dev/urandom')
b=$("$KEVSIM" --seed 5 sh -c 'od -An -tx1 -N16 /dev/urandom')
c=$("$KEVSIM" --seed 6 sh -c 'od -An -tx1 -N16 /dev/urandom')
check "one seed, same bytes" "$a" "$b"
[ "$a" != "$c" ] || check "another seed" "other bytes" "the same"
check "--seed random" 0 "$(status "$KEVSIM" --seed random busybox true)"
finish
