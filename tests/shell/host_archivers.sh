# host_archivers - the host's tar, gzip and xz under --root /: there and back again, and the same bytes as natively.
. "$SRCDIR/tests/shell/lib.sh"
script='set -e; d=$(mktemp -d); cd $d; mkdir -p t/a/b; seq 1 20000 >t/n; head -c 300000 /bin/sh >t/a/bin; ln -s n t/l; ln t/n t/h; chmod 600 t/a/bin
tar --sort=name --mtime=@0 --owner=0 --group=0 -cf t.tar t; md5sum t.tar; gzip -n -k t.tar; md5sum t.tar.gz; xz -k -T1 t.tar; md5sum t.tar.xz; tar -tf t.tar.xz | sort
mkdir out; tar -C out -xzf t.tar.gz; diff -r t out/t && echo same; stat -c "%a %h" out/t/a/bin out/t/n; xz -dc t.tar.xz | cmp - t.tar && echo equal; gzip -t t.tar.gz && echo good; cd /; rm -rf $d'
check "a session" "$(sh -c "$script" 2>&1)" "$("$KEVSIM" --root / sh -c "$script" 2>&1)"
finish
