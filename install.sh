#!/bin/sh
# Builds and installs resident, prepares its caches, tests it, and tells Jupyter about it. Asks for nothing, and can be
# run again at any time. Works offline when the modules have been downloaded before.
set -eu

usage() {
	cat <<'EOF'
usage: ./install.sh [--prefix DIR]

Installs the program to DIR/bin and the kernelspec to DIR/share/jupyter/kernels, DIR being a Python environment for
example. Without --prefix the program goes to $GOBIN, or ~/.local/bin, and the kernelspec to this user's Jupyter.
EOF
}

say() { printf 'install: %s\n' "$*"; }

fail() {
	printf 'install: %s\n' "$*" >&2
	exit 2
}

# newer_or_same VERSION WANTED compares dotted numbers such as 1.26 and 1.26.8.
newer_or_same() {
	[ "$(printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]
}

check_go() {
	wanted=$(sed -n 's/^go //p' go.mod)
	command -v go >/dev/null 2>&1 ||
		fail "Go is missing: install $wanted or later from https://go.dev/dl/ and put it into PATH"
	# An older go command may fetch the one that go.mod asks for; go env then speaks of that one.
	version=$(go env GOVERSION 2>&1) || fail "Go $wanted or later is needed: $version"
	version=${version#go}
	version=${version%%[!0-9.]*}
	newer_or_same "$version" "$wanted" ||
		fail "Go $wanted or later is needed, this is $version: see https://go.dev/dl/"
	say "Go $version"
}

check_gcc() {
	cc=$(go env CC)
	command -v "${cc%% *}" >/dev/null 2>&1 ||
		fail "the C compiler $cc is missing: apt-get install gcc libc6-dev, or dnf install gcc, or xcode-select --install"
	[ "$(go env CGO_ENABLED)" = 1 ] || fail "cgo is switched off: cells need it, set CGO_ENABLED=1"
	dir=$(mktemp -d) || fail "no temporary files can be written: set TMPDIR to a folder where they can"
	echo 'int main(void) { return 0; }' >"$dir/t.c"
	if ! why=$($cc -o "$dir/t" "$dir/t.c" 2>&1); then
		rm -rf "$dir"
		fail "$cc cannot build a program (apt-get install libc6-dev binutils): $(echo "${why:-no reason given}" | head -n 1)"
	fi
	rm -rf "$dir"
	say "$cc works"
}

# bin_dir prints where the program goes.
bin_dir() {
	if [ -n "$prefix" ]; then
		echo "$prefix/bin"
	elif [ -n "$(go env GOBIN)" ]; then
		go env GOBIN
	else
		echo "$HOME/.local/bin"
	fi
}

# writable DIR ADVICE makes the folder and tries it: a read-only home is better found out before the build.
writable() {
	mkdir -p "$1" 2>/dev/null || fail "cannot create $1: $2"
	probe=$(mktemp "$1/.resident-XXXXXX" 2>/dev/null) || fail "cannot write to $1: $2"
	rm -f "$probe"
}

# cache_dir prints where the worker and built cells are kept.
cache_dir() {
	if [ "$(go env GOOS)" = darwin ]; then
		echo "$HOME/Library/Caches/resident"
	else
		echo "${XDG_CACHE_HOME:-$HOME/.cache}/resident"
	fi
}

check_folders() {
	writable "$bin" "choose another place with --prefix"
	writable "$(cache_dir)" "set XDG_CACHE_HOME to a folder where built cells can be kept"
	writable "$(go env GOCACHE)" "set GOCACHE to a folder where Go can keep what it builds"
}

build() {
	say "building (a first build downloads modules)"
	new=$(mktemp "$bin/.resident-XXXXXX")
	trap 'rm -f "$new"' EXIT
	# git refuses a folder of somebody else's, as a clone made with sudo is, and go build would with it: the program then does not know its version.
	vcs=auto
	git rev-parse >/dev/null 2>&1 || vcs=false
	go build -trimpath -buildvcs="$vcs" -o "$new" . ||
		fail "the build failed, see above (offline, the modules must have been downloaded before: go mod download)"
	chmod 755 "$new"
	mv -f "$new" "$bin/resident" # in one step: a kernel that is running keeps its program
	trap - EXIT
	say "installed $bin/resident"
}

main() {
	prefix=
	while [ $# -gt 0 ]; do
		case $1 in
		--prefix)
			[ $# -gt 1 ] || fail "--prefix needs a folder"
			prefix=$2
			shift
			;;
		--prefix=*) prefix=${1#--prefix=} ;;
		-h | --help)
			usage
			exit 0
			;;
		*) fail "unknown argument $1; see --help" ;;
		esac
		shift
	done
	case $prefix in
	'' | /*) ;;
	*) prefix=$(pwd)/$prefix ;;
	esac
	cd "$(dirname "$0")"

	[ -n "${HOME:-}" ] || fail "HOME is not set"
	check_go
	check_gcc
	bin=$(bin_dir)
	check_folders
	build

	# Builds the worker with what cells import, runs a cell, and writes the kernelspec only when that went well.
	say "preparing the worker (a first time takes up to two minutes)"
	if [ -n "$prefix" ]; then
		"$bin/resident" install --prefix "$prefix" || exit 2
	else
		"$bin/resident" install --user || exit 2
	fi
	try="resident run examples/lessons/training-vs-inference.md --html out.html"
	case :$PATH: in
	*":$bin:"*) say "done. Try: $try" ;;
	*) say "done. First: export PATH=\"$bin:\$PATH\", in your shell's profile too. Then try: $try" ;;
	esac
}

main "$@"
