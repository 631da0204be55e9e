/*
 * suggest_direct.c
 *		What the suggestion service costs without the server: libcurl alone.
 *
 *	suggest_direct BASE_URL CALLS
 *
 * Logs in, then asks for the same diagnosis so many times, by one easy handle
 * that keeps its connection.  Prints the median and the 99th percentile of
 * their times in milliseconds, and how many it made in a second.  The first
 * tenth is not counted.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ANSWER_MAX 65536

/* The answer of the request under way. */
typedef struct Answer
{
	char		text[ANSWER_MAX];
	size_t		length;
} Answer;

static Answer answer;

static void
die(const char *what)
{
	fprintf(stderr, "suggest_direct: %s\n", what);
	exit(1);
}

/* Takes some bytes of the answer. */
static size_t
take(char *data, size_t size, size_t count, void *arg)
{
	if (answer.length + count >= ANSWER_MAX)
		return 0;
	memcpy(answer.text + answer.length, data, count);
	answer.length += count;
	answer.text[answer.length] = '\0';
	return count;
}

/* Asks, and gives the milliseconds that it took.  Any answer but this status is the end. */
static double
ask(CURL *easy, long expected)
{
	struct timespec began;
	struct timespec ended;
	long		status = 0;

	answer.length = 0;
	clock_gettime(CLOCK_MONOTONIC, &began);
	if (curl_easy_perform(easy) != CURLE_OK)
		die("no answer");
	clock_gettime(CLOCK_MONOTONIC, &ended);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != expected)
		die("an answer of another status");
	return (ended.tv_sec - began.tv_sec) * 1e3 + (ended.tv_nsec - began.tv_nsec) / 1e6;
}

/* Sets where to ask, and what. */
static void
set_request(CURL *easy, const char *base_url, const char *path, const char *body, struct curl_slist *headers)
{
	char		url[1000];

	snprintf(url, sizeof(url), "%s%s", base_url, path);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
}

/* Logs in; gives the header with the session. */
static char *
log_in(CURL *easy, const char *base_url, struct curl_slist *headers)
{
	static char header[1000];
	const char *session;

	set_request(easy, base_url, "/apim-stage/authentication",
				"{\"strategy\":\"local\",\"email\":\"coder@hospital.example\",\"password\":\"right\",\"apiId\":\"med-service-api\"}",
				headers);
	ask(easy, 201);
	session = strstr(answer.text, "\"session\":\"");
	if (session == NULL)
		die("no session");
	session += strlen("\"session\":\"");
	snprintf(header, sizeof(header), "ocp-apim-session-token: %.*s", (int) strcspn(session, "\""), session);
	return header;
}

static int
compare_times(const void *a, const void *b)
{
	double		left = *(const double *) a;
	double		right = *(const double *) b;

	return (left > right) - (left < right);
}

int
main(int argc, char **argv)
{
	CURL	   *easy = curl_easy_init();
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	int			calls = argc == 3 ? atoi(argv[2]) : 0;
	double	   *times = calloc(calls > 0 ? calls : 1, sizeof(double));
	double		sum = 0;

	if (calls < 1 || easy == NULL || times == NULL)
		die("usage: suggest_direct BASE_URL CALLS");
	headers = curl_slist_append(headers, "accept: application/json");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	headers = curl_slist_append(headers, log_in(easy, argv[1], headers));
	set_request(easy, argv[1], "/api/icd10-stage/diagnosis?model_type=in_patient",
				"{\"model\":\"TV\",\"notes\":[\"left chronic otitis media status post\"],\"patient\":{}}", headers);
	for (int i = 0; i < calls / 10; i++)
		ask(easy, 200);
	for (int i = 0; i < calls; i++)
		sum += times[i] = ask(easy, 200);
	qsort(times, calls, sizeof(double), compare_times);
	printf("%.4f %.4f %.1f\n", times[(calls - 1) / 2], times[(calls - 1) * 99 / 100], calls * 1e3 / sum);
	return 0;
}
