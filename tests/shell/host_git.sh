# host_git - the host's git under --root /: init, add, commit, branch, merge, log, and a clone of a local repository.
. "$SRCDIR/tests/shell/lib.sh"
command -v git >/dev/null || skip "no git"
script='set -e; export HOME=/tmp GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE="2026-01-02T03:04:05Z" GIT_COMMITTER_DATE="2026-01-02T03:04:05Z"
d=$(mktemp -d); cd $d; git init -q -b main one; cd one; git config user.name N; git config user.email n@example.org
seq 1 200 >f; git add f; git commit -q -m first; seq 1 250 >f; git commit -q -a -m second; git checkout -q -b side HEAD~1; echo x >g; git add g; git commit -q -m third
git checkout -q main; git merge -q --no-edit side; git log --oneline --graph; git diff --stat HEAD~1; git status --short; git tag v1; git gc -q; git fsck 2>&1
cd ..; git clone -q one two; cd two; git log --format="%H %s" | head -n 3; ls; git show --stat HEAD~1 | tail -n 1; cd /; rm -rf $d'
check "a session" "$(sh -c "$script" 2>&1)" "$("$KEVSIM" --root / sh -c "$script" 2>&1)"
finish
