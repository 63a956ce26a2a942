package cell

import (
	"slices"
	"strings"
)

// Closest returns the candidate within a small edit distance of a name, or "".
func Closest(name string, candidates []string) string {
	best, dist := "", len(name)/3+1
	slices.Sort(candidates)
	for _, c := range candidates {
		d := distance(strings.ToLower(name), strings.ToLower(c))
		if d < dist {
			best, dist = c, d
		}
	}
	if best == name {
		return ""
	}
	return best
}

// distance counts the bytes to insert, to delete, to replace, and to swap with the next one, that make b of a.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				cost++
			}
			cost = min(cost, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cost = min(cost, rows[i-2][j-2]+1)
			}
			rows[i][j] = cost
		}
	}
	return rows[len(a)][len(b)]
}
