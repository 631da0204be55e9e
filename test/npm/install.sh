# test/npm/install.sh
#		Installs what npm has and our results are compared with: validators, a
#		tokenizer; and a runtime for models.
#
# They go into build/npm, which outlives a run, and only when they are not
# there: package-lock.json pins them.  REPO is the source tree.

# Makes sure of the packages, and exports the NODE_PATH that finds them;
# fails, with a line that says why, when they cannot be had.
install_from_npm()
{
	local place=$REPO/build/npm here=$REPO/test/npm

	if ! node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' 2>/dev/null || ! npm --version >/dev/null 2>&1; then
		echo "no packages from npm: they need Node.js 18 and npm"
		return 1
	fi
	export NODE_PATH=$place/node_modules
	cmp -s "$here/package-lock.json" "$place/installed" && return 0
	mkdir -p "$place"
	cp "$here/package.json" "$here/package-lock.json" "$place"
	if ! npm ci --prefix "$place" --no-audit --no-fund --fetch-retries=1 --fetch-timeout=60000 >"$place/npm.log" 2>&1; then
		echo "no packages from npm: npm could not install them, see build/npm/npm.log"
		return 1
	fi
	cp "$here/package-lock.json" "$place/installed"
}
