# test/model/runtime.sh
#		Finds what models are made and run with.  REPO is the source tree.

# Sets MODEL_LIBRARY to a library of ONNX Runtime: the caller's, the system's, or
# the one that npm has brought; fails when there is none.
find_runtime()
{
	local library

	for library in "${MODEL_LIBRARY:-}" /usr/lib/*/libonnxruntime.so.1* "$REPO/build/npm/node_modules/sherpa-onnx-linux-x64/libonnxruntime.so"; do
		if [ -n "$library" ] && [ -e "$library" ] && { [ "$(uname -m)" = x86_64 ] || [[ $library != */build/npm/* ]]; }; then
			export MODEL_LIBRARY=$library
			return 0
		fi
	done
	return 1
}

# Sets MODEL_PYTHON to a Python that has onnx and numpy; fails when there is none.
find_python()
{
	local python

	for python in "${MODEL_PYTHON:-}" /usr/bin/python3 python3; do
		if [ -n "$python" ] && "$python" -c 'import numpy, onnx' >/dev/null 2>&1; then
			export MODEL_PYTHON=$python
			return 0
		fi
	done
	return 1
}

# Finds both for TAP tests, which are skipped without; the library is copied to
# the given folder, where the cluster's user can read it.
find_models()
{
	install_from_npm || true
	find_python || unset MODEL_PYTHON
	if find_runtime; then
		cp "$MODEL_LIBRARY" "$1/libonnxruntime.so"
		export MODEL_LIBRARY=$1/libonnxruntime.so
	fi
}
