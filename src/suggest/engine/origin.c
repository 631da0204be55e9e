/*
 * origin.c
 *		One service: how many requests at a time and a second, and its breaker.
 *
 * A service is its origin: scheme, host and port.  The breaker opens when
 * several requests in a row have failed and nothing has succeeded since; it
 * then lets a single request through from time to time, and the pauses double.
 * (Counting failures within a time, rather than in a row, would stop a busy
 * service at a handful of failures among thousands of answers.)
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "utils/memutils.h"

#include "suggest/engine/engine.h"
#include "suggest/shared/settings.h"

#define ORIGINS 64				/* remembered, unless more are in use */
#define BREAKER_FAILURES 5
#define FIRST_REST_MS 10000
#define LONGEST_REST_MS 300000

struct Origin
{
	dlist_node	node;			/* of origins, latest use first */
	char	   *name;
	int			users;			/* calls that hold it */
	int			under_way;		/* requests */
	double		allowance;		/* requests that the rate limit allows now */
	int64		counted_at;		/* when that was counted */
	int			failures;		/* in a row */
	int64		rest_ms;		/* of the present or last rest; 0 for none */
	int64		rests_until;	/* 0 while the breaker is closed */
	bool		is_probing;		/* one request is out to see whether it is well */
};

static dlist_head origins = DLIST_STATIC_INIT(origins);
static int	norigins = 0;

/* The length of a URL's origin. */
static size_t
origin_length(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return host - url + strcspn(host, "/");
}

/* Forgets services that nobody uses, the least recently used first. */
static void
forget_origins(void)
{
	while (norigins > ORIGINS)
	{
		Origin	   *unused = NULL;
		dlist_iter	iter;

		dlist_foreach(iter, &origins)
		{
			Origin	   *origin = dlist_container(Origin, node, iter.cur);

			if (origin->users == 0)
				unused = origin;
		}
		if (unused == NULL)
			return;
		if (unused->rests_until != 0)
			pg_atomic_fetch_sub_u32(&suggest_control()->resting, 1);
		dlist_delete(&unused->node);
		norigins--;
		pfree(unused->name);
		pfree(unused);
	}
}

/* The service of a request, held until origin_release. */
Origin *
origin_find(const SuggestRequest *request)
{
	const char *url = suggest_text(request, SUGGEST_TEXT_LOGIN_URL);
	size_t		length = origin_length(url);
	dlist_iter	iter;
	Origin	   *origin;

	dlist_foreach(iter, &origins)
	{
		origin = dlist_container(Origin, node, iter.cur);
		if (strncmp(origin->name, url, length) == 0 && origin->name[length] == '\0')
		{
			dlist_move_head(&origins, &origin->node);
			origin->users++;
			return origin;
		}
	}
	origin = MemoryContextAllocZero(TopMemoryContext, sizeof(Origin));
	origin->name = MemoryContextStrdup(TopMemoryContext, url);
	origin->name[length] = '\0';
	origin->users = 1;
	origin->allowance = 1;
	origin->counted_at = suggest_clock();
	dlist_push_head(&origins, &origin->node);
	norigins++;
	forget_origins();
	return origin;
}

/* Lets go of a service. */
void
origin_release(Origin *origin)
{
	origin->users--;
}

/* Adds what the rate limit has allowed since the last look. */
static void
count_allowance(Origin *origin, int64 now)
{
	double		most = Max(1.0, suggest_rate_limit);

	origin->allowance += (now - origin->counted_at) * suggest_rate_limit / 1000;
	origin->allowance = Min(origin->allowance, most);
	origin->counted_at = now;
}

/*
 * May a request be sent now?  If so it is under way, until origin_leave.
 */
Admission
origin_enter(Origin *origin, int64 now)
{
	if (origin->rests_until != 0 && (now < origin->rests_until || origin->is_probing))
		return ADMIT_NEVER;
	if (origin->under_way >= suggest_max_concurrency)
		return ADMIT_LATER;
	if (suggest_rate_limit > 0)
	{
		count_allowance(origin, now);
		if (origin->allowance < 1)
			return ADMIT_LATER;
		origin->allowance -= 1;
	}
	origin->is_probing = (origin->rests_until != 0);
	origin->under_way++;
	return ADMITTED;
}

/* Does this fault say that the service is not well? */
static bool
is_failure(SuggestFault fault)
{
	switch (fault)
	{
		case SUGGEST_FAULT_DNS:
		case SUGGEST_FAULT_CONNECT:
		case SUGGEST_FAULT_TLS:
		case SUGGEST_FAULT_BROKEN:
		case SUGGEST_FAULT_TIMEOUT:
		case SUGGEST_FAULT_SERVICE:
		case SUGGEST_FAULT_TRANSPORT:
			return true;
		default:
			return false;
	}
}

/* Opens the breaker, or keeps it open for longer. */
static void
begin_rest(Origin *origin, int64 now)
{
	origin->rest_ms = origin->rest_ms == 0 ? FIRST_REST_MS : Min(origin->rest_ms * 2, LONGEST_REST_MS);
	if (origin->rests_until == 0)
	{
		pg_atomic_fetch_add_u32(&suggest_control()->resting, 1);
		suggest_count(SUGGEST_BREAKS);
	}
	origin->rests_until = now + origin->rest_ms;
	ereport(LOG,
			(errmsg("fhir_bridge: a suggestion service failed %d times in a row and is given a rest of %d seconds",
					origin->failures, (int) (origin->rest_ms / 1000))));
}

/* Closes the breaker. */
static void
end_rest(Origin *origin)
{
	origin->failures = 0;
	origin->rest_ms = 0;
	if (origin->rests_until == 0)
		return;
	origin->rests_until = 0;
	pg_atomic_fetch_sub_u32(&suggest_control()->resting, 1);
	ereport(LOG, (errmsg("fhir_bridge: the suggestion service is well again")));
}

/*
 * A request has ended.  One that nobody waited for any more says nothing about
 * the service (SUGGEST_FAULT_STOPPED), and neither does a failure of one that
 * its user's settings have made likely (not fair): others see the breaker.
 */
void
origin_leave(Origin *origin, SuggestFault fault, bool fair, int64 now)
{
	bool		was_probe = origin->is_probing && origin->rests_until != 0;

	origin->under_way--;
	origin->is_probing = false;
	if (fault == SUGGEST_FAULT_STOPPED || (is_failure(fault) && !fair))
		return;
	if (!is_failure(fault))
		end_rest(origin);
	else if (++origin->failures >= BREAKER_FAILURES && (origin->rests_until == 0 || was_probe))
		begin_rest(origin, now);
}

/* When a call that was told to wait should ask again; a request's end is another occasion. */
int64
origin_next(const Origin *origin, int64 now)
{
	if (origin->under_way >= suggest_max_concurrency)
		return NEVER;
	if (suggest_rate_limit <= 0)
		return now;
	return now + 1 + (int64) (Max(1 - origin->allowance, 0) * 1000 / suggest_rate_limit);
}

/* How much longer the service rests, in milliseconds. */
int
origin_rest(const Origin *origin, int64 now)
{
	return (int) Max(origin->rests_until - now, 1000);
}
