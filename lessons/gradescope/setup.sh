#!/usr/bin/env bash
# Prepares the image in which submissions are graded: a C compiler, Go, resident and its caches. Gradescope runs it once, as root, with a network.
set -euo pipefail
umask 022
source=$(cd "$(dirname "$0")" && pwd)
wanted=GO_VERSION

missing=()
for pair in gcc:gcc ld:binutils curl:curl; do
	command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
done
[ -e /usr/include/stdlib.h ] || missing+=(libc6-dev)
[ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
if [ ${#missing[@]} -gt 0 ]; then
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update
	apt-get -qq install --yes --no-install-recommends "${missing[@]}"
fi

# What the cells' user needs lies where all users can read it, and nobody but root can write.
mkdir -p /opt/resident/cache /opt/resident/modules /opt/resident/build
cat >/opt/resident/environment <<'END'
export PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
export XDG_CACHE_HOME=/opt/resident/cache GOMODCACHE=/opt/resident/modules GOCACHE=/opt/resident/build GOTOOLCHAIN=local GOTELEMETRY=off
umask 022
END
# shellcheck source=/dev/null
. /opt/resident/environment

if [ "$(go env GOVERSION 2>/dev/null)" != "$wanted" ]; then
	rm -rf /usr/local/go
	curl -fsSL "https://go.dev/dl/$wanted.linux-$(dpkg --print-architecture).tar.gz" | tar -xz -C /usr/local
fi
install -m 755 "$source/resident" /usr/local/bin/resident
chmod -R go= "$source"

# Builds the worker and runs the lesson's own solutions, which have to pass its tests.
/usr/local/bin/resident gradescope --root "$(dirname "$source")" --prepare
chmod -R a+rX /opt/resident
