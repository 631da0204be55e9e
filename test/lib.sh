# test/lib.sh
#		What the commands demo, check and bench have in common.
#
# A command claims a purpose (a folder below build/), builds the module,
# installs it into that folder and starts a throw-away cluster there.  The
# server listens on a Unix socket alone, in a short folder below /tmp, because
# a socket's path may have no more than 107 bytes.  Whatever ends the command
# (its end, an error, Ctrl-C, a closed terminal) also stops its servers.
#
# Root runs servers as the user postgres, everybody else as themselves.  When
# postgres may not enter the tree (a clone below /root), the server's files go
# into a folder below /tmp instead.
#
# Variables that a command may use after claim():
#	REPO		the top of the source tree
#	OUT			build/<purpose>: results for the reader
#	RUN			what the server reads and writes; the same folder, or one in /tmp
#	PG_CONFIG	the chosen server's pg_config
#	BINDIR, PKGLIBDIR, PG_MAJOR	of the same server

set -euo pipefail
umask 022

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
. "$REPO/test/packages.sh"

# make's variables (DATA=..., -j) and the caller's libpq settings are for
# somebody else: the make inside, and our cluster, get their own.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL MAKE_TERMOUT MAKE_TERMERR
unset PGDATA PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGPASSWORD PGSERVICE \
	PGOPTIONS PGSSLMODE PGCLIENTENCODING PGTZ PGDATESTYLE PGAPPNAME
export LC_ALL=C

OUT='' RUN='' SOCKETS='' STEP='' LAST_STEP='' DROP_RUN=''
exec 7>&1			# our output, also while a step's goes into a file
AT_EXIT=''			# a command's own function, called last with the exit code
SERVER_USER=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
	SERVER_USER=postgres
fi

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Runs a command as the cluster's user, in a folder that this user may enter,
# and without the locks: a server that inherited them would hold them for as
# long as it lives.
as_server()
{
	if [ "$(id -u)" -eq 0 ]; then
		env -C / runuser -u "$SERVER_USER" -- "$@" 7>&- 8>&- 9>&-
	else
		env -C / "$@" 7>&- 8>&- 9>&-
	fi
}

# Runs a long command in a process group of its own and waits for it.  bash
# delays traps while a foreground command runs; this way Ctrl-C and TERM act
# at once, and the whole group can be ended.
step()
{
	local rc=0

	set -m
	"$@" </dev/null 7>&- 8>&- 9>&- &
	STEP=$!
	set +m
	wait "$STEP" || rc=$?
	LAST_STEP=$STEP STEP=
	return $rc
}

# Ends the running step, if there is one, and waits until nothing is left of
# its process group; what does not go within ten seconds is killed.
end_step()
{
	local tries

	[ -n "$STEP" ] || return 0
	for tries in {1..110}; do
		[ "$tries" -ne 1 ] || kill -TERM -- "-$STEP" 2>/dev/null
		[ "$tries" -ne 100 ] || kill -KILL -- "-$STEP" 2>/dev/null
		wait "$STEP" 2>/dev/null
		kill -0 -- "-$STEP" 2>/dev/null || break
		sleep 0.1
	done
	STEP=''
}

# Stops every server whose data folder lies below the given folder.  A pid
# file may be stale and its number another process by now; a server's own
# working directory is its data folder.
stop_servers_below()
{
	local pidfile data pid

	[ -d "$1" ] || return 0
	while IFS= read -r pidfile; do
		data=${pidfile%/*}
		pid=$(head -n 1 "$pidfile" 2>/dev/null) || continue
		[ "$(readlink "/proc/$pid/cwd")" = "$data" ] || continue
		as_server "$BINDIR/pg_ctl" -s -w -t 60 -m fast -D "$data" stop >/dev/null 2>&1 ||
			as_server "$BINDIR/pg_ctl" -s -w -t 60 -m immediate -D "$data" stop >/dev/null 2>&1 ||
			say "could not stop the server of $data"
	done < <(find "$1" -name postmaster.pid 2>/dev/null)
}

# The EXIT trap: ends the running step, the servers, and what lies in /tmp.
clean_up()
{
	local rc=$?

	trap '' INT TERM HUP
	trap - EXIT
	set +e
	exec 1>&7
	end_step
	if [ -n "$RUN" ]; then
		stop_servers_below "$RUN"
		if [ "$RUN" != "$OUT" ]; then
			cp "$RUN"/server.log "$OUT"/ 2>/dev/null
		fi
	fi
	rm -rf ${SOCKETS:+"$SOCKETS" "$OUT/sockets"} ${DROP_RUN:+"$DROP_RUN"}
	packages_clean_up
	[ -z "$AT_EXIT" ] || "$AT_EXIT" $rc
	exit $rc
}

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# Claims build/<purpose> for this command, until it ends.  A second command of
# the same purpose waits for the first; different purposes run side by side.
# "keep" as second argument leaves the folder's contents alone.
claim()
{
	local old

	mkdir -p "$REPO/build" 2>/dev/null || true
	[ -w "$REPO/build" ] || die "cannot write to $REPO/build: it belongs to another user, remove it first"
	exec 9>"$REPO/build/.$1.lock" || die "cannot write to $REPO/build: remove it first"
	if ! flock -n 9; then
		say "waiting for another \"$1\" in this tree"
		flock 9
	fi

	OUT=$REPO/build/$1
	old=$(cat "$OUT/place" 2>/dev/null || true)
	# What a killed command has left behind.
	stop_servers_below "$OUT"
	stop_servers_below "$old"
	if [ -s "$OUT/sockets" ]; then
		rm -rf "$(cat "$OUT/sockets")"
	fi
	if [ "${2:-}" = keep ]; then
		[ -d "$OUT" ] || die "there is no $OUT"
		RUN=${old:-$OUT}
	else
		rm -rf "$OUT" ${old:+"$old"}
		mkdir -p "$OUT"
		choose_run "$1"
	fi
	SOCKETS=$(mktemp -d /tmp/fb.XXXXXX)
	printf '%s\n' "$SOCKETS" > "$OUT/sockets"
	[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER" "$SOCKETS"
}

# Sets RUN: OUT when the cluster's user may enter it, else a folder in /tmp,
# which goes at the end unless the purpose is the demonstration (its data are
# wanted afterwards; the next demonstration removes them).
choose_run()
{
	RUN=$OUT
	if ! as_server test -r "$REPO/Makefile" -a -x "$OUT"; then
		RUN=$(mktemp -d /tmp/fhir_bridge.XXXXXX)
		chmod 755 "$RUN"
		printf '%s\n' "$RUN" > "$OUT/place"
		say "the user $SERVER_USER cannot enter $REPO: the server's files are in $RUN"
		[ "$1" = demo ] || DROP_RUN=$RUN
	fi
}

# Builds the module and installs it into RUN/install.  One command at a time
# builds; objects made for another server or with other flags are removed.
build_module()
{
	local made_with make

	made_with="$("$PG_CONFIG" --version) $PG_CONFIG ${COPT:-}"
	make=(env -u DATA -u COPT make -s with_llvm=no "PG_CONFIG=$PG_CONFIG" ${COPT:+"COPT=$COPT"})

	exec 8>"$REPO/build/.make.lock"
	flock 8
	cd "$REPO"
	if [ "$(cat build/.made_with 2>/dev/null)" != "$made_with" ]; then
		step "${make[@]}" clean >/dev/null
		printf '%s\n' "$made_with" > build/.made_with
	fi
	step "${make[@]}" -j"$(nproc)" all || die "the build failed"
	rm -rf "$RUN/install"
	find_setting >/dev/null || copy_server
	step "${make[@]}" install "DESTDIR=$RUN/install" >/dev/null || die "make install failed"
	exec 8>&-
}

# Prints the setting by which the server finds an extension outside its own
# folders: everybody's since 18, Debian's and Ubuntu's before.  Fails when the
# server has none.
find_setting()
{
	grep -o -E '\<extension_(control_path|destdir)\>' "$("$PG_CONFIG" --sharedir)/postgresql.conf.sample" | head -n 1 | grep .
}

# Copies a server that has no such setting into RUN/install: PostgreSQL finds
# its folders from where its programs are, and the module is installed there.
copy_server()
{
	local folder

	for folder in "$BINDIR" "$PKGLIBDIR" "$("$PG_CONFIG" --sharedir)"; do
		mkdir -p "$RUN/install$folder"
		cp -R "$folder/." "$RUN/install$folder/"
	done
	use_copied_server
}

# Takes the programs of the copy, if there is one.
use_copied_server()
{
	if [ -x "$RUN/install$BINDIR/postgres" ]; then
		BINDIR=$RUN/install$BINDIR
	fi
}

# Prints the lines of postgresql.conf by which the server finds the module.
module_settings()
{
	local install=$RUN/install

	case $(find_setting) in
		extension_control_path) echo "extension_control_path = '$install$("$PG_CONFIG" --sharedir):\$system'" ;;
		extension_destdir) echo "extension_destdir = '$install'" ;;
		*) return 0 ;;
	esac
	echo "dynamic_library_path = '$install$PKGLIBDIR:\$libdir'"
}

# Makes the cluster RUN/data; the arguments are further lines of
# postgresql.conf.  Trust is safe: only its owner can reach the socket.
init_cluster()
{
	local locale=C

	if [ "$(locale -a 2>/dev/null | grep -cix 'C\.utf-\?8')" -gt 0 ]; then
		locale=C.UTF-8
	fi
	mkdir -p "$RUN/data"
	[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER" "$RUN/data"
	step as_server "$BINDIR/initdb" -D "$RUN/data" -U postgres -A trust -N -E UTF8 \
		--locale="$locale" > "$OUT/initdb.log" 2>&1 || die "initdb failed, see $OUT/initdb.log"
	{
		echo "listen_addresses = ''"
		echo "fsync = off"
		module_settings
		printf '%s\n' "$@"
	} | as_server tee -a "$RUN/data/postgresql.conf" >/dev/null
}

# Starts the cluster and points libpq at it.  A command that wants the server
# to run under another program sets POSTGRES to one that does that.
start_cluster()
{
	local log=$RUN/server.log

	: >> "$log"
	[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER" "$log"
	as_server "$BINDIR/pg_ctl" -s -w -t 60 -D "$RUN/data" -l "$log" \
		${POSTGRES:+-p "$POSTGRES"} -o "-c unix_socket_directories='$SOCKETS'" start ||
		{ tail -n 20 "$log" >&2; die "the server did not start, see $log"; }
	export PGHOST=$SOCKETS PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
	export PATH=$BINDIR:$PATH
}

# psql as a script wants it: no start-up file, quiet, stops at the first error.
sql()
{
	"$BINDIR/psql" -X -q -v ON_ERROR_STOP=1 "$@"
}
