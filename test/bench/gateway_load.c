/*
 * gateway_load.c
 *		Asks an HTTP server the same thing over and over, on many connections.
 *
 *	gateway_load port connections seconds < request
 *
 * Each connection has one request at a time.  Prints requests a second, the
 * median and the 99th percentile of their times in milliseconds, and how many
 * answers were not 200 or 304.  The answer must have a Content-Length, or be
 * chunked or 304.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_BYTES	(4 * 1024 * 1024)
#define MOST_TIMES		4000000

typedef struct Client
{
	int			fd;
	char	   *answer;
	size_t		size;
	double		began;
	int			closes;			/* the server closes after this answer */
} Client;

static char request[65536];
static size_t request_size;
static int	port;
static float *times;
static size_t ntimes;
static size_t nbad;

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* Opens a connection and watches it. */
static void
open_client(Client *client, int epoll)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

	inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	client->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(client->fd, (struct sockaddr *) &address, sizeof(address)) != 0 ||
		epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event) != 0)
	{
		perror("connect");
		exit(1);
	}
	client->size = 0;
}

static void
ask(Client *client)
{
	client->size = 0;
	client->began = now();
	if (write(client->fd, request, request_size) != (ssize_t) request_size)
	{
		perror("write");
		exit(1);
	}
}

/* Is the answer whole?  Only its head is searched: bodies are long. */
static int
is_whole(Client *client)
{
	char	   *end;
	char	   *length;

	client->answer[client->size] = '\0';
	end = strstr(client->answer, "\r\n\r\n");
	if (end == NULL)
		return 0;
	*end = '\0';
	length = strcasestr(client->answer, "\r\nContent-Length:");
	client->closes = strcasestr(client->answer, "\r\nConnection: close") != NULL;
	*end = '\r';
	if (strncmp(client->answer + 9, "304", 3) == 0)
		return 1;
	if (length != NULL)
		return client->size >= (size_t) (end + 4 - client->answer) + strtoul(length + 17, NULL, 10);
	return client->size >= 5 && memcmp(client->answer + client->size - 5, "0\r\n\r\n", 5) == 0;
}

/* Takes what has come, and asks again when it was all. */
static void
take(Client *client, int epoll)
{
	ssize_t		got = read(client->fd, client->answer + client->size, ANSWER_BYTES - client->size - 1);

	if (got <= 0)
	{
		/* a server that closes after each answer, as some do */
		int			whole = client->size > 0;

		close(client->fd);
		if (!whole)
			nbad++;
		open_client(client, epoll);
		ask(client);
		return;
	}
	client->size += got;
	if (!is_whole(client))
		return;
	if (strncmp(client->answer + 9, "200", 3) != 0 && strncmp(client->answer + 9, "304", 3) != 0)
		nbad++;
	if (ntimes < MOST_TIMES)
		times[ntimes++] = (float) ((now() - client->began) * 1000);
	if (client->closes)
	{
		close(client->fd);
		open_client(client, epoll);
	}
	ask(client);
}

static int
compare(const void *a, const void *b)
{
	float		x = *(const float *) a;
	float		y = *(const float *) b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	int			nclients = argc == 4 ? atoi(argv[2]) : 0;
	double		seconds = argc == 4 ? atof(argv[3]) : 0;
	Client	   *clients = calloc(nclients + 1, sizeof(Client));
	int			epoll = epoll_create1(0);
	struct epoll_event events[64];
	double		began;

	if (nclients <= 0 || seconds <= 0)
		return 2;
	port = atoi(argv[1]);
	times = malloc(MOST_TIMES * sizeof(float));
	request_size = fread(request, 1, sizeof(request), stdin);
	for (int i = 0; i < nclients; i++)
	{
		clients[i].answer = malloc(ANSWER_BYTES);
		open_client(&clients[i], epoll);
	}
	began = now();
	for (int i = 0; i < nclients; i++)
		ask(&clients[i]);
	while (now() - began < seconds)
	{
		int			n = epoll_wait(epoll, events, 64, 1000);

		for (int i = 0; i < n; i++)
			take(events[i].data.ptr, epoll);
	}
	seconds = now() - began;
	qsort(times, ntimes, sizeof(float), compare);
	if (ntimes == 0)
		return 1;
	printf("%.1f %.3f %.3f %zu\n", ntimes / seconds, times[ntimes / 2], times[ntimes * 99 / 100], nbad);
	return 0;
}
