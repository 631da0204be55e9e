/*
 * proxy.h
 *		Whose X-Forwarded-For is believed.
 */
#ifndef GATEWAY_PROXY_H
#define GATEWAY_PROXY_H

#include <stdbool.h>

/* Is a list as TRUSTED_PROXIES has it good? */
extern bool proxies_are_good(const char *list);

/* Is this address in the list? */
extern bool proxy_is_trusted(const char *list, const char *address);

#endif
