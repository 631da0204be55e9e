/*
 * listen.c
 *		Listening sockets, one for each loop on the same port, and TLS.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/gateway_log.h"
#include "gateway/base/gateway_settings.h"
#include "gateway/http/connection.h"

#define BACKLOG		1024
#define PIECE_BYTES	262144		/* of an answer in one write */

static SSL_CTX *tls;			/* NULL: plain HTTP */

/* Writes the address of a client; IPv4 without its IPv6 clothes. */
static void
print_address(const struct sockaddr *address, char *text, size_t size)
{
	text[0] = '\0';
	if (address->sa_family == AF_INET6)
	{
		const struct in6_addr *six = &((const struct sockaddr_in6 *) address)->sin6_addr;

		if (IN6_IS_ADDR_V4MAPPED(six))
			inet_ntop(AF_INET, &six->s6_addr[12], text, size);
		else
			inet_ntop(AF_INET6, six, text, size);
	}
	else if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *) address)->sin_addr, text, size);
}

/* A client has come. */
static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size, void *arg)
{
	Loop	   *loop = arg;
	struct bufferevent *buffer;
	char		text[48];
	int			one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (tls != NULL)
	{
		buffer = bufferevent_openssl_socket_new(loop->base, fd, SSL_new(tls), BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
		if (buffer != NULL)
			bufferevent_openssl_set_allow_dirty_shutdown(buffer, 1);
	}
	else
		buffer = bufferevent_socket_new(loop->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (buffer == NULL)
	{
		close(fd);
		return;
	}
	bufferevent_set_max_single_write(buffer, PIECE_BYTES);
	print_address(address, text, sizeof(text));
	connection_begin(loop, buffer, text, tls == NULL);
}

/* No more descriptors, most likely: a short pause, and on. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
	Loop	   *loop = arg;

	if (!TAILQ_EMPTY(&loop->listener->idle))
		connection_drop(TAILQ_FIRST(&loop->listener->idle));
}

/* Opens a socket that shares its port with those of other loops; -1 when it cannot. */
static int
open_socket(const struct addrinfo *place, int *port)
{
	int			fd = socket(place->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int			one = 1;
	int			zero = 0;
	struct sockaddr_storage address;
	socklen_t	size = sizeof(address);

	if (fd < 0)
		return -1;
	memcpy(&address, place->ai_addr, place->ai_addrlen);
	if (place->ai_family == AF_INET6)
	{
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
		((struct sockaddr_in6 *) &address)->sin6_port = htons(*port);
	}
	else
		((struct sockaddr_in *) &address)->sin_port = htons(*port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) != 0 ||
		bind(fd, (struct sockaddr *) &address, place->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)
	{
		close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *) &address, &size);
	*port = ntohs(place->ai_family == AF_INET6 ? ((struct sockaddr_in6 *) &address)->sin6_port :
				  ((struct sockaddr_in *) &address)->sin_port);
	return fd;
}

/* Is the port somebody else's?  Port reuse would let us share it with a stranger of ours. */
static bool
is_taken(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int			one = 1;
	bool		taken;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	taken = bind(fd, (struct sockaddr *) &address, sizeof(address)) != 0 && errno == EADDRINUSE;
	close(fd);
	return taken;
}

bool
http_read_tls(void)
{
	if (settings.tls_cert[0] == '\0' || tls != NULL)
		return true;
	tls = SSL_CTX_new(TLS_server_method());
	if (tls == NULL || !SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) ||
		SSL_CTX_use_certificate_chain_file(tls, settings.tls_cert) != 1 ||
		SSL_CTX_use_PrivateKey_file(tls, settings.tls_key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(tls) != 1)
	{
		log_line("error", "\"event\":\"listen\",\"why\":\"TLS_CERT or TLS_KEY cannot be used\"");
		return false;
	}
	SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
	return true;
}

bool
http_listen(Loop *loop, int *port)
{
	const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
	const char *address = settings.listen_address;
	struct addrinfo *place = NULL;
	int			fd = -1;
	Listener   *listener;

	if (!http_read_tls())
		return false;
	if (loop->number == 0 && *port != 0 && is_taken(*port))
		errno = EADDRINUSE;
	else if (getaddrinfo(address[0] ? address : "::", "0", &hints, &place) == 0)
	{
		fd = open_socket(place, port);
		freeaddrinfo(place);
		if (fd < 0 && address[0] == '\0' && getaddrinfo("0.0.0.0", "0", &hints, &place) == 0)
		{
			fd = open_socket(place, port);
			freeaddrinfo(place);
		}
	}
	if (fd < 0)
	{
		log_line("error", "\"event\":\"listen\",\"port\":%d,\"why\":\"%s\"", *port, strerror(errno));
		return false;
	}
	listener = must_alloc(sizeof(Listener));
	memset(listener, 0, sizeof(Listener));
	TAILQ_INIT(&listener->idle);
	TAILQ_INIT(&listener->active);
	loop->listener = listener;
	listener->listener = evconnlistener_new(loop->base, on_accept, loop, LEV_OPT_CLOSE_ON_FREE, 0, fd);
	evconnlistener_set_error_cb(listener->listener, on_accept_error);
	return true;
}

void
http_stop(Loop *loop)
{
	loop->stopping = true;
	evconnlistener_free(loop->listener->listener);
	loop->listener->listener = NULL;
	connections_stop(loop);
}
