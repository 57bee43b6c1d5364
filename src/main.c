/* main.c - the kevsim program: options in, a guest's exit status out. See kevsim --help.
 * Leaves out everything: the options are in cmd/options.c, the run in cmd/run.c. */
#include "cmd/options.h"
#include "cmd/run.h"

int main(int argc, char **argv)
{
	struct options opt;

	options_parse(&opt, argc, argv);
	int status = opt.list_syscalls ? run_list_syscalls() : run_program(&opt);
	options_destroy(&opt);
	return status;
}
