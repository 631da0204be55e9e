#!/bin/sh
# Checks the R4 room without a server: the unit tests of the look-ups and of
# the checks, the forms of primitives beside R4's regular expressions, cases of
# the invariants, and that the committed tables are what the generators make of
# the definitions beside them (src/r4/generate).  What needs HL7's example
# resources is skipped where the file examples-dev.ndjson is missing.
#
#	test/r4/check.sh [folder of the examples]	default: FHIR_R4, else build/fhir-r4
#
# CC and CFLAGS are obeyed.  Exit code 0 when nothing failed.
set -eu

examples=$(realpath -m "${1:-${FHIR_R4:-$(dirname "$0")/../../build/fhir-r4}}")/examples-dev.ndjson
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The default adds the sanitizers: the look-ups read tables by computed offsets.
build()
{
	program=$1
	shift
	${CC:-cc} -std=gnu99 -Wall -Wextra -Werror -Isrc \
		${CFLAGS:--g -O1 -fsanitize=address,undefined -fno-sanitize-recover} \
		-o "$work/$program" "$@"
}

# what is plain C in the room: no table, no file for the server
plain=$(grep -l 'plain C: no server headers' src/r4/*/*.c)
build r4_test test/r4/r4_test.c src/r4/lookup/r4.c src/r4/lookup/r4_nearest.c
build check_test test/r4/check_test.c test/r4/nodes.c $plain
"$work/check_test"
build scale_test test/r4/scale_test.c test/r4/nodes.c $plain
"$work/scale_test" <test/r4/scale.tsv
build invariant_test test/r4/invariant_test.c test/r4/nodes.c $plain

tables=src/r4/generate
"$work/r4_test" $tables/elements.tsv
if [ ! -r "$examples" ]; then
	echo "skipped: HL7's example resources are not at $examples"
	examples=
fi
if ! command -v python3 >/dev/null; then
	for what in "the forms of primitives" "cases of the invariants" "whether the tables are the generator's"; do
		echo "skipped: $what: there is no python3"
	done
	exit 0
fi
python3 -B test/r4/primitives.py $tables/primitives.tsv "$work/check_test"
python3 -B test/r4/invariants.py "$work/invariant_test" ${examples:+"$examples"}
$tables/run --check
