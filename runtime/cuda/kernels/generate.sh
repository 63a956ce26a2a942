#!/bin/sh
# Compiles the kernels beside this file to PTX with clang, which needs nothing of NVIDIA's. With "check" as its argument it compares the results with those that
# are checked in instead. CLANG names the compiler; other versions than 16 make other PTX.
set -eu
cd "$(dirname "$0")"
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

printf '%s\n' *.cu | sed 's/\.cu$//' | xargs -P "$(nproc)" -I{} "${CLANG:-clang-16}" -x cuda --cuda-device-only --cuda-gpu-arch=sm_80 --cuda-feature=+ptx78 \
	-nocudainc -nocudalib -O3 -std=c++17 -Wall -Wno-unused-function -S {}.cu -o "$made/{}.ptx"

if [ "${1:-}" = check ]; then
	diff -r "$made" ptx >&2 || { echo "runtime/cuda/kernels/ptx is not what its sources make: go generate ./runtime/cuda/kernels" >&2; exit 1; }
else
	mkdir -p ptx
	rm -f ptx/*.ptx
	cp "$made"/*.ptx ptx/
fi
