/*
 * helper.c
 *		A program that runs a model: its process, and what goes over its socket.
 *
 * The program is started by fork and exec from the engine, which has no threads
 * of its own running at that moment that hold a lock of ours; between the two
 * only what a signal handler might do is done.  It inherits one socket, an empty
 * environment and nothing else: no shared memory, no descriptor, no signal
 * handler.  It is killed with the engine, and the first that the kernel kills
 * when memory is short.
 *
 * Sockets never make the engine wait.  A program that has ended is noticed by its
 * socket; its owner takes note of the state and frees it in a turn of his own.
 */
#include "postgres.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libpq/pqsignal.h"
#include "utils/memutils.h"

#include "suggest/engine/engine.h"

#define EVENTS 16
#define PIECE 65536				/* bytes read at a time */
#define FRAME_MAX (64 * 1024 * 1024 + 1)	/* bytes of a frame that a program may send: one more than are ever read of an answer */
#define REAP_MS 50				/* between looks after processes that are to end */

static int	epoll_descriptor = -1;
static HelperHeard call_heard = NULL;
static List *ending = NIL;		/* pids of processes that have been killed */

/* Makes ready.  heard is called for each frame. */
void
helper_init(HelperHeard heard)
{
	call_heard = heard;
	epoll_descriptor = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_descriptor < 0)
		ereport(FATAL,
				(errcode_for_socket_access(),
				 errmsg("could not create an epoll descriptor: %m")));
}

/* The descriptor that becomes readable when a program has something to say. */
int
helper_descriptor(void)
{
	return epoll_descriptor;
}

/* The program's path: it stands beside this module. */
static const char *
program_path(void)
{
	static char path[MAXPGPATH] = "";
	Dl_info		info;

	if (path[0] == '\0' && dladdr((void *) helper_init, &info) != 0 && strrchr(info.dli_fname, '/') != NULL)
		snprintf(path, sizeof(path), "%.*s/" MODEL_PROGRAM, (int) (strrchr(info.dli_fname, '/') - info.dli_fname), info.dli_fname);
	return path;
}

/* What is missing to start a program; NULL for nothing. */
const char *
helper_lacks(void)
{
	return access(program_path(), X_OK) == 0 ? NULL :
		"the program " MODEL_PROGRAM " is not installed beside the module fhir_bridge_suggest";
}

/* In the child: closes all descriptors from 3 on. */
static void
close_descriptors(int last)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, 3U, ~0U, 0U) == 0)
		return;
#endif
	for (int i = 3; i < last; i++)
		close(i);
}

/* In the child: sets the limits of the program.  A limit of 0 is none. */
static void
set_limits(int memory_mb)
{
	struct rlimit none = {0, 0};
	struct rlimit memory = {(rlim_t) memory_mb << 20, (rlim_t) memory_mb << 20};
	int			score = open("/proc/self/oom_score_adj", O_WRONLY);

	setrlimit(RLIMIT_CORE, &none);
	if (memory_mb > 0)
		setrlimit(RLIMIT_DATA, &memory);
	if (score >= 0 && write(score, "1000", 4) < 0)
		_exit(127);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		_exit(127);
}

/*
 * The child between fork and exec: it shares nothing with the engine any more
 * when it becomes the program.  Calls only what is safe there.
 */
static void
become_program(const char *path, int socket, pid_t parent, int memory_mb, int last)
{
	char	   *arguments[] = {MODEL_PROGRAM, NULL};
	char	   *environment[] = {NULL};
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t	none;
	int			nowhere;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &usual, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	setsid();
	nowhere = open("/dev/null", O_RDWR);
	if (nowhere < 0 || dup2(socket, 0) < 0 || dup2(nowhere, 1) < 0 || dup2(nowhere, 2) < 0 || chdir("/") != 0)
		_exit(127);
	set_limits(memory_mb);
	close_descriptors(last);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(path, arguments, environment);
	_exit(127);
}

/* Forks; the child becomes the program.  Gives its pid, or -1. */
static pid_t
start_process(int socket, int memory_mb)
{
	const char *path = program_path();
	pid_t		parent = getpid();
	int			last = (int) Min(sysconf(_SC_OPEN_MAX), 65536);
	sigset_t	all;
	sigset_t	before;
	pid_t		pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		become_program(path, socket, parent, memory_mb, last);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

/*
 * Starts a program with the options of its model, as lines; memory_mb is how
 * much it may take, 0 for as much as there is.  NULL when no process can be had.
 */
Helper *
helper_start(void *owner, const char *options, int memory_mb)
{
	struct epoll_event event = {.events = EPOLLIN};
	MemoryContext old;
	Helper	   *helper;
	int			sockets[2];
	pid_t		pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
		return NULL;
	pid = start_process(sockets[1], memory_mb);
	close(sockets[1]);
	if (pid < 0 || fcntl(sockets[0], F_SETFL, O_NONBLOCK) != 0)
	{
		close(sockets[0]);
		return NULL;
	}
	old = MemoryContextSwitchTo(TopMemoryContext);
	helper = palloc0(sizeof(Helper));
	initStringInfo(&helper->in);
	initStringInfo(&helper->out);
	MemoryContextSwitchTo(old);
	helper->pid = pid;
	helper->socket = sockets[0];
	helper->owner = owner;
	helper->started_at = suggest_clock();
	event.data.ptr = helper;
	epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, helper->socket, &event);
	pg_atomic_fetch_add_u32(&suggest_control()->programs, 1);
	suggest_count(SUGGEST_MODEL_STARTS);
	helper_say(helper, (ModelFrame){.type = MODEL_OPTIONS}, options, strlen(options));
	return helper;
}

/* Watches the socket for room, or not. */
static void
watch_for_room(Helper *helper, bool wants)
{
	struct epoll_event event = {.events = EPOLLIN | (wants ? EPOLLOUT : 0), .data.ptr = helper};

	if (helper->wants_out != wants)
		epoll_ctl(epoll_descriptor, EPOLL_CTL_MOD, helper->socket, &event);
	helper->wants_out = wants;
}

/* Takes bytes off the front of a buffer and overwrites them. */
static void
drop_front(StringInfo buffer, int count)
{
	int			left = buffer->len - count;

	memmove(buffer->data, buffer->data + count, left);
	explicit_bzero(buffer->data + left, count);
	buffer->len = left;
}

/* Sends what waits to be sent, as far as the socket takes it. */
static void
flush(Helper *helper)
{
	while (helper->out.len > 0)
	{
		ssize_t		sent = send(helper->socket, helper->out.data, helper->out.len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
		{
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				helper_kill(helper);
			break;
		}
		drop_front(&helper->out, (int) sent);
	}
	if (helper->state != HELPER_ENDED)
		watch_for_room(helper, helper->out.len > 0);
}

/* Says something to a program: a head, which gets its length here, and so many bytes. */
void
helper_say(Helper *helper, ModelFrame head, const char *body, size_t length)
{
	head.length = (uint32) length;
	if (helper->state == HELPER_ENDED)
		return;
	appendBinaryStringInfo(&helper->out, (const char *) &head, sizeof(head));
	appendBinaryStringInfo(&helper->out, body, (int) length);
	flush(helper);
}

/* Hands on the frames that have come as a whole. */
static void
take_frames(Helper *helper)
{
	int			done = 0;

	while (helper->state != HELPER_ENDED && helper->in.len - done >= (int) sizeof(ModelFrame))
	{
		ModelFrame	head;
		char	   *body = helper->in.data + done + sizeof(head);

		memcpy(&head, helper->in.data + done, sizeof(head));
		if (head.length > FRAME_MAX)
		{
			helper_kill(helper);
			break;
		}
		if (helper->in.len - done - (int) sizeof(head) < (int) head.length)
			break;
		done += sizeof(head) + head.length;
		call_heard(helper, &head, body);
	}
	drop_front(&helper->in, done);
}

/* Reads what a program says.  The end of its socket is its end. */
static void
hear(Helper *helper)
{
	static char piece[PIECE];

	for (;;)
	{
		ssize_t		got = recv(helper->socket, piece, PIECE, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (got <= 0)
		{
			take_frames(helper);
			helper_kill(helper);
			return;
		}
		appendBinaryStringInfo(&helper->in, piece, (int) got);
		explicit_bzero(piece, got);
		if (got < PIECE)
			break;
	}
	take_frames(helper);
}

/* Looks after processes that are to end. */
static void
reap(void)
{
	ListCell   *cell;

	foreach(cell, ending)
	{
		pid_t		ended = waitpid(lfirst_int(cell), NULL, WNOHANG);

		if (ended != 0 && !(ended < 0 && errno == EINTR))
			ending = foreach_delete_current(ending, cell);
	}
}

/* Hears what programs have said, and sends what is to be sent. */
void
helper_turn(bool sockets_are_ready)
{
	struct epoll_event events[EVENTS];
	int			count = 0;

	if (sockets_are_ready)
		count = epoll_wait(epoll_descriptor, events, EVENTS, 0);
	for (int i = 0; i < count; i++)
	{
		Helper	   *helper = events[i].data.ptr;

		if (helper->state != HELPER_ENDED && events[i].events & EPOLLOUT)
			flush(helper);
		if (helper->state != HELPER_ENDED && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			hear(helper);
	}
	reap();
}

/*
 * Ends a program at once.  Its owner finds it in the state HELPER_ENDED and
 * frees it.
 */
void
helper_kill(Helper *helper)
{
	MemoryContext old;

	if (helper->state == HELPER_ENDED)
		return;
	helper->state = HELPER_ENDED;
	/* close alone would leave it there as long as a child that is becoming a program has its copy */
	epoll_ctl(epoll_descriptor, EPOLL_CTL_DEL, helper->socket, NULL);
	close(helper->socket);
	kill(helper->pid, SIGKILL);
	pg_atomic_fetch_sub_u32(&suggest_control()->programs, 1);
	old = MemoryContextSwitchTo(TopMemoryContext);
	ending = lappend_int(ending, helper->pid);
	MemoryContextSwitchTo(old);
}

/* Forgets a program, which is ended if it has not. */
void
helper_free(Helper *helper)
{
	helper_kill(helper);
	explicit_bzero(helper->in.data, helper->in.maxlen);
	explicit_bzero(helper->out.data, helper->out.maxlen);
	pfree(helper->in.data);
	pfree(helper->out.data);
	if (helper->text)
		pfree(helper->text);
	pfree(helper);
}

/* When processes that are to end are looked after again. */
int64
helper_timer(void)
{
	return ending == NIL ? NEVER : suggest_clock() + REAP_MS;
}
