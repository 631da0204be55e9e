# test/packages.sh
#		Finds the server to build for, and installs what is missing.
#
# Nothing is installed, and apt-get is not called, when everything is there.
# Otherwise the packages come by apt-get if this is root, or somebody with
# sudo that asks no password; everybody else is told their names.

OLDEST_MAJOR=15
DROP_IN=/etc/postgresql-common/createcluster.d/fhir_bridge.conf
dropped_in=

have()
{
	command -v "$1" >/dev/null 2>&1
}

# Is this pg_config's PostgreSQL recent enough, and all there: server,
# headers, PGXS and pg_regress?
is_complete()
{
	local bindir pgxs

	bindir=$("$1" --bindir 2>/dev/null) && pgxs=$("$1" --pgxs) || return 1
	[ "$(major_of "$1")" -ge $OLDEST_MAJOR ] &&
		[ -x "$bindir/postgres" ] && [ -x "$bindir/initdb" ] && [ -x "$bindir/psql" ] &&
		[ -e "$pgxs" ] && [ -e "$("$1" --includedir-server)/postgres.h" ] &&
		[ -x "$("$1" --pkglibdir)/pgxs/src/test/regress/pg_regress" ]
}

# The major version of a pg_config.
major_of()
{
	"$1" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/'
}

# Prints the installed major versions that have the given program, newest
# first; Debian keeps each version in a folder of its own.
installed_majors()
{
	local program

	for program in /usr/lib/postgresql/*/bin/"$1"; do
		if [ -x "$program" ]; then
			program=${program%/bin/*}
			echo "${program##*/}"
		fi
	done | sort -rn | awk -v oldest=$OLDEST_MAJOR '$1 >= oldest'
}

# Prints the pg_config to use: the caller's choice; or the one in PATH when it
# is a real one (Debian's /usr/bin/pg_config only points to another); or that
# of the newest complete version.  Prints nothing when there is none.
find_pg_config()
{
	local major path

	if [ -n "${PG_CONFIG:-}" ]; then
		path=$(command -v "$PG_CONFIG" || true)
		[ -n "$path" ] && is_complete "$path" && echo "$path"
		return 0
	fi
	path=$(command -v pg_config || true)
	if [ -n "$path" ] && [ "$path" != /usr/bin/pg_config ] && is_complete "$path"; then
		echo "$path"
		return 0
	fi
	for major in $(installed_majors pg_config); do
		path=/usr/lib/postgresql/$major/bin/pg_config
		if is_complete "$path"; then
			echo "$path"
			return 0
		fi
	done
}

# The major version whose packages are wanted when no complete server was
# found: the caller's, the newest installed one, else nothing (the default of
# the distribution, known after apt-get update).
wanted_major()
{
	if [ -n "${PG_CONFIG:-}" ]; then
		[[ $PG_CONFIG =~ ^/usr/lib/postgresql/([0-9]+)/bin/pg_config$ ]] ||
			die "PG_CONFIG=$PG_CONFIG has no complete PostgreSQL $OLDEST_MAJOR or later (server, headers, pg_regress)"
		echo "${BASH_REMATCH[1]}"
	else
		installed_majors postgres | head -n 1
	fi
}

# The distribution's default major version; needs apt's lists.
default_major()
{
	apt-cache depends postgresql 2>/dev/null | sed -n 's/^ *Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1
}

# Prints the packages for building that are missing, except the server's.
missing_tools()
{
	have gcc || echo gcc
	[ -e /usr/include/stdio.h ] || echo libc6-dev
	have make || echo make
	echo '#include <openssl/evp.h>' | gcc -E - >/dev/null 2>&1 || echo libssl-dev
	echo '#include <curl/curl.h>' | gcc -E - >/dev/null 2>&1 || echo libcurl4-openssl-dev
}

# Runs apt-get with the rights it needs; fails when there are none.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	elif have sudo; then
		sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
	else
		return 1
	fi
}

can_install()
{
	have apt-get && as_root true 2>/dev/null
}

# A freshly installed server package makes a cluster and starts it, unless
# this file is there meanwhile.
forbid_cluster()
{
	[ ! -e $DROP_IN ] || return 0
	dropped_in=1
	as_root mkdir -p "${DROP_IN%/*}"
	echo 'create_main_cluster = false' | as_root tee $DROP_IN >/dev/null
}

packages_clean_up()
{
	[ -n "$dropped_in" ] || return 0
	dropped_in=
	as_root rm -f $DROP_IN
	as_root rmdir --ignore-fail-on-non-empty -p "${DROP_IN%/*}" 2>/dev/null
	return 0
}

# Runs apt-get, whose many lines are shown only when it fails.
apt_get()
{
	local output

	output=$(as_root apt-get -qq -o Dpkg::Use-Pty=0 "$@" 2>&1 7>&- 8>&- 9>&-) ||
		{ printf '%s\n' "$output" >&2; return 1; }
}

# apt-get update, once in a command's life.
update_lists()
{
	[ -z "${lists_updated:-}" ] || return 0
	lists_updated=1
	apt_get update
}

# Installs the packages; fails when apt-get does.
install_packages()
{
	local rc=0

	say "installing by apt-get: $*"
	update_lists || return 1
	forbid_cluster
	apt_get install -y --no-install-recommends "$@" || rc=$?
	packages_clean_up
	return $rc
}

# Makes sure that a compiler and a complete PostgreSQL are there, and sets
# PG_CONFIG, BINDIR, PKGLIBDIR and PG_MAJOR.  Ends the command when it cannot.
need_packages()
{
	local found major= packages

	found=$(find_pg_config)
	mapfile -t packages < <(missing_tools)
	if [ -z "$found" ]; then
		major=$(wanted_major) || exit 1
	fi
	if [ -z "$found" ] || [ ${#packages[@]} -gt 0 ]; then
		can_install || die "missing packages, and no right to install them: as root, run
	apt-get install$(printf ' %s' "${packages[@]}" $(server_packages "$found" "$major"))"
		update_lists || die "apt-get update failed"
		if [ -z "$found" ] && [ -z "$major" ]; then
			major=$(default_major)
			[ "${major:-0}" -ge $OLDEST_MAJOR ] ||
				die "this system's packages have PostgreSQL ${major:-none}; $OLDEST_MAJOR or later is needed, see https://wiki.postgresql.org/wiki/Apt"
		fi
		install_packages "${packages[@]}" $(server_packages "$found" "$major") || die "apt-get failed"
		found=$(find_pg_config)
	fi
	[ -n "$found" ] || die "no complete PostgreSQL $OLDEST_MAJOR or later found"
	[ "$(id -u)" -ne 0 ] || id "$SERVER_USER" >/dev/null 2>&1 ||
		die "root cannot run a server and there is no user $SERVER_USER: run this as an ordinary user"

	export PG_CONFIG=$found
	BINDIR=$("$PG_CONFIG" --bindir)
	PKGLIBDIR=$("$PG_CONFIG" --pkglibdir)
	PG_MAJOR=$(major_of "$PG_CONFIG")
}

# The server packages of a major version ("all" for the default one), unless a
# complete server was found.
server_packages()
{
	[ -z "$1" ] || return 0
	if [ -n "$2" ]; then
		echo "postgresql-$2 postgresql-server-dev-$2"
	else
		echo "postgresql postgresql-server-dev-all"
	fi
}

# Makes sure of a package that a command can do without; fails, with a line
# that says so, when it is missing and cannot be installed.
# Arguments: the package, then a command that succeeds when it is there.
want_package()
{
	local package=$1

	shift
	"$@" >/dev/null 2>&1 && return 0
	if can_install && install_packages "$package" && "$@" >/dev/null 2>&1; then
		return 0
	fi
	say "the package $package is missing"
	return 1
}
