package nbformat

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// ids returns the id of each cell: its own where it has one that no earlier cell has, else one made of its content.
// A cell of a type that 4.5 lacks may go without.
func ids(cells []Cell) []string {
	out := make([]string, len(cells))
	taken := make(map[string]bool, len(cells))
	for i, c := range cells {
		if c.ID != "" && !taken[c.ID] {
			out[i] = c.ID
			taken[c.ID] = true
		}
	}
	next := map[string]int{} // how many ids were tried for this content: n equal cells cost n tries, not n*n
	for i, c := range cells {
		if out[i] != "" || c.ID == "" && !c.Type.known() {
			continue
		}
		content := string(c.Type) + "\x00" + c.Source
		for out[i] == "" || taken[out[i]] {
			out[i] = makeID(content, next[content])
			next[content]++
		}
		taken[out[i]] = true
	}
	return out
}

// makeID returns eight hex digits, the form that JupyterLab gives its ids.
func makeID(content string, nth int) string {
	sum := sha256.Sum256([]byte(strconv.Itoa(nth) + "\x00" + content))
	return hex.EncodeToString(sum[:4])
}
