# Joins the results of benchmarks (first file) with the rows of the table (second file).

function trim(s) { gsub(/^ +| +$/, "", s); return s }

function quantity(benchmark, metric,    unit) {
	if (!((benchmark, metric) in value)) return ""
	unit = metric
	sub(/^(ours|peer)-/, "", unit)
	sub(/\/.*/, "", unit)
	return sprintf("%.3g %s", value[benchmark, metric], unit)
}

function line(row, ours, peer, ratio, goal, verdict) {
	printf "%-42s %10s  %-32s %6s  %8s  %s\n", row, ours, peer, ratio, goal, verdict
}

FNR == NR {
	name = $1
	sub(/^Benchmark/, "", name)
	sub(/-[0-9]+$/, "", name)
	for (i = 3; i < NF; i += 2) value[name, $(i + 1)] = $i
	next
}

/^#/ { next }

!header++ { line("row", "ours", "peer", "ratio", "at most", "") }

{
	split($0, f, "|")
	row = trim(f[1]); name = trim(f[2]); goal = trim(f[5])
	ours = value[name, trim(f[3])]
	if (!((name, trim(f[3])) in value) || ours == "") {
		why = "not measured"
		if (name ~ /^Kernel/ && missing != "") why = missing
		else if (name ~ /^Kernel\/cold/ && how != "--cold") why = "with --cold"
		line(row, "", "", "", goal, why)
		next
	}
	peer = trim(f[4])
	ratio = peer_text = ""
	if (peer != "" && (name, peer) in value) {
		peer_text = quantity(name, peer) " " trim(f[6])
		ratio = sprintf("%.2f", ours / value[name, peer])
	}
	limit = goal + 0
	measured = goal ~ /[a-zA-Z]/ ? ours : ratio
	verdict = measured == "" ? "no peer" : (measured + 0 <= limit ? "ok" : "miss")
	line(row, quantity(name, trim(f[3])), peer_text, ratio, goal, verdict)
}
