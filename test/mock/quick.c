/*
 * quick.c
 *		A mock of the suggestion service that costs next to nothing.
 *
 *	quick FILE
 *
 * Listens on a free port of 127.0.0.1 and writes it to FILE.  Ends with its
 * standard input, so that it cannot be left behind.  For benchmarks and soaks,
 * where aics.py would be what is measured; that one knows more faults and lets
 * each request choose.
 *
 * One thread, one epoll descriptor.  A connection is answered in order, and
 * stays open.  What is in front of the service's own path, such as in the base
 * URL http://127.0.0.1:PORT/delay-50/faults-10, says how it behaves:
 *
 *	delay-N		answers come after N milliseconds
 *	faults-N	N of 100 requests go wrong, each in another way (see Fault)
 *
 * GET /mock/counts tells what has been asked: logins, requests (of the other
 * two kinds), notes that were answered, connections, faults.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define DESCRIPTORS 1024		/* connections are found by their descriptor */
#define REQUEST_MAX (8 << 20)	/* bytes of a request */
#define NEVER INT64_MAX

/* The ways of going wrong, in the order in which they come. */
typedef enum Fault
{
	FAULT_UNAVAILABLE,			/* 503 */
	FAULT_RESET,				/* the connection breaks */
	FAULT_TRUNCATED,			/* half a body, then the end */
	FAULT_BROKEN,				/* 500 */
	FAULT_NO_JSON,
	FAULT_WRONG_SHAPE,			/* JSON, but not a list of lists */
	FAULT_EXPIRED,				/* 401, and all have to log in again */
	FAULT_EMPTY,				/* the end instead of an answer */
	FAULT_BUSY,					/* 429 */
	FAULT_REFUSED,				/* 400 */
	FAULT_NO_HTTP,				/* no status line */
	FAULT_SILENT,				/* no answer at all, the connection stays */
	FAULTS,
	FAULT_NONE = FAULTS
} Fault;

/* Bytes that grow. */
typedef struct Bytes
{
	char	   *data;
	size_t		length;
	size_t		size;
} Bytes;

typedef struct Connection
{
	int			descriptor;
	Bytes		in;				/* a request, as far as it has come */
	Bytes		out;			/* its answer, while that waits for its time */
	bool		ends;			/* after the answer */
	int64_t		due;			/* when the answer goes out, in nanoseconds; NEVER for none */
} Connection;

/* One request that is complete. */
typedef struct Request
{
	const char *path;			/* the line from the path on; zero-terminated */
	const char *head;			/* all headers; zero-terminated */
	const char *body;			/* zero-terminated */
} Request;

static Connection *connections[DESCRIPTORS];
static int	epoll_descriptor;
static int	timer_descriptor;
static int	waiting = 0;		/* connections whose answer has its time to come */
static int	session = 1;		/* the one that is good */
static long logins, requests, notes, opened, faults;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

/* Nanoseconds of a clock that nobody sets. */
static int64_t
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Makes room for so many more bytes, and a zero behind them. */
static void
bytes_reserve(Bytes *bytes, size_t more)
{
	size_t		needed = bytes->length + more + 1;

	if (needed <= bytes->size)
		return;
	bytes->size = needed > 2 * bytes->size ? needed : 2 * bytes->size;
	bytes->data = realloc(bytes->data, bytes->size);
	if (bytes->data == NULL)
		die("realloc");
}

/* Appends a text as printf writes it. */
static void __attribute__((format(printf, 2, 3)))
bytes_print(Bytes *bytes, const char *format,...)
{
	va_list		args;
	int			length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	bytes_reserve(bytes, length);
	va_start(args, format);
	vsnprintf(bytes->data + bytes->length, length + 1, format, args);
	va_end(args);
	bytes->length += length;
}

/* Appends an answer of HTTP. */
static void
put_answer(Bytes *out, int status, const char *body)
{
	bytes_print(out, "HTTP/1.1 %d Mock\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
				status, strlen(body), body);
}

/* The strings in the array of the body's member "notes". */
static int
count_notes(const char *body)
{
	const char *c = strstr(body, "\"notes\":[");
	int			count = 0;

	if (c == NULL)
		return 0;
	for (c += strlen("\"notes\":["); *c == '"' || *c == ','; c++)
	{
		if (*c == ',')
			continue;
		for (c++; *c != '"' && *c != '\0'; c++)
			c += (*c == '\\');
		count++;
	}
	return count;
}

/* Answers a diagnosis: one list for each note. */
static void
put_diagnosis(Bytes *out, const Request *request)
{
	static const char list[] = "[{\"icd\":\"H66.90\",\"prob\":0.813},{\"icd\":\"H65.23\",\"prob\":0.092},"
							   "{\"icd\":\"H71.92\",\"prob\":0.031},{\"icd\":\"H72.92\",\"prob\":0.022},{\"icd\":\"H70.12\",\"prob\":0.011},"
							   "{\"icd\":\"H61.22\",\"prob\":0.008},{\"icd\":\"H90.3\",\"prob\":0.005},{\"icd\":\"H60.92\",\"prob\":0.003},"
							   "{\"icd\":\"H83.02\",\"prob\":0.002},{\"icd\":\"Z09\",\"prob\":0.001}]";
	Bytes		body = {0};
	int			count = count_notes(request->body);

	notes += count;
	for (int i = 0; i < count; i++)
		bytes_print(&body, "%c%s", i == 0 ? '[' : ',', list);
	bytes_print(&body, count == 0 ? "[]" : "]");
	put_answer(out, 200, body.data);
	free(body.data);
}

/* A number behind a word in the path; 0 when the word is not there. */
static int
path_number(const Request *request, const char *word)
{
	const char *found = strstr(request->path, word);

	return found ? atoi(found + strlen(word)) : 0;
}

/* How this request goes wrong, if it does.  A login is never refused: that would end all calls for a while. */
static Fault
choose_fault(const Request *request, bool is_login)
{
	static long chances = 0;
	Fault		fault;

	chances += path_number(request, "/faults-");
	if (chances < 100)
		return FAULT_NONE;
	chances -= 100;
	fault = faults++ % FAULTS;
	return is_login && (fault == FAULT_EXPIRED || fault == FAULT_REFUSED) ? FAULT_UNAVAILABLE : fault;
}

/* Goes wrong. */
static void
put_fault(Connection *connection, Fault fault)
{
	struct linger at_once = {.l_onoff = 1};

	switch (fault)
	{
		case FAULT_UNAVAILABLE:
			put_answer(&connection->out, 503, "{}");
			break;
		case FAULT_BROKEN:
			put_answer(&connection->out, 500, "{}");
			break;
		case FAULT_BUSY:
			put_answer(&connection->out, 429, "{}");
			break;
		case FAULT_REFUSED:
			put_answer(&connection->out, 400, "{}");
			break;
		case FAULT_EXPIRED:
			session++;
			put_answer(&connection->out, 401, "{}");
			break;
		case FAULT_NO_JSON:
			put_answer(&connection->out, 200, "<html>the service is being maintained</html>");
			break;
		case FAULT_WRONG_SHAPE:
			put_answer(&connection->out, 200, "{\"icd\":[1,2,{\"prob\":null}]}");
			break;
		case FAULT_TRUNCATED:
			bytes_print(&connection->out, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[[{\"icd\":");
			connection->ends = true;
			break;
		case FAULT_NO_HTTP:
			bytes_print(&connection->out, "one moment please\r\n\r\n");
			connection->ends = true;
			break;
		case FAULT_RESET:
			setsockopt(connection->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
			connection->ends = true;
			break;
		case FAULT_EMPTY:
			connection->ends = true;
			break;
		case FAULT_SILENT:
		case FAULT_NONE:
			break;
	}
}

/* Does the request carry the session that is good? */
static bool
has_session(const Request *request)
{
	const char *header = strcasestr(request->head, "\r\nocp-apim-session-token: s");

	return header != NULL && atoi(header + strlen("\r\nocp-apim-session-token: s")) == session;
}

/* Answers a login. */
static void
put_login(Bytes *out, const Request *request)
{
	char		body[100];

	snprintf(body, sizeof(body), "{\"accessToken\":\"x\",\"session\":\"s%d\"}", session);
	if (strstr(request->body, "\"password\":\"right\"") != NULL)
		put_answer(out, 201, body);
	else
		put_answer(out, 401, "{}");
}

/* Tells what has been asked. */
static void
put_counts(Bytes *out)
{
	char		body[200];

	snprintf(body, sizeof(body), "{\"logins\":%ld,\"requests\":%ld,\"notes\":%ld,\"connections\":%ld,\"faults\":%ld}",
			 logins, requests, notes, opened, faults);
	put_answer(out, 200, body);
}

/* Sets when a connection's answer goes out; NEVER when there is none. */
static void
set_due(Connection *connection, int64_t due)
{
	waiting += (due != NEVER) - (connection->due != NEVER);
	connection->due = due;
}

/* Makes a request's answer, and sets when it is due. */
static void
answer(Connection *connection, const Request *request)
{
	bool		is_login = strstr(request->path, "/authentication") != NULL;
	Fault		fault = choose_fault(request, is_login);

	set_due(connection, clock_now() + (int64_t) path_number(request, "/delay-") * 1000000);
	if (strstr(request->path, "/mock/counts") != NULL)
	{
		put_counts(&connection->out);
		return;
	}
	if (is_login)
		logins++;
	else
		requests++;
	if (fault != FAULT_NONE)
		put_fault(connection, fault);
	else if (is_login)
		put_login(&connection->out, request);
	else if (!has_session(request))
		put_answer(&connection->out, 401, "{}");
	else if (strstr(request->path, "/diagnosis") != NULL)
		put_diagnosis(&connection->out, request);
	else if (strstr(request->path, "/search") != NULL)
		put_answer(&connection->out, 200, "{\"children\":[{\"icd10_list\":[{\"code\":\"I10\","
										  "\"english_name\":\"Essential (primary) hypertension\",\"chinese_name\":\"本態性高血壓\",\"billable\":true}]}]}");
	else
		put_answer(&connection->out, 404, "{}");
}

/* Ends a connection. */
static void
hang_up(Connection *connection)
{
	set_due(connection, NEVER);
	connections[connection->descriptor] = NULL;
	close(connection->descriptor);
	free(connection->in.data);
	free(connection->out.data);
	free(connection);
}

/* Sends the answer.  False when the connection has ended. */
static bool
send_answer(Connection *connection)
{
	size_t		sent = 0;

	set_due(connection, NEVER);
	while (sent < connection->out.length)
	{
		ssize_t		n = send(connection->descriptor, connection->out.data + sent,
							 connection->out.length - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		sent += n;
	}
	if (connection->ends || sent < connection->out.length)
	{
		hang_up(connection);
		return false;
	}
	connection->out.length = 0;
	return true;
}

/*
 * Finds the request that the connection begins with, if it is complete, and
 * gives its length; ends its parts with zeros.
 */
static size_t
find_request(Connection *connection, Request *request)
{
	char	   *data = connection->in.data;
	char	   *end;
	char	   *path;
	const char *header;
	size_t		length;

	data[connection->in.length] = '\0';
	end = strstr(data, "\r\n\r\n");
	if (end == NULL)
		return 0;
	end[2] = '\0';
	header = strcasestr(data, "\r\ncontent-length:");
	length = header ? strtoul(header + strlen("\r\ncontent-length:"), NULL, 10) : 0;
	end[2] = '\r';
	if (length > REQUEST_MAX || connection->in.length < (end + 4 - data) + length)
		return 0;
	end[2] = '\0';
	path = data + strcspn(data, " ");
	request->head = path + strcspn(path, "\r");
	request->path = strndup(path, request->head - path);
	request->body = strndup(end + 4, length);
	return end + 4 - data + length;
}

/* Answers the requests that have come, as long as none has to wait. */
static void
take_requests(Connection *connection)
{
	while (connection->due == NEVER && connection->in.length > 0)
	{
		Request		request;
		size_t		length = find_request(connection, &request);

		if (length == 0)
			return;
		answer(connection, &request);
		free((void *) request.path);
		free((void *) request.body);
		connection->in.length -= length;
		memmove(connection->in.data, connection->in.data + length, connection->in.length);
		if (connection->due <= clock_now() && !send_answer(connection))
			return;
	}
}

/* Takes what has come on a connection. */
static void
receive(Connection *connection)
{
	ssize_t		n;

	bytes_reserve(&connection->in, 65536);
	n = recv(connection->descriptor, connection->in.data + connection->in.length, 65536, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || connection->in.length + n > REQUEST_MAX)
	{
		hang_up(connection);
		return;
	}
	connection->in.length += n;
	take_requests(connection);
}

/* Watches a descriptor. */
static void
watch(int descriptor)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};

	if (epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, descriptor, &event) != 0)
		die("epoll_ctl");
}

/* Takes a new connection. */
static void
accept_connection(int listener)
{
	int			descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int			on = 1;
	Connection *connection;

	if (descriptor < 0)
		return;
	if (descriptor >= DESCRIPTORS)
	{
		close(descriptor);
		return;
	}
	setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	connection = calloc(1, sizeof(Connection));
	if (connection == NULL)
		die("calloc");
	connection->descriptor = descriptor;
	connection->due = NEVER;
	connections[descriptor] = connection;
	opened++;
	watch(descriptor);
}

/* Sends the answers whose time has come, and sets the timer for the next. */
static void
send_due(void)
{
	int64_t		now = clock_now();
	int64_t		next = NEVER;
	struct itimerspec timer = {0};

	for (int i = 0; i < DESCRIPTORS && waiting > 0; i++)
	{
		if (connections[i] == NULL || connections[i]->due == NEVER)
			continue;
		if (connections[i]->due <= now && send_answer(connections[i]))
			take_requests(connections[i]);
		if (connections[i] != NULL && connections[i]->due < next)
			next = connections[i]->due;
	}
	if (next != NEVER)
		timer.it_value = (struct timespec){.tv_sec = next / 1000000000, .tv_nsec = next % 1000000000};
	timerfd_settime(timer_descriptor, TFD_TIMER_ABSTIME, &timer, NULL);
}

/* Listens, and writes the port to the file. */
static int
start_listening(const char *file)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t	length = sizeof(address);
	int			listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE	   *out;

	if (listener < 0 || bind(listener, (struct sockaddr *) &address, sizeof(address)) != 0 ||
		listen(listener, 256) != 0 || getsockname(listener, (struct sockaddr *) &address, &length) != 0)
		die("cannot listen");
	out = fopen(file, "w");
	if (out == NULL || fprintf(out, "%d\n", ntohs(address.sin_port)) < 0 || fclose(out) != 0)
		die(file);
	return listener;
}

int
main(int argc, char **argv)
{
	int			listener;

	if (argc != 2)
	{
		fprintf(stderr, "usage: quick FILE\n");
		return 2;
	}
	epoll_descriptor = epoll_create1(EPOLL_CLOEXEC);
	timer_descriptor = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (epoll_descriptor < 0 || timer_descriptor < 0)
		die("cannot wait");
	listener = start_listening(argv[1]);
	watch(listener);
	watch(timer_descriptor);
	watch(STDIN_FILENO);

	for (;;)
	{
		struct epoll_event events[64];
		int			nevents = epoll_wait(epoll_descriptor, events, 64, -1);
		char		ignored[4096];
		bool		is_time = false;

		for (int i = 0; i < nevents; i++)
		{
			int			descriptor = events[i].data.fd;

			if (descriptor == listener)
				accept_connection(listener);
			else if (descriptor == STDIN_FILENO)
			{
				if (read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0)
					return 0;
			}
			else if (descriptor == timer_descriptor)
				is_time = true;
			else if (connections[descriptor] != NULL)
				receive(connections[descriptor]);
		}
		if (is_time || waiting > 0)
			send_due();
	}
}
