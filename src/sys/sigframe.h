/* sigframe.h - delivery of signals to user mode: frames on the guest's stack as Linux lays them out on x86-64
 * (rt_sigframe with ucontext, siginfo and the XSAVE area), and rt_sigreturn(2). */
#ifndef KEVSIM_SYS_SIGFRAME_H
#define KEVSIM_SYS_SIGFRAME_H

/* At return to user: delivers every deliverable signal of current (handler frames, default actions, stops), applies
 * the restart rules to an interrupted call (ERESTART* results in regs.rax) and puts a temporary mask back. May not
 * return (fatal signal). */
void signal_deliver_all(void);

#endif
