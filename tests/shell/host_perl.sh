# host_perl - the host's perl under --root /: regular expressions, sorting, files, fork and pipes.
. "$SRCDIR/tests/shell/lib.sh"
command -v perl >/dev/null || skip "no perl"
cat >script.pl <<'X'
use strict; use warnings; use File::Temp qw(tempdir); use POSIX qw(floor strftime); use List::Util qw(sum max); use Time::HiRes qw(usleep);
my %h = map { $_ => length } qw(one three five); print join(",", map { "$_=$h{$_}" } sort keys %h), "\n";
my $s = "a1b22c333"; $s =~ s/(\d+)/<$1>/g; print "$s\n"; print sum(1 .. 100), " ", max(3, 9, 2), " ", floor(3.7), "\n";
my $d = tempdir(CLEANUP => 1); open(my $f, ">", "$d/x") or die; print $f "line $_\n" for 1 .. 1000; close $f; print -s "$d/x", "\n";
open($f, "<", "$d/x"); my @l = grep { /7$/ } <$f>; print scalar(@l), "\n"; my $pid = fork; exit 6 unless $pid; waitpid $pid, 0; print $? >> 8, "\n";
print `echo from a shell`; open(my $p, "-|", "seq", 1, 5); print sum(<$p>), "\n"; close $p; $SIG{ALRM} = sub { print "alarm\n" }; alarm 1; sleep 3; usleep 1000;
print strftime("%Y", gmtime(0)), "\n"; printf "%.10f\n", atan2(1, 1) * 4; print pack("N", 258) eq "\0\0\1\2" ? "packed\n" : "no\n";
X
check "a program" "$(perl script.pl 2>&1)" "$("$KEVSIM" --root / perl "$PWD/script.pl" 2>&1)"
finish
