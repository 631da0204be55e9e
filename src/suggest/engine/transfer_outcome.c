/*
 * transfer_outcome.c
 *		What HTTP's status and libcurl's code mean, and what to do about it.
 *
 * The matrix: no connection, a reset before any byte of answer, 429, 502, 503
 * and 504 are tried again; 500 once more; all else never.  Pauses grow with
 * full jitter; what the service asks for in Retry-After is done, up to a cap.
 */
#include "postgres.h"

#include "common/pg_prng.h"

#include "suggest/engine/engine.h"

#define FIRST_PAUSE_MS 200
#define LONGEST_PAUSE_MS 60000

/* What a status other than 2xx means. */
static void
judge_status(Outcome *outcome)
{
	switch (outcome->status)
	{
		case 401:
			outcome->fault = SUGGEST_FAULT_SESSION;
			break;
		case 403:
			outcome->fault = SUGGEST_FAULT_FORBIDDEN;
			break;
		case 400:
		case 413:
		case 422:
			outcome->fault = SUGGEST_FAULT_REQUEST;
			break;
		case 429:
			outcome->fault = SUGGEST_FAULT_BUSY;
			outcome->retry = RETRY;
			break;
		case 502:
		case 503:
		case 504:
			outcome->fault = SUGGEST_FAULT_SERVICE;
			outcome->retry = RETRY;
			break;
		default:
			outcome->fault = outcome->status < 400 ? SUGGEST_FAULT_REDIRECT :
				outcome->status < 500 ? SUGGEST_FAULT_NOT_FOUND : SUGGEST_FAULT_SERVICE;
			if (outcome->status == 500)
				outcome->retry = RETRY_ONCE;
			break;
	}
}

/*
 * What a code of libcurl means.  Want of memory in the midst of an answer is also
 * how its earlier versions say that a header is too long.
 */
static SuggestFault
judge_code(CURLcode code, bool has_answer)
{
	switch (code)
	{
		case CURLE_COULDNT_RESOLVE_HOST:
		case CURLE_COULDNT_RESOLVE_PROXY:
			return SUGGEST_FAULT_DNS;
		case CURLE_COULDNT_CONNECT:
			return SUGGEST_FAULT_CONNECT;
		case CURLE_OPERATION_TIMEDOUT:
			return SUGGEST_FAULT_TIMEOUT;
		case CURLE_SSL_CONNECT_ERROR:
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_CERTPROBLEM:
		case CURLE_SSL_CIPHER:
		case CURLE_SSL_CACERT_BADFILE:
		case CURLE_SSL_ISSUER_ERROR:
		case CURLE_SSL_INVALIDCERTSTATUS:
		case CURLE_SSL_ENGINE_INITFAILED:
			return SUGGEST_FAULT_TLS;
		case CURLE_GOT_NOTHING:
		case CURLE_PARTIAL_FILE:
		case CURLE_RECV_ERROR:
		case CURLE_SEND_ERROR:
		case CURLE_WEIRD_SERVER_REPLY:
		case CURLE_UNSUPPORTED_PROTOCOL:	/* not a line of HTTP */
		case CURLE_HTTP2:
		case CURLE_HTTP2_STREAM:
			return SUGGEST_FAULT_BROKEN;
		case CURLE_OUT_OF_MEMORY:
			return has_answer ? SUGGEST_FAULT_TRANSPORT : SUGGEST_FAULT_MEMORY;
		default:
			return SUGGEST_FAULT_TRANSPORT;
	}
}

/* Would a failure of the transport go away by trying again? */
static bool
is_passing(SuggestFault fault, CURL *easy, const Transfer *transfer)
{
	curl_off_t	sent_after = 0;

	switch (fault)
	{
		case SUGGEST_FAULT_DNS:
		case SUGGEST_FAULT_CONNECT:
			return true;
		case SUGGEST_FAULT_BROKEN:
			return !transfer->has_answer;
		case SUGGEST_FAULT_TIMEOUT:
			/* only of the connection; the limit of the call is the end of it */
			curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sent_after);
			return sent_after == 0;
		default:
			return false;
	}
}

/* Judges a transfer that has ended. */
void
outcome_of_transfer(Outcome *outcome, CURL *easy, CURLcode code, const Transfer *transfer)
{
	long		status = 0;
	curl_off_t	retry_after = 0;

	memset(outcome, 0, sizeof(Outcome));
	outcome->retry_after_ms = -1;
	if (transfer->is_refused || transfer->is_too_large)
	{
		outcome->fault = transfer->is_refused ? SUGGEST_FAULT_ADDRESS : SUGGEST_FAULT_TOO_LARGE;
		return;
	}
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_COULDNT_CONNECT && transfer->lacks_socket)
	{
		outcome->fault = SUGGEST_FAULT_BUSY;
		outcome->retry = RETRY;
		strlcpy(outcome->reason, "no descriptor is free", SUGGEST_REASON);
		return;
	}
	if (code != CURLE_OK)
	{
		outcome->fault = judge_code(code, transfer->has_answer);
		strlcpy(outcome->reason, curl_easy_strerror(code), SUGGEST_REASON);
		if (is_passing(outcome->fault, easy, transfer))
			outcome->retry = RETRY;
		return;
	}
	outcome->status = (int) status;
	if (status >= 200 && status < 300)
		return;
	judge_status(outcome);
	if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after) == CURLE_OK && retry_after > 0)
		outcome->retry_after_ms = (int) Min(retry_after, LONGEST_PAUSE_MS / 1000) * 1000;
}

/* A login's 401 and 403 are about the credentials. */
void
outcome_of_login(Outcome *outcome)
{
	if (outcome->fault == SUGGEST_FAULT_SESSION)
		outcome->fault = SUGGEST_FAULT_LOGIN;
	else if (outcome->fault == SUGGEST_FAULT_FORBIDDEN)
		outcome->fault = SUGGEST_FAULT_LOGIN_FORBIDDEN;
}

/*
 * How long to wait before the next try, in milliseconds, after so many tries;
 * -1 when there must be none.
 */
int64
outcome_pause(const Outcome *outcome, int attempts)
{
	int64		longest = FIRST_PAUSE_MS;

	if (outcome->retry == RETRY_NEVER || (outcome->retry == RETRY_ONCE && attempts > 1))
		return -1;
	if (outcome->retry_after_ms >= 0)
		return outcome->retry_after_ms;
	for (int i = 1; i < attempts && longest < LONGEST_PAUSE_MS; i++)
		longest *= 2;
	return (int64) (pg_prng_double(&pg_global_prng_state) * Min(longest, LONGEST_PAUSE_MS)) + 1;
}
