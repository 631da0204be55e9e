/*
 * gateway_check.h
 *		--check: what is wrong, before it goes wrong.
 */
#ifndef GATEWAY_CHECK_H
#define GATEWAY_CHECK_H

/*
 * Looks at settings, database, rights and mappings and prints a line for each,
 * "ok", "note" or "WRONG".  Returns the exit code: 1 when something is wrong.
 */
extern int	check_all(void);

#endif
