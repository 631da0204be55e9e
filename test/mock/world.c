/*
 * world.c
 *		Names, connections and the clock of a server, as a test wants them.
 *
 * Preloaded into a test's cluster.  The environment's FHIR_BRIDGE_WORLD is a
 * folder:
 *
 *	hosts		lines "name milliseconds answer...": looking the name up takes so
 *				long; the first look gives the first answer, the second the
 *				second, and so on; the last one stays.  An answer is addresses
 *				with commas between.  Other names go the usual way.
 *	looks		every such look adds a line
 *	connects	every connection that is tried to an internet address adds a line
 *	clock		eight bytes: seconds by which the calendar is off, in this moment
 *
 * 203.0.113.0/24, which is nobody's, is the world outside: a connection there
 * ends at the same port of 127.0.0.1, but one to 203.0.113.9 is refused.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define OUTSIDE 0xcb007100		/* 203.0.113.0 */
#define REFUSED 9				/* the last byte of who refuses */
#define DESCRIPTORS 4096

static char folder[512];
static volatile const int64_t *offset = NULL;
static uint32_t outside[DESCRIPTORS];	/* whom a descriptor believes to talk to; 0 for the truth */

__attribute__((constructor)) static void
begin(void)
{
	const char *given = getenv("FHIR_BRIDGE_WORLD");
	char		path[600];
	int			fd;

	snprintf(folder, sizeof(folder), "%s", given ? given : "/nowhere");
	snprintf(path, sizeof(path), "%s/clock", folder);
	if ((fd = open(path, O_RDONLY)) >= 0)
	{
		void	   *place = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);

		offset = place == MAP_FAILED ? NULL : place;
		close(fd);
	}
}

/* How often the name was asked for before, by whichever process. */
static int
count_look(const char *name)
{
	char		path[600];
	char		line[80];
	int			before = 0;
	FILE	   *file;

	snprintf(path, sizeof(path), "%s/looks", folder);
	if ((file = fopen(path, "a+e")) == NULL)
		abort();
	while (fgets(line, sizeof(line), file) != NULL)
		before += strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == '\n';
	fprintf(file, "%s\n", name);
	fclose(file);
	return before;
}

/* Reads the answer for a name; 0 when the file does not have it. */
static int
find_host(const char *name, int *ms, char *answer, size_t size)
{
	char		path[600];
	char		line[512];
	FILE	   *file;
	int			found = 0;

	snprintf(path, sizeof(path), "%s/hosts", folder);
	if ((file = fopen(path, "re")) == NULL)
		return 0;
	while (!found && fgets(line, sizeof(line), file) != NULL)
	{
		char	   *rest = NULL;
		char	   *word = strtok_r(line, " \n", &rest);

		if (word == NULL || strcmp(word, name) != 0)
			continue;
		found = 1;
		*ms = atoi(strtok_r(NULL, " \n", &rest));
		for (int look = count_look(name); look >= 0 && (word = strtok_r(NULL, " \n", &rest)) != NULL; look--)
			snprintf(answer, size, "%s", word);
	}
	fclose(file);
	return found;
}

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	int (*next) (const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
	char		answer[256] = "";
	char	   *rest = NULL;
	struct addrinfo **end = result;
	int			ms;

	if (name == NULL || !find_host(name, &ms, answer, sizeof(answer)))
		return next(name, service, hints, result);
	usleep(ms * 1000);
	*result = NULL;
	for (char *address = strtok_r(answer, ",", &rest); address != NULL; address = strtok_r(NULL, ",", &rest))
	{
		struct addrinfo wish = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};

		if (next(address, service, &wish, end) != 0)
			return EAI_FAIL;
		while (*end != NULL)
			end = &(*end)->ai_next;
	}
	return *result ? 0 : EAI_NONAME;
}

int
connect(int fd, const struct sockaddr *address, socklen_t length)
{
	int (*next) (int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
	struct sockaddr_in inside;
	char		text[INET6_ADDRSTRLEN] = "";
	char		path[600];
	char		line[INET6_ADDRSTRLEN + 16];
	int			log;
	uint32_t	v4;

	if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
		return next(fd, address, length);
	inside = *(const struct sockaddr_in *) address;
	if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &inside.sin_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *) address)->sin6_addr, text, sizeof(text));
	snprintf(path, sizeof(path), "%s/connects", folder);
	if ((log = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) >= 0)
	{
		snprintf(line, sizeof(line), "%s %d\n", text, ntohs(inside.sin_port));
		if (write(log, line, strlen(line)) < 0)
			abort();
		close(log);
	}
	v4 = ntohl(inside.sin_addr.s_addr);
	if (fd < DESCRIPTORS)
		outside[fd] = 0;
	if (address->sa_family != AF_INET || (v4 & 0xffffff00) != OUTSIDE)
		return next(fd, address, length);
	if ((v4 & 0xff) == REFUSED)
	{
		errno = ECONNREFUSED;
		return -1;
	}
	if (fd < DESCRIPTORS)
		outside[fd] = v4;
	inside.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return next(fd, (struct sockaddr *) &inside, sizeof(inside));
}

int
getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
	int (*next) (int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "getpeername");
	int			result = next(fd, address, length);

	if (result == 0 && fd < DESCRIPTORS && outside[fd] != 0 && address->sa_family == AF_INET)
		((struct sockaddr_in *) address)->sin_addr.s_addr = htonl(outside[fd]);
	return result;
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	static int (*next) (clockid_t, struct timespec *) = NULL;
	int			result;

	if (next == NULL)
		next = dlsym(RTLD_NEXT, "clock_gettime");
	result = next(clock, now);
	if (result == 0 && offset != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now->tv_sec += *offset;
	return result;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone __attribute__((unused)))
{
	struct timespec time;

	if (clock_gettime(CLOCK_REALTIME, &time) != 0)
		return -1;
	now->tv_sec = time.tv_sec;
	now->tv_usec = time.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *result)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (result != NULL)
		*result = now.tv_sec;
	return now.tv_sec;
}
