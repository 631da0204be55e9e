/*
 * loop.c
 *		Event loops and their mailboxes; see loop.h.
 */
#include "gateway/base/loop.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/arena.h"

struct LoopLetter
{
	LoopLetter *next;
	void (*work) (void *);
	void	   *arg;
};

/* Does what is in the mailbox, in the order in which it came. */
static void
read_mail(evutil_socket_t fd, short events, void *arg)
{
	Loop	   *loop = arg;
	LoopLetter *letter;
	LoopLetter *ordered = NULL;
	uint64_t	count;

	if (read(fd, &count, sizeof(count)) < 0)
		return;
	pthread_mutex_lock(&loop->mail_lock);
	letter = loop->mail;
	loop->mail = NULL;
	pthread_mutex_unlock(&loop->mail_lock);
	while (letter != NULL)
	{
		LoopLetter *next = letter->next;

		letter->next = ordered;
		ordered = letter;
		letter = next;
	}
	while (ordered != NULL)
	{
		letter = ordered;
		ordered = letter->next;
		letter->work(letter->arg);
		free(letter);
	}
}

Loop *
loop_make(int number)
{
	Loop	   *loop = must_alloc(sizeof(Loop));
	struct event_config *config = event_config_new();

	memset(loop, 0, sizeof(Loop));
	/*
	 * No list of changes that are made later: a descriptor that was closed
	 * meanwhile may be another thread's by then.
	 */
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	loop->base = event_base_new_with_config(config);
	event_config_free(config);
	loop->number = number;
	pthread_mutex_init(&loop->mail_lock, NULL);
	loop->mail_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (loop->base == NULL || loop->mail_fd < 0)
		abort();
	loop->mail_event = event_new(loop->base, loop->mail_fd, EV_READ | EV_PERSIST, read_mail, loop);
	event_add(loop->mail_event, NULL);
	return loop;
}

void
loop_post(Loop *loop, void (*work) (void *), void *arg)
{
	LoopLetter *letter = must_alloc(sizeof(LoopLetter));
	uint64_t	one = 1;

	letter->work = work;
	letter->arg = arg;
	pthread_mutex_lock(&loop->mail_lock);
	letter->next = loop->mail;
	loop->mail = letter;
	pthread_mutex_unlock(&loop->mail_lock);
	if (write(loop->mail_fd, &one, sizeof(one)) < 0)
		return;					/* the counter is full: the loop is awake already */
}

int64_t
loop_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
