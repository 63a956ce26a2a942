# Puts the lines of another (first file; who is its name) and ours (second) side by side, as Markdown. A ratio is how many times as fast we are.
BEGIN {
	FS = "\t"
	print "| work | ours | " who " | ratio |"
	print "|---|---|---|---|"
}
/^#/ { next }
FNR == NR { peer[$1] = $2; unit[$1] = $3; note[$1] = $4; next }
{
	n = 0
	for (name in peer)
		if (name == $1 || index(name, $1 " ") == 1) names[++n] = name
	for (i = 1; i <= n; i++) {
		name = names[i]
		if (unit[name] != $3) continue
		ratio = $3 ~ /^(ms|GB)/ ? peer[name] / $2 : $2 / peer[name]
		printf "| %s | %s %s | %s %s%s | %.2f |\n", $1, $2, $3, peer[name], unit[name], name == $1 ? "" : " (" substr(name, length($1) + 2) ")", ratio
	}
}
