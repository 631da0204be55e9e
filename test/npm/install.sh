# test/npm/install.sh
#		Installs what npm has and our results are compared with: validators, a
#		tokenizer; and a runtime for models.
#
# They go into build/npm, which outlives a run, and only when they are not
# there: package-lock.json pins them.  A folder below this one is a set of its
# own, which goes into build/npm-<folder>.  REPO is the source tree.

# Makes sure of the packages, and exports the NODE_PATH that finds them;
# fails, with a line that says why, when they cannot be had.  Arguments: a set's
# folder, if it is another, then options for npm.
install_from_npm()
{
	local set=${1:-} why
	local place=$REPO/build/npm${set:+-$set}

	if ! node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' 2>/dev/null; then
		echo "no packages from npm: they need Node.js 18"
		return 1
	fi
	export NODE_PATH=$place/node_modules
	if ! why=$("$REPO/src/gateway/npm_ci" "$REPO/test/npm${set:+/$set}" "$place" "${@:2}" 2>&1); then
		echo "no packages from npm: $why"
		return 1
	fi
}
