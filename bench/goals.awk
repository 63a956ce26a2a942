# Joins the results of benchmarks (first file) with the rows of the goal table (second file) and prints a table in Markdown: the rows that
# were measured, or with all=all the others, too.

function trim(s) { gsub(/^ +| +$/, "", s); return s }

function number(ref,    part) {
	split(trim(ref), part, " ")
	return ((part[1], part[2]) in value) ? value[part[1], part[2]] : ""
}

# The unit of a metric is what follows its last dash.
function quantity(ref,    unit) {
	if (number(ref) == "") return ""
	unit = trim(ref)
	sub(/.*[ -]/, "", unit)
	if (unit == "off") unit = ""
	return trim(sprintf(number(ref) >= 1000 ? "%.0f %s" : "%.3g %s", number(ref), unit))
}

# spread is the lowest and highest ratio in one round.
function spread(ref,    low, high) {
	low = high = trim(ref)
	sub(/-ms$/, "-low", low); sub(/-ms$/, "-high", high)
	if (number(low) == "" || low == high) return ""
	return sprintf(" (%.2f to %.2f)", number(low), number(high))
}

function line(row, ours, peer, ratio, must, stretch, verdict) {
	printf "| %-38s | %-9s | %-34s | %-20s | %-9s | %-7s | %-12s |\n", row, ours, peer, ratio, must, stretch, verdict
}

# A row without results.
function missing() { if (all != "") line(row, quantity(f[2]), trim(f[6]), "", must, stretch, "not measured") }

FNR == NR {
	if ($1 !~ /^Benchmark/) next
	name = substr($1, 10)
	for (i = 3; i < NF; i += 2) value[name, $(i + 1)] = $i
	next
}

/^#/ || /^ *$/ { next }

!header++ {
	line("work", "ours", "peer", "ratio", "must", "stretch", "")
	line("---", "---", "---", "---", "---", "---", "---")
}

{
	split($0, f, "|")
	row = trim(f[1]); must = trim(f[4]); stretch = trim(f[5])
	ours = number(f[2]); peer = number(f[3])
	if (must ~ /^at most/) {
		if (ours == "") { missing(); next }
		limit = must; sub(/^at most /, "", limit)
		line(row, quantity(f[2]), trim(f[6]), "", must, stretch, ours + 0 <= limit + 0 ? "ok" : "miss")
		next
	}
	if (ours == "" || peer == "") { missing(); next }
	ratio = peer / ours
	verdict = must == "" ? (stretch != "" && ratio >= stretch + 0 ? "ok, stretch" : "") : ratio < must + 0 ? "miss" : stretch != "" && ratio >= stretch + 0 ? "ok, stretch" : "ok"
	line(row, quantity(f[2]), quantity(f[3]) " " trim(f[6]), sprintf("%.2f%s", ratio, spread(f[3])), must, stretch, verdict)
}
