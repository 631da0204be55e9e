/*
 * gateway_log.c
 *		Writes the log; see gateway_log.h.
 */
#include "gateway/base/gateway_log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES			1024
#define COLLECTED_BYTES		16384

static _Thread_local char collected[COLLECTED_BYTES];
static _Thread_local size_t ncollected;
static atomic_bool outage;

/* The time, to milliseconds, in UTC.  Its text is kept for a second, which has many requests. */
static void
print_time(char *text, size_t size)
{
	static _Thread_local time_t second = -1;
	static _Thread_local char seconds[32];
	struct timespec now;
	struct tm	parts;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != second)
	{
		second = now.tv_sec;
		gmtime_r(&second, &parts);
		strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &parts);
	}
	snprintf(text, size, "%s.%03dZ", seconds, (int) (now.tv_nsec / 1000000));
}

/* Copies text with what JSON would mind replaced by blanks. */
static void
plain(char *out, size_t size, const char *text)
{
	size_t		i;

	for (i = 0; text[i] != '\0' && i + 1 < size; i++)
		out[i] = (unsigned char) text[i] < ' ' || text[i] == '"' || text[i] == '\\' ? ' ' : text[i];
	out[i] = '\0';
}

void
log_line(const char *level, const char *format,...)
{
	char		line[LINE_BYTES];
	char		time_text[40];
	va_list		args;
	int			length;

	print_time(time_text, sizeof(time_text));
	length = snprintf(line, sizeof(line), "{\"time\":\"%s\",\"level\":\"%s\",", time_text, level);
	va_start(args, format);
	length += vsnprintf(line + length, sizeof(line) - length - 3, format, args);
	va_end(args);
	if (length > (int) sizeof(line) - 4)
		length = sizeof(line) - 4;
	length += snprintf(line + length, 3, "}\n");
	log_flush();
	if (write(STDERR_FILENO, line, length) < 0)
		return;					/* nowhere to say it */
}

void
log_request(const char *method, const char *route, int status, int64_t microseconds, const char *address, const char *user)
{
	char		time_text[40];
	char		user_text[128];
	int			length;

	if (ncollected + LINE_BYTES > COLLECTED_BYTES)
		log_flush();
	print_time(time_text, sizeof(time_text));
	plain(user_text, sizeof(user_text), user != NULL ? user : "");
	length = snprintf(collected + ncollected, LINE_BYTES,
					  "{\"time\":\"%s\",\"level\":\"info\",\"event\":\"request\",\"method\":\"%s\",\"route\":\"%s\",\"status\":%d,"
					  "\"ms\":%.3f,\"address\":\"%s\",\"user\":\"%s\"}\n",
					  time_text, method, route, status, microseconds / 1000.0, address, user_text);
	ncollected += length < LINE_BYTES ? length : LINE_BYTES - 1;
}

void
log_flush(void)
{
	if (ncollected > 0 && write(STDERR_FILENO, collected, ncollected) < 0)
		ncollected = 0;
	ncollected = 0;
}

void
log_database_failure(PGconn *connection)
{
	char		why[512];

	if (atomic_exchange(&outage, true))
		return;
	plain(why, sizeof(why), PQerrorMessage(connection));
	log_line("error", "\"event\":\"database\",\"why\":\"cannot connect: %s\"", why);
}

void
log_database_back(void)
{
	if (atomic_exchange(&outage, false))
		log_line("info", "\"event\":\"database\",\"why\":\"connected again\"");
}
