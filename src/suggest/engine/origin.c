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

#define SITES 64				/* remembered, unless more are in use */
#define BREAKER_FAILURES 5
#define FIRST_REST_MS 10000
#define LONGEST_REST_MS 300000

struct Site
{
	dlist_node	node;			/* of sites, latest use first */
	char	   *origin;
	int			users;			/* calls that hold it */
	int			under_way;		/* requests */
	double		allowance;		/* requests that the rate limit allows now */
	int64		counted_at;		/* when that was counted */
	int			failures;		/* in a row */
	int64		rest_ms;		/* of the present or last rest; 0 for none */
	int64		rests_until;	/* 0 while the breaker is closed */
	bool		is_probing;		/* one request is out to see whether it is well */
};

static dlist_head sites = DLIST_STATIC_INIT(sites);
static int	nsites = 0;

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
forget_sites(void)
{
	while (nsites > SITES)
	{
		Site	   *unused = NULL;
		dlist_iter	iter;

		dlist_foreach(iter, &sites)
		{
			Site	   *site = dlist_container(Site, node, iter.cur);

			if (site->users == 0)
				unused = site;
		}
		if (unused == NULL)
			return;
		if (unused->rests_until != 0)
			pg_atomic_fetch_sub_u32(&suggest_control()->resting, 1);
		dlist_delete(&unused->node);
		nsites--;
		pfree(unused->origin);
		pfree(unused);
	}
}

/* The service of a request, held until site_release. */
Site *
site_find(const SuggestRequest *request)
{
	const char *url = suggest_text(request, SUGGEST_TEXT_LOGIN_URL);
	size_t		length = origin_length(url);
	dlist_iter	iter;
	Site	   *site;

	dlist_foreach(iter, &sites)
	{
		site = dlist_container(Site, node, iter.cur);
		if (strncmp(site->origin, url, length) == 0 && site->origin[length] == '\0')
		{
			dlist_move_head(&sites, &site->node);
			site->users++;
			return site;
		}
	}
	site = MemoryContextAllocZero(TopMemoryContext, sizeof(Site));
	site->origin = MemoryContextStrdup(TopMemoryContext, url);
	site->origin[length] = '\0';
	site->users = 1;
	site->allowance = 1;
	site->counted_at = suggest_clock();
	dlist_push_head(&sites, &site->node);
	nsites++;
	forget_sites();
	return site;
}

/* Lets go of a service. */
void
site_release(Site *site)
{
	site->users--;
}

/* Adds what the rate limit has allowed since the last look. */
static void
count_allowance(Site *site, int64 now)
{
	double		most = Max(1.0, suggest_rate_limit);

	site->allowance += (now - site->counted_at) * suggest_rate_limit / 1000;
	site->allowance = Min(site->allowance, most);
	site->counted_at = now;
}

/*
 * May a request be sent now?  If so it is under way, until site_leave.
 */
Admission
site_enter(Site *site, int64 now)
{
	if (site->rests_until != 0 && (now < site->rests_until || site->is_probing))
		return ADMIT_NEVER;
	if (site->under_way >= suggest_max_concurrency)
		return ADMIT_LATER;
	if (suggest_rate_limit > 0)
	{
		count_allowance(site, now);
		if (site->allowance < 1)
			return ADMIT_LATER;
		site->allowance -= 1;
	}
	site->is_probing = (site->rests_until != 0);
	site->under_way++;
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
begin_rest(Site *site, int64 now)
{
	site->rest_ms = site->rest_ms == 0 ? FIRST_REST_MS : Min(site->rest_ms * 2, LONGEST_REST_MS);
	if (site->rests_until == 0)
	{
		pg_atomic_fetch_add_u32(&suggest_control()->resting, 1);
		suggest_count(SUGGEST_BREAKS);
	}
	site->rests_until = now + site->rest_ms;
	ereport(LOG,
			(errmsg("fhir_bridge: a suggestion service failed %d times in a row and is given a rest of %d seconds",
					site->failures, (int) (site->rest_ms / 1000))));
}

/* Closes the breaker. */
static void
end_rest(Site *site)
{
	site->failures = 0;
	site->rest_ms = 0;
	if (site->rests_until == 0)
		return;
	site->rests_until = 0;
	pg_atomic_fetch_sub_u32(&suggest_control()->resting, 1);
	ereport(LOG, (errmsg("fhir_bridge: the suggestion service is well again")));
}

/*
 * A request has ended.  One that nobody waited for any more says nothing about
 * the service (SUGGEST_FAULT_STOPPED), and neither does a failure of one that
 * its user's settings have made likely (not fair): others see the breaker.
 */
void
site_leave(Site *site, SuggestFault fault, bool fair, int64 now)
{
	bool		was_probe = site->is_probing && site->rests_until != 0;

	site->under_way--;
	site->is_probing = false;
	if (fault == SUGGEST_FAULT_STOPPED || (is_failure(fault) && !fair))
		return;
	if (!is_failure(fault))
		end_rest(site);
	else if (++site->failures >= BREAKER_FAILURES && (site->rests_until == 0 || was_probe))
		begin_rest(site, now);
}

/* When a call that was told to wait should ask again; a request's end is another occasion. */
int64
site_next(const Site *site, int64 now)
{
	if (site->under_way >= suggest_max_concurrency)
		return NEVER;
	if (suggest_rate_limit <= 0)
		return now;
	return now + 1 + (int64) (Max(1 - site->allowance, 0) * 1000 / suggest_rate_limit);
}

/* How much longer the service rests, in milliseconds. */
int
site_rest(const Site *site, int64 now)
{
	return (int) Max(site->rests_until - now, 1000);
}
