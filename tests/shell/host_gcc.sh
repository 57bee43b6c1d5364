# host_gcc - the host's gcc and make under --root /: compile, link and run a program inside kevsim.
. "$SRCDIR/tests/shell/lib.sh"
mkdir src
cat >src/hello.c <<'X'
#include <stdio.h>
#include "part.h"
int main(void) { printf("hello %d\n", part(20)); return part(1); }
X
echo 'int part(int x);' >src/part.h
echo 'int part(int x) { return x * 2 + 1; }' >src/part.c
cat >src/Makefile <<'X'
hello: hello.o part.o
	gcc -o $@ $^
%.o: %.c part.h
	gcc -O2 -Wall -c $<
X
check "gcc" "hello 41 3" "$("$KEVSIM" --root / sh -c "cp -r $PWD/src /tmp/s && cd /tmp/s && gcc -O1 hello.c part.c -o prog && ./prog && :; echo \$?" | tr '\n' ' ' | sed 's/ $//')"
out=$("$KEVSIM" --root / sh -c "cp -r $PWD/src /tmp/s && cd /tmp/s && make -s && ./hello; make -s -q && echo up to date; gcc -static hello.o part.o -o st && ./st")
check "make" "hello 41 up to date hello 41" "$(echo $out)"
contains "an error of the compiler" "$("$KEVSIM" --root / sh -c 'echo "int main(void) { return x; }" | gcc -xc - -o /tmp/x' 2>&1)" "undeclared"
check "nothing on the host" "" "$(ls /tmp/s 2>/dev/null)"
finish
