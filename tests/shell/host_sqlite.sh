# host_sqlite - the host's sqlite3 under --root /: a database on disk, transactions, journals, locks between two processes.
. "$SRCDIR/tests/shell/lib.sh"
command -v sqlite3 >/dev/null || skip "no sqlite3"
script='d=$(mktemp -d); cd $d; sqlite3 db "create table t (a integer primary key, b text); create index i on t (b);"
(echo "begin;"; for i in $(seq 1 500); do echo "insert into t values ($i, \"row $((i * 7919 % 1000))\");"; done; echo "commit;") | sqlite3 db
sqlite3 db "select count(*), sum(a), min(b), max(b) from t; pragma integrity_check; pragma journal_mode=wal; update t set b = upper(b) where a < 10; select b from t where a = 5;"
(sqlite3 -cmd ".timeout 5000" db "begin immediate; update t set b = 0 where a = 1; commit;") & sqlite3 -cmd ".timeout 5000" db "begin immediate; update t set b = 0 where a = 2; commit;"; wait
sqlite3 db "select b from t where a < 3; vacuum; pragma integrity_check;" ".dump" | md5sum; ls; cd /; rm -rf $d'
check "a session" "$(sh -c "$script" 2>&1)" "$("$KEVSIM" --root / sh -c "$script" 2>&1)"
finish
