# broken_guests - programs that are none, roots that are none, an interpreter that is missing: a clear line, never a hang.
. "$SRCDIR/tests/shell/lib.sh"
mkdir -p tree/bin tree/lib
printf '\177ELF' >tree/bin/cut
head -c 64 "$KEVSIM" >tree/bin/header
head -c 5000 "$KEVSIM" >tree/bin/half
: >tree/bin/empty
printf '#!/bin/missing\n' >tree/bin/script
printf 'no interpreter line\n' >tree/bin/text
cp "$KEVSIM" tree/bin/dynamic
chmod +x tree/bin/*
head -c 100 /dev/urandom >tree/bin/data
for name in cut header empty text data; do
	message=$("$KEVSIM" --root tree /bin/$name 2>&1 </dev/null)
	check "$name" 126 $?
	one_line "$name" "$message"
done
for name in script dynamic; do
	message=$("$KEVSIM" --root tree /bin/$name 2>&1 </dev/null)
	check "$name: its interpreter is missing" 127 $?
	one_line "$name" "$message"
done
code=$(status timeout 20 "$KEVSIM" --root tree /bin/half)
[ "$code" -ge 125 ] && [ "$code" -ne 124 ] || check "half a program" "a status from 125 on" "$code"
finish
