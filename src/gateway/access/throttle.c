/*
 * throttle.c
 *		A bounded table of buckets; see throttle.h.
 *
 * Keys are hashed with a key of our own, by HMAC-SHA-256: nobody can find names
 * that share a bucket with somebody else's.
 */
#include "gateway/access/throttle.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/loop.h"

#define NSETS		1024
#define NWAYS		8

typedef struct Bucket
{
	uint64_t	key;			/* 0: free */
	double		level;			/* what may still be taken */
	int64_t		filled;			/* loop_clock() when it was so */
} Bucket;

static Bucket buckets[NSETS][NWAYS];
static unsigned char secret[32];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
make_secret(void)
{
	if (RAND_bytes(secret, sizeof(secret)) != 1)
		abort();
}

/* A number for a key; never 0. */
static uint64_t
hash(ThrottleKind kind, const char *key)
{
	unsigned char digest[32];
	unsigned int length;
	uint64_t	number;

	pthread_once(&once, make_secret);
	HMAC(EVP_sha256(), secret, sizeof(secret), (const unsigned char *) key, strlen(key), digest, &length);
	memcpy(&number, digest, sizeof(number));
	number ^= (uint64_t) kind * UINT64_C(0x9e3779b97f4a7c15);
	return number != 0 ? number : 1;
}

/* Fills a bucket for the time that has passed. */
static void
fill(Bucket *bucket, int64_t now, int per_minute)
{
	bucket->level += (now - bucket->filled) / 60e6 * per_minute;
	if (bucket->level > per_minute)
		bucket->level = per_minute;
	bucket->filled = now;
}

/* Looks at a key's bucket, and takes one if there is one and take says so. */
static bool
look(ThrottleKind kind, const char *key, int per_minute, bool take)
{
	uint64_t	number = hash(kind, key);
	Bucket	   *set = buckets[number % NSETS];
	Bucket	   *bucket = NULL;
	Bucket	   *oldest = &set[0];
	int64_t		now = loop_clock();
	bool		good = true;

	pthread_mutex_lock(&lock);
	for (int i = 0; i < NWAYS && bucket == NULL; i++)
	{
		if (set[i].key == number)
			bucket = &set[i];
		else if (set[i].filled < oldest->filled)
			oldest = &set[i];
	}
	if (bucket == NULL && take)
	{
		bucket = oldest;
		*bucket = (Bucket){number, per_minute, now};
	}
	if (bucket != NULL)
	{
		fill(bucket, now, per_minute);
		good = bucket->level >= 1;
		if (good && take)
			bucket->level -= 1;
	}
	pthread_mutex_unlock(&lock);
	return good;
}

bool
throttle_allows(ThrottleKind kind, const char *key, int per_minute)
{
	return look(kind, key, per_minute, false);
}

bool
throttle_take(ThrottleKind kind, const char *key, int per_minute)
{
	return look(kind, key, per_minute, true);
}
