# For the benchmarks of the runtime, which source this file: builds our side and finds the peers.
#
# BENCH_PYTHON  a Python with the peers' packages, by default python3: numpy (with its OpenBLAS), torch, llama-cpp-python and gguf
# LLMC          a folder with the source of llm.c; without it, it is cloned if that can be done
# BENCH_SHAPES  models to measure, by default "10.8M 124M"; "tiny" is for trying the scripts
# BENCH_THREADS numbers of threads, by default 1,2
# BENCH_ROUNDS  rounds that count, where a script is not told
# shellcheck shell=bash

python=${BENCH_PYTHON:-python3}
llmc_commit=f1e2ace651495b74ae22d45d1723443fd00ecd3a
peers=$PWD/bench/peers
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
results=$work/results
: >"$results"

say() { echo "bench: $*" >&2; }

has() { # PACKAGE...: whether the Python has them
	local p
	for p in "$@"; do
		"$python" -c "import $p" 2>/dev/null || { say "without $p, which $python does not have (see BENCH_PYTHON)"; return 1; }
	done
}

build() { # our side, in $ours and $race
	ours=$work/ours race=$work/race
	go build -o "$ours" ./bench/ours && go build -o "$race" ./bench/race
}

weights() { # NAME VOCAB BLOCK LAYERS HEADS EMBED: writes $work/NAME.bin
	"$ours" weights "$work/$1.bin" "${@:2}"
}

# build_llmc builds llm.c with our racer in the place of its test, by its own Makefile, as $llmc with flags $llmc_flags.
build_llmc() {
	local source=${LLMC:-} log=$work/llmc.log
	if [ -z "$source" ]; then
		source=$work/clone
		if ! { git init -q "$source" && timeout 60 git -C "$source" fetch -q --depth 1 https://github.com/karpathy/llm.c "$llmc_commit" &&
			git -C "$source" checkout -q FETCH_HEAD; } 2>"$log"; then
			say "without llm.c, which cannot be cloned: $(tail -1 "$log") (see LLMC)"
			return 1
		fi
	fi
	if [ ! -f "$source/train_gpt2.c" ]; then
		say "without llm.c: there is no train_gpt2.c in $source (see LLMC)"
		return 1
	fi
	cp -r "$source" "$work/llm.c" && cp bench/peers/llmc.c "$work/llm.c/test_gpt2.c" || return 1
	if ! make -C "$work/llm.c" CC=gcc test_gpt2 >"$log" 2>&1; then
		say "without llm.c, which cannot be built: $(tail -3 "$log")"
		return 1
	fi
	llmc=$work/llm.c/test_gpt2
	llmc_flags=$(sed -n 's/^\(gcc .*\) test_gpt2.c .*/\1/p' "$log" | tr -s ' ')
}

# run_race measures racers and adds the results to the others.
run_race() {
	"$race" -name "$@" >"$work/part" || return 1
	cat "$work/part" >>"$results"
}

# A machine is described where its numbers stand.
machine() {
	local model
	model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1)
	printf '%s, %s, %s processors%s, load %s\n' "$(go version | cut -d' ' -f3-)" "$(uname -sr)" "$(getconf _NPROCESSORS_ONLN)" \
		"${model:+ ($model)}" "$(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null)"
}

# table prints the rows of the goal table for which a file has results (all, after "all"), and what ran.
table() { # FILE [all]
	printf '\n%s\n\n' "$(machine)"
	awk -v all="${2:-}" -f bench/goals.awk "$1" bench/goals
	printf '\n'
	grep -v '^Benchmark' "$1" | sort -u | sed 's/^/- /'
}

# report prints the results, or leaves them to the larger table that collects them in the file BENCH_RESULTS.
report() {
	if [ -n "${BENCH_RESULTS:-}" ]; then
		cat "$results" >>"$BENCH_RESULTS"
	else
		table "$results"
	fi
}
