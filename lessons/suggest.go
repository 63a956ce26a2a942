package lessons

import (
	"fmt"
	"strings"
)

// suggest ends an error about an unknown word: with the known word that is nearest, or with all of them.
func suggest(word string, known []string) string {
	if s := didYouMean(word, known); s != "" {
		return s
	}
	return "; known: " + strings.Join(known, ", ")
}

// didYouMean ends an error with the known word that is near, if one is.
func didYouMean(word string, known []string) string {
	best, bestDistance := "", len(word)/2+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), k); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance is the Levenshtein distance of two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
