/*
 * frames.c
 *		Speaking and hearing frames on the program's one socket.
 *		plain C: no server headers.
 *
 * Any thread may speak.  Those that have nothing else to do listen together: a
 * frame wakes one of them, and no other one hears the next before that one says so.
 */
#include "model/program/frames.h"

#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#define SOCKET STDIN_FILENO

static pthread_mutex_t socket_lock = PTHREAD_MUTEX_INITIALIZER;
static int	ears = -1;			/* epoll's descriptor, by which threads listen */

/* Writes a frame.  An engine that is gone is the end. */
void
say(uint32_t type, uint64_t call, const void *data, size_t length)
{
	ModelFrame	head = {.type = type, .length = (uint32_t) length, .call = call};
	struct iovec parts[] = {{&head, sizeof(head)}, {(void *) data, length}};
	int			part = 0;

	pthread_mutex_lock(&socket_lock);
	while (part < 2)
	{
		ssize_t		sent = writev(SOCKET, parts + part, 2 - part);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			_exit(0);
		for (; part < 2 && (size_t) sent >= parts[part].iov_len; part++)
			sent -= parts[part].iov_len;
		if (part < 2)
		{
			parts[part].iov_base = (char *) parts[part].iov_base + sent;
			parts[part].iov_len -= sent;
		}
	}
	pthread_mutex_unlock(&socket_lock);
}

/* Reads so many bytes.  An engine that is gone is the end. */
static void
hear(void *place, size_t length)
{
	while (length > 0)
	{
		ssize_t		got = read(SOCKET, place, length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			_exit(0);
		place = (char *) place + got;
		length -= got;
	}
}

/* Reads a frame: its head, and its bytes with a zero behind them. */
ModelFrame
hear_frame(Bytes *body)
{
	ModelFrame	head;

	hear(&head, sizeof(head));
	if (head.length > MODEL_FRAME_MAX)
		_exit(1);
	body->data = heap_grow(NULL, head.length + 1, &body->capacity, 1);
	body->length = head.length;
	hear(body->data, head.length);
	body->data[head.length] = '\0';
	return head;
}

/* Lets threads listen, of which the first frame wakes one; again after each frame.  False when that cannot be. */
bool
hear_on(void)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT};
	int			what = EPOLL_CTL_MOD;

	if (ears < 0)
	{
		ears = epoll_create1(EPOLL_CLOEXEC);
		what = EPOLL_CTL_ADD;
	}
	return ears >= 0 && epoll_ctl(ears, what, SOCKET, &event) == 0;
}

/* Waits until it is this thread's turn to hear a frame. */
void
hear_wait(void)
{
	struct epoll_event event;
	int			got;

	while ((got = epoll_wait(ears, &event, 1, -1)) < 0 && errno == EINTR)
		;
	if (got < 0)
		_exit(1);
}
