// Package search is the search of a course: an index of what stands under each heading, and a script that looks through it. Both stand in the page that
// is searched from, which is opened from disk and may fetch nothing.
package search

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Section is what can be found. Its names in JSON are short: a page carries one for each heading of the course.
type Section struct {
	Lesson string `json:"l"` // its title
	Title  string `json:"t"` // of the section
	Link   string `json:"u"` // from the page that is searched from
	Text   string `json:"x"`
}

var (
	// CSS is the look of the search.
	//go:embed search.css
	CSS string
	// Script shows what is found.
	//go:embed search.js
	Script string
)

// box is hidden as long as no script runs. The hint on the key is for who has one.
const box = `<search class="course" hidden>
<label><span>Search the course</span>
<input type="search" autocomplete="off" spellcheck="false" placeholder="Search the course" aria-keyshortcuts="/"></label>
<div class="found">
<p class="count" role="status"></p>
<ol class="results"></ol>
</div>
</search>
`

// HTML is the search's place on a page, and its index.
func HTML(sections []Section) (string, error) {
	index, err := json.Marshal(sections) // which escapes what could end a script
	if err != nil {
		return "", fmt.Errorf("make the search's index: %w", err)
	}
	return box + `<script type="application/json" class="search-index">` + string(index) + "</script>\n", nil
}

// Source is the script as a source in a content security policy.
func Source() string {
	sum := sha256.Sum256([]byte(Script))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
