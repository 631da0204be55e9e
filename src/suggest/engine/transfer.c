/*
 * transfer.c
 *		One HTTP request, by libcurl's multi interface.
 *
 * All of libcurl's sockets are in one epoll descriptor, so that the server's
 * set of wait events, which cannot drop a socket, has one member that never
 * changes.
 *
 * libcurl may start a thread to look a name up, which inherits the mask of
 * signals: all are blocked around the calls that may do so, else the server's
 * handlers could run on that thread.  Callbacks only copy and count.  libcurl's
 * tracing stays off, always: it prints headers.
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "utils/memutils.h"

#include "suggest/engine/engine.h"
#include "suggest/shared/settings.h"

#define CONNECTIONS 64			/* kept open */
#define EVENTS 64				/* handled in one turn */

static CURLM *multi = NULL;
static int	epoll_descriptor = -1;
static int64 timer = NEVER;		/* libcurl's, by suggest_clock */

/* libcurl watches a socket, or stops watching it. */
static int
socket_changed(CURL *easy, curl_socket_t socket, int what, void *arg, void *socket_arg)
{
	struct epoll_event event = {.data.fd = socket};

	if (what == CURL_POLL_REMOVE)
	{
		epoll_ctl(epoll_descriptor, EPOLL_CTL_DEL, socket, NULL);
		return 0;
	}
	event.events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
	if (epoll_ctl(epoll_descriptor, EPOLL_CTL_MOD, socket, &event) != 0 && errno == ENOENT)
		epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, socket, &event);
	return 0;
}

/* libcurl sets its timer. */
static int
timer_changed(CURLM *changed, long timeout_ms, void *arg)
{
	timer = timeout_ms < 0 ? NEVER : suggest_clock() + timeout_ms;
	return 0;
}

/* Makes what all transfers share.  Raises an error when that is impossible. */
void
transfer_init(void)
{
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, memory_free, memory_resize, strdup, calloc) != CURLE_OK || (multi = curl_multi_init()) == NULL)
		ereport(FATAL,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not initialize libcurl")));
	epoll_descriptor = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_descriptor < 0)
		ereport(FATAL,
				(errcode_for_socket_access(),
				 errmsg("could not create an epoll descriptor: %m")));
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_changed);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long) CONNECTIONS);
}

/* The descriptor that becomes readable when a socket needs attention. */
int
transfer_descriptor(void)
{
	return epoll_descriptor;
}

/* When libcurl wants a turn without any socket. */
int64
transfer_timer(void)
{
	return timer;
}

/* Takes some bytes of the answer; fewer than given ends the transfer. */
static size_t
take_body(char *data, size_t size, size_t count, void *arg)
{
	Transfer   *transfer = arg;
	size_t		needed = transfer->length + count + 1;

	transfer->has_answer = true;
	if (transfer->length + count > transfer->limit)
	{
		transfer->is_too_large = true;
		return 0;
	}
	if (needed > transfer->capacity)
	{
		size_t		capacity = Max(needed, transfer->capacity * 2);
		char	   *body = memory_resize(transfer->body, capacity);

		if (body == NULL)
			return 0;
		transfer->body = body;
		transfer->capacity = capacity;
	}
	memcpy(transfer->body + transfer->length, data, count);
	transfer->length += count;
	transfer->body[transfer->length] = '\0';
	return count;
}

/* A header's line came. */
static size_t
take_header(char *data, size_t size, size_t count, void *arg)
{
	((Transfer *) arg)->has_answer = true;
	return count;
}

/*
 * Makes a socket, unless the address may not be called.  That there is none to
 * be had is not the service's fault.
 */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	Transfer   *transfer = arg;
	int			made;

	if (!transfer->allow_private && address_is_private(&address->addr))
	{
		transfer->is_refused = true;
		return CURL_SOCKET_BAD;
	}
	made = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	transfer->lacks_socket |= (made < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM));
	return made;
}

/*
 * The connection is there, perhaps since an earlier request that was allowed
 * more: judges its address again before anything is sent.
 */
static int
check_connection(void *arg, char *peer, char *local, int peer_port, int local_port)
{
	Transfer   *transfer = arg;
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr *address = NULL;

	if (inet_pton(AF_INET, peer, &v4.sin_addr) == 1)
		address = (struct sockaddr *) &v4;
	else if (inet_pton(AF_INET6, peer, &v6.sin6_addr) == 1)
		address = (struct sockaddr *) &v6;
	if (transfer->allow_private || (address != NULL && !address_is_private(address)))
		return CURL_PREREQFUNC_OK;
	transfer->is_refused = true;
	return CURL_PREREQFUNC_ABORT;
}

/* Sets what is the same for every request. */
static void
set_rules(CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long) suggest_connect_timeout);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "fhir_bridge/" FHIR_BRIDGE_VERSION);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, check_connection);
}

/* Adds a header; false when there is no memory. */
static bool
add_header(Transfer *transfer, const char *header)
{
	struct curl_slist *longer = curl_slist_append(transfer->headers, header);

	if (longer == NULL)
		return false;
	transfer->headers = longer;
	return true;
}

/* The request's headers; false when there is no memory. */
static bool
set_headers(Transfer *transfer, const char *session)
{
	bool		ok;

	ok = add_header(transfer, "accept: application/json") &&
		add_header(transfer, "Content-Type: application/json") &&
		add_header(transfer, "Expect:");
	if (ok && session)
	{
		char	   *header = psprintf("ocp-apim-session-token: %s", session);

		ok = add_header(transfer, header);
		explicit_bzero(header, strlen(header));
		pfree(header);
	}
	curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
	return ok;
}

/* Sets what this request is about. */
static bool
set_request(Transfer *transfer, const TransferSpec *spec)
{
	CURL	   *easy = transfer->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, spec->allow_http ? "https,http" : "https");
#else
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
					 (long) (CURLPROTO_HTTPS | (spec->allow_http ? CURLPROTO_HTTP : 0)));
#endif
	curl_easy_setopt(easy, CURLOPT_PROXY, spec->proxy); /* "" also ignores the environment */
	if (spec->ca_file[0] != '\0')
	{
		curl_easy_setopt(easy, CURLOPT_CAINFO, spec->ca_file);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);	/* else those of the system are trusted, too */
#if LIBCURL_VERSION_NUM >= 0x075700
		curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);	/* else another file under its name counts after a day */
#endif
	}
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) Max(spec->timeout_ms, 1));
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, spec->body);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) spec->body_length);
	return curl_easy_setopt(easy, CURLOPT_URL, spec->url) == CURLE_OK &&
		set_headers(transfer, spec->session);
}

/* Blocks all signals; the old mask goes to *old. */
static void
block_signals(sigset_t *old)
{
	sigset_t	all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, old);
}

/*
 * Starts a request.  NULL when libcurl has no memory.  The owner ends it with
 * transfer_end, before or after its done was called.
 */
Transfer *
transfer_start(const TransferSpec *spec)
{
	Transfer   *transfer = MemoryContextAllocZero(TopMemoryContext, sizeof(Transfer));
	CURLMcode	code = CURLM_OUT_OF_MEMORY;
	sigset_t	old;

	transfer->done = spec->done;
	transfer->owner = spec->owner;
	transfer->limit = spec->limit;
	/* a proxy is the superuser's choice, and is what gets connected to */
	transfer->allow_private = spec->allow_private || spec->proxy[0] != '\0';
	transfer->easy = curl_easy_init();
	block_signals(&old);
	if (transfer->easy != NULL)
	{
		set_rules(transfer->easy);
		if (set_request(transfer, spec))
			code = curl_multi_add_handle(multi, transfer->easy);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (code != CURLM_OK)
	{
		transfer_end(transfer);
		return NULL;
	}
	suggest_count(SUGGEST_REQUESTS);
	return transfer;
}

/*
 * Frees a transfer; one that is still under way is broken off.  Its handle is not
 * kept for the next one: since 8.7 a handle that is reset keeps what it has sent.
 * Connections are the multi handle's, and stay.
 */
void
transfer_end(Transfer *transfer)
{
	sigset_t	old;

	block_signals(&old);
	if (transfer->easy != NULL)
	{
		curl_multi_remove_handle(multi, transfer->easy);
		curl_easy_cleanup(transfer->easy);
	}
	for (struct curl_slist *header = transfer->headers; header != NULL; header = header->next)
		explicit_bzero(header->data, strlen(header->data));
	curl_slist_free_all(transfer->headers);
	sigprocmask(SIG_SETMASK, &old, NULL);
	memory_free(transfer->body);
	pfree(transfer);
}

/* Gives libcurl its turn. */
static void
perform(bool sockets_are_ready)
{
	struct epoll_event events[EVENTS];
	int			nevents = sockets_are_ready ? epoll_wait(epoll_descriptor, events, EVENTS, 0) : 0;
	int			running;
	sigset_t	old;

	if (nevents == 0 && suggest_clock() < timer)
		return;
	block_signals(&old);
	for (int i = 0; i < nevents; i++)
	{
		int			mask = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
			(events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
			(events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

		curl_multi_socket_action(multi, events[i].data.fd, mask, &running);
	}
	if (suggest_clock() >= timer)
	{
		timer = NEVER;
		curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/*
 * One turn: moves bytes, then tells the owners of those transfers that have
 * ended.
 */
void
transfer_turn(bool sockets_are_ready)
{
	CURLMsg    *message;
	int			left;

	perform(sockets_are_ready);
	while ((message = curl_multi_info_read(multi, &left)) != NULL)
	{
		Transfer   *transfer;
		CURL	   *easy = message->easy_handle;
		CURLcode	code = message->data.result;
		long		connects = 0;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **) &transfer);
		curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
		for (; connects > 0; connects--)
			suggest_count(SUGGEST_CONNECTIONS);
		outcome_of_transfer(&transfer->outcome, easy, code, transfer);
		transfer->done(transfer, transfer->owner);
	}
}
