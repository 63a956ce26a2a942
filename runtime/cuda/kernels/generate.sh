#!/bin/sh
# Compiles the kernels beside this file to PTX with clang, which needs nothing of NVIDIA's. With "check" as its argument it compares the results with those that
# are checked in instead. CLANG names the compiler; other versions than 16 make other PTX.
#
# _ptx/ has the text, for people and for comparing; packed/ has the same compressed, and a list of the kernels, which is what goes into programs. The program embeds
# the folders of the runtime, too, from which its worker is built: there the name that begins with _ is left out.
set -eu
cd "$(dirname "$0")"
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

printf '%s\n' *.cu | sed 's/\.cu$//' | xargs -P "$(nproc)" -I{} "${CLANG:-clang-16}" -x cuda --cuda-device-only --cuda-gpu-arch=sm_80 --cuda-feature=+ptx78 \
	-nocudainc -nocudalib -O3 -std=c++17 -Wall -Wno-unused-function -S {}.cu -o "$made/{}.ptx"

# differ ends a check.
differ() {
	echo "runtime/cuda/kernels/$1 is not what the sources make: go generate ./runtime/cuda/kernels" >&2
	exit 1
}

# list prints a line for each kernel: its name, its family, the bytes of its argument, the most threads of a block.
list() {
	awk '
		/^\.visible \.entry / { sub(/\($/, "", $3); name = $3; bytes = most = 0 }
		name && /\.param / { gsub(/.*\[|\].*/, ""); bytes = $0 }
		name && /^\.maxntid / { most = $2 + 0 }
		name && /^\{/ { file = FILENAME; gsub(/.*\/|\.ptx$/, "", file); print name, file, bytes, most; name = "" }
	' "$1"/*.ptx
}

if [ "${1:-}" = check ]; then
	diff -r "$made" _ptx >&2 || differ _ptx
	list _ptx | cmp -s - packed/kernels.txt || differ packed/kernels.txt
	# Versions of gzip differ in what they write, so what comes out is compared.
	for text in _ptx/*.ptx; do
		gzip -dc "packed/$(basename "$text").gz" | cmp -s - "$text" || differ "packed/$(basename "$text").gz"
	done
else
	mkdir -p _ptx packed
	rm -f _ptx/* packed/*
	cp "$made"/*.ptx _ptx/
	list _ptx >packed/kernels.txt
	for text in _ptx/*.ptx; do
		gzip -9nc "$text" >"packed/$(basename "$text").gz"
	done
fi
