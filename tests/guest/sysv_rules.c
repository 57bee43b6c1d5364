/* sysv_rules.c - System V shared memory, semaphores and message queues: keys, attaching, blocking, undo, removal. */
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "say.h"

union semun {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
};

static int id;

static long op(int sem, int n, int how, int flags)
{
	struct sembuf b = {(unsigned short)n, (short)how, (short)flags};

	return semop(sem, &b, 1);
}

static void shm(void)
{
	struct shmid_ds ds;
	int status;

	id = shmget(IPC_PRIVATE, 5000, IPC_CREAT | 0600);
	IS(id >= 0);
	char *a = shmat(id, NULL, 0), *b = shmat(id, NULL, SHM_RDONLY);
	IS(a != (void *)-1 && b != (void *)-1 && a != b);
	strcpy(a, "shared");
	IS(strcmp(b, "shared") == 0);
	TRY(shmctl(id, IPC_STAT, &ds));
	SAY("size %d, attached %d, mode %o\n", (int)ds.shm_segsz, (int)ds.shm_nattch, ds.shm_perm.mode);
	IS(ds.shm_cpid == getpid() && ds.shm_lpid == getpid() && ds.shm_atime > 0 && ds.shm_dtime == 0);
	fflush(stdout);
	if (fork() == 0) {
		shmctl(id, IPC_STAT, &ds);
		strcpy(a, ds.shm_nattch == 4 ? "child" : "wrong");
		_exit(shmdt(b) == 0 ? 0 : 1);
	}
	wait(&status);
	say_status("child", status);
	IS(strcmp(a, "child") == 0);
	TRY(shmctl(id, IPC_STAT, &ds));
	SAY("attached %d\n", (int)ds.shm_nattch);
	TRY(shmdt(a + 4096));
	TRY(shmdt(a + 1));
	TRY(shmdt(b));
	IS(shmat(id, a, 0) == (void *)-1 && errno == EINVAL);
	IS(shmat(id, a + 1, 0) == (void *)-1 && errno == EINVAL);
	IS(shmat(id, b + 1, SHM_RND) == b);
	TRY(shmdt(b));
	TRY(shmctl(id, IPC_RMID, NULL));
	TRY(shmctl(id, IPC_STAT, &ds));
	IS(shmat(id, NULL, 0) == (void *)-1);
	strcpy(a, "still there");
	TRY(shmdt(a));

	TRY(shmget(0x4b455631, 100, 0));
	id = shmget(0x4b455631, 100, IPC_CREAT | IPC_EXCL | 0640);
	IS(id >= 0);
	IS(shmget(0x4b455631, 0, 0) == id);
	TRY(shmget(0x4b455631, 101, 0));
	TRY(shmget(0x4b455631, 100, IPC_CREAT | IPC_EXCL));
	TRY(shmget(0x4b455632, 0, IPC_CREAT));
	ds.shm_perm.mode = 0400;
	ds.shm_perm.uid = getuid();
	ds.shm_perm.gid = getgid();
	TRY(shmctl(id, IPC_SET, &ds));
	TRY(shmctl(id, IPC_STAT, &ds));
	SAY("mode %o\n", ds.shm_perm.mode);
	TRY(shmctl(id, 4711, &ds));
	TRY(shmctl(-1, IPC_STAT, &ds));
	TRY(syscall(SYS_shmctl, id, IPC_STAT, 8));
	TRY(shmctl(id, IPC_RMID, NULL));
	TRY(shmctl(id, IPC_RMID, NULL));
}

static void sem(void)
{
	unsigned short v[3] = {1, 2, 3};
	struct sembuf both[2] = {{0, -1, 0}, {1, -5, IPC_NOWAIT}};
	struct semid_ds ds;
	int status;

	id = semget(IPC_PRIVATE, 3, 0600);
	IS(id >= 0);
	TRY(semctl(id, 0, SETALL, (union semun){.array = v}));
	TRY(semctl(id, 1, GETVAL));
	TRY(semop(id, both, 2)); /* all or nothing */
	TRY(semctl(id, 0, GETVAL));
	TRY(op(id, 0, -1, 0));
	TRY(op(id, 0, 0, IPC_NOWAIT));
	TRY(op(id, 1, 0, IPC_NOWAIT));
	TRY(op(id, 0, -1, IPC_NOWAIT));
	TRY(op(id, 3, 1, 0));
	TRY(op(id, 2, 32767, 0));
	TRY(semop(id, both, 0));
	TRY(syscall(SYS_semop, id, both, 501));
	IS(semctl(id, 0, GETPID) == getpid());
	fflush(stdout);
	if (fork() == 0)
		_exit(op(id, 0, -2, 0) == 0 ? 0 : 1);
	if (fork() == 0)
		_exit(op(id, 1, 0, 0) == 0 ? 0 : 1);
	while (semctl(id, 0, GETNCNT) == 0 || semctl(id, 1, GETZCNT) == 0)
		sleep_ms(1);
	TRY(op(id, 0, 1, 0));
	TRY(semctl(id, 0, GETNCNT));
	TRY(op(id, 0, 1, 0));
	TRY(op(id, 1, -2, 0));
	for (int i = 0; i < 2; i++) {
		wait(&status);
		say_status("waiter", status);
	}
	struct timespec ts = {0, 10000000};
	both[0] = (struct sembuf){0, -1, 0};
	TRY(semtimedop(id, both, 1, &ts));
	/* undone at the end of the process */
	if (fork() == 0) {
		op(id, 0, 5, SEM_UNDO);
		op(id, 2, -1, SEM_UNDO);
		_exit(0);
	}
	wait(&status);
	TRY(semctl(id, 0, GETVAL));
	TRY(semctl(id, 2, GETVAL));
	TRY(semctl(id, 0, SETVAL, (union semun){.val = 40000}));
	TRY(semctl(id, 7, SETVAL, (union semun){.val = 1}));
	TRY(semctl(id, 0, IPC_STAT, (union semun){.buf = &ds}));
	SAY("%d semaphores, mode %o, used %d\n", (int)ds.sem_nsems, ds.sem_perm.mode, ds.sem_otime > 0);
	if (fork() == 0)
		_exit(op(id, 0, -1, 0) == -1 && errno == EIDRM ? 0 : 1);
	while (semctl(id, 0, GETNCNT) == 0)
		sleep_ms(1);
	TRY(semctl(id, 0, IPC_RMID));
	wait(&status);
	say_status("removed under it", status);
	TRY(op(id, 0, 1, 0));
	TRY(semget(IPC_PRIVATE, 0, 0600));
	TRY(semget(IPC_PRIVATE, 40000, 0600));
}

struct msg {
	long type;
	char text[100];
};

static void msg(void)
{
	struct msg m = {.type = 0};
	struct msqid_ds ds;
	int status;

	id = msgget(IPC_PRIVATE, 0600);
	IS(id >= 0);
	TRY(msgsnd(id, &m, 1, 0));
	for (int i = 0; i < 4; i++) {
		m.type = "3132"[i] - '0';
		sprintf(m.text, "message %d", i);
		TRY(msgsnd(id, &m, 10, 0));
	}
	TRY(msgctl(id, IPC_STAT, &ds));
	SAY("%d messages, mode %o\n", (int)ds.msg_qnum, ds.msg_perm.mode);
	TRY(msgrcv(id, &m, 5, 0, 0));
	TRY(msgrcv(id, &m, 100, -2, 0));
	SAY("type %ld %s\n", m.type, m.text);
	TRY(msgrcv(id, &m, 100, 3, MSG_EXCEPT));
	SAY("type %ld %s\n", m.type, m.text);
	TRY(msgrcv(id, &m, 5, 3, MSG_NOERROR));
	TRY(msgrcv(id, &m, 100, 7, IPC_NOWAIT));
	TRY(msgrcv(id, &m, 100, 0, 0));
	SAY("type %ld %s\n", m.type, m.text);
	TRY(msgrcv(id, &m, 100, 0, IPC_NOWAIT));
	TRY(msgrcv(id, &m, (size_t)-1, 0, IPC_NOWAIT));
	static struct {
		long type;
		char text[8193];
	} big = {.type = 1};
	TRY(msgsnd(id, &big, 8193, 0));
	TRY(msgsnd(id, &big, 8192, 0));
	TRY(msgsnd(id, &big, 8192, 0));
	TRY(msgsnd(id, &big, 1, IPC_NOWAIT));
	fflush(stdout);
	if (fork() == 0)
		_exit(msgsnd(id, &big, 1000, 0) == 0 ? 0 : 1);
	sleep_ms(10);
	TRY(msgrcv(id, &big, 8192, 0, 0));
	wait(&status);
	say_status("sender", status);
	TRY(msgrcv(id, &big, 8192, 0, 0));
	TRY(msgrcv(id, &big, 8192, 0, 0));
	if (fork() == 0)
		_exit(msgrcv(id, &m, 100, 0, 0) == -1 && errno == EIDRM ? 0 : 1);
	sleep_ms(10);
	TRY(msgctl(id, IPC_RMID, NULL));
	wait(&status);
	say_status("removed under it", status);
	TRY(msgsnd(id, &big, 1, 0));
	TRY(msgget(0x4b455633, 0));
}

static void stranger(void)
{
	if (setuid(4242))
		return;
	struct shmid_ds ds;
	TRY_OK(shmget(0x4b455634, 10, 0444));
	TRY(shmget(0x4b455634, 10, 0222));
	IS(shmat(id, NULL, SHM_RDONLY) != (void *)-1);
	IS(shmat(id, NULL, 0) == (void *)-1);
	TRY(shmctl(id, IPC_RMID, &ds));
}

int main(void)
{
	shm();
	sem();
	msg();
	id = shmget(0x4b455634, 10, IPC_CREAT | 0644);
	say_child("stranger", stranger);
	shmctl(id, IPC_RMID, NULL);
	return 0;
}
