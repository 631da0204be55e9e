# test/model/debian_root.sh
#		Packages of a newer Debian, or for another machine, without installing them.

# Fetches packages and what they depend on, and unpacks them into PLACE/root; their
# scripts do not run.  The first suite of those named that has all of them is
# taken, and its name written to PLACE/fetched; where that is there, nothing is
# done.  They come from DEBIAN_MIRROR, or from where the machine has its own, which
# has to be a Debian.  apt's lists are in PLACE, too: nothing of the machine's
# own packages changes.  Arguments: PLACE, ARCHITECTURE, "SUITE...", PACKAGE...
# Fails when they cannot be had.
fetch_root()
{
	local place=$1 architecture=$2 suites=$3 suite folder package mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg

	[ ! -e "$place/fetched" ] || return 0
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null && [ -e $keyring ] || return 1
	mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' | head -n 1)}
	[ -n "$mirror" ] || return 1
	local options=(-q -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" -o Dir::Etc::sourcelist="$place/sources.list"
		-o Dir::Etc::sourceparts=- -o Dir::State::lists="$place/lists" -o Dir::State::status="$place/status"
		-o Dir::Cache="$place/cache" -o APT::Sandbox::User=root -o APT::Install-Recommends=false)
	for suite in $suites; do
		rm -rf "$place"/{lists,cache,root}
		mkdir -p "$place"/{lists/partial,cache/archives/partial} "$place"/root/usr/{lib,lib64,bin,sbin}
		for folder in lib lib64 bin sbin; do ln -sfn usr/$folder "$place/root/$folder"; done
		echo "deb [signed-by=$keyring] $mirror $suite main" > "$place/sources.list"
		: > "$place/status"
		apt-get "${options[@]}" update >/dev/null 2>&1 &&
			apt-get "${options[@]}" -y --download-only install "${@:4}" >/dev/null 2>&1 || continue
		for package in "$place"/cache/archives/*.deb; do
			dpkg-deb -x "$package" "$place/root" || return 1
		done
		rm -rf "$place"/cache/archives/*.deb
		echo "$suite" > "$place/fetched"
		return 0
	done
	return 1
}
