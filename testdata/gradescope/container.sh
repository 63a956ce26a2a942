#!/bin/bash
# What Gradescope does with an autograder, in a container without namespaces as its own are: root, with the rights that Docker leaves root, on a system of its own (this machine's, with a layer on
# top that vanishes).
#
# usage, as root in a mount namespace of its own: container.sh LAB SOURCE SUBMISSIONS OUT CACHE GOROOT
# LAB is an empty folder, SOURCE the unpacked zip; each folder of SUBMISSIONS becomes OUT/NAME.json and OUT/NAME.log
set -euo pipefail
lab=$1 source=$2 submissions=$3 out=$4 cache=$5 goroot=$6
root=$lab/root

mount -t tmpfs lab "$lab"
mkdir -p "$lab/upper" "$lab/work" "$root"
mount -t overlay container -o "lowerdir=/,upperdir=$lab/upper,workdir=$lab/work" "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"

# Building the worker takes long, so the image has it already: the cache of who runs this, opened to all.
mkdir -p "$root$cache" "$root/usr/local/go" "$root/opt/resident" "$root/tmp"
mount --bind "$cache" "$root$cache"
mount --bind "$goroot" "$root/usr/local/go"
dir=$cache
while [ "$dir" != / ]; do
	dir=$(dirname "$dir")
	chmod a+x "$root$dir"
done
rm -rf "$root/opt/resident/cache"
ln -s "$(dirname "$cache")" "$root/opt/resident/cache"

# enter COMMAND... runs as Docker would.
enter() {
	chroot "$root" setpriv --inh-caps -all --bounding-set \
		-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap \
		env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

mkdir -p "$root/autograder"/{submission,results}
cp -a "$source" "$root/autograder/source"
cp "$source/run_autograder" "$root/autograder/"
chmod 755 "$root/autograder" "$root/autograder/run_autograder"
enter bash /autograder/source/setup.sh

for folder in "$submissions"/*/; do
	name=$(basename "$folder")
	rm -rf "$root/autograder/submission" "$root/autograder/results"
	mkdir "$root/autograder/submission" "$root/autograder/results"
	cp -a "$folder/." "$root/autograder/submission/"
	mv "$root/autograder/submission/submission_metadata.json" "$root/autograder/"
	enter sh -c 'cd /autograder && exec ./run_autograder' >"$out/$name.log" 2>&1 || echo "it exited with $?" >>"$out/$name.log"
	# A process may end while it is read of, or have ended and wait for somebody to ask how.
	left=$({ cat "$root"/proc/[0-9]*/status 2>/dev/null || true; } | awk '/^State:/ { gone = $2 == "Z" || $2 == "X" } /^Uid:/ && !gone && $2 >= 20000 && $2 < 60000 { n++ } END { print n + 0 }')
	[ "$left" = 0 ] || echo "$left processes are left" >>"$out/left"
	[ ! -e "$root/autograder/results/results.json" ] || cp "$root/autograder/results/results.json" "$out/$name.json"
done
