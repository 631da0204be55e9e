#!/bin/sh
# Checks the R4 room without a server: the unit tests of the look-ups, and
# that the committed tables are what the generator makes.  What needs HL7's
# definitions is skipped where they are missing.
#
#	test/r4/check.sh [definitions]		default: ../shared/fhir-r4
#
# CC and CFLAGS are obeyed.  Exit code 0 when nothing failed.
set -eu

definitions=$(realpath -m "${1:-$(dirname "$0")/../../../shared/fhir-r4}")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The default adds the sanitizers: the look-ups read tables by computed offsets.
${CC:-cc} -std=gnu99 -Wall -Wextra -Werror -Isrc \
	${CFLAGS:--g -O1 -fsanitize=address,undefined -fno-sanitize-recover} \
	-o "$work/r4_test" test/r4/r4_test.c src/r4/r4.c src/r4/r4_nearest.c

if [ -r "$definitions/elements.tsv" ]; then
	"$work/r4_test" "$definitions/elements.tsv"
	python3 src/r4/generate.py "$definitions" >"$work/r4_tables.h" 2>"$work/sizes"
	if ! cmp -s "$work/r4_tables.h" src/r4/r4_tables.h; then
		echo "src/r4/r4_tables.h is not what src/r4/generate.py makes: run it again" >&2
		exit 1
	fi
	echo "generated tables are up to date: $(cat "$work/sizes")"
else
	"$work/r4_test"
	echo "skipped: comparing the generated tables, HL7's definitions are not here"
fi
