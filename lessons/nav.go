package lessons

import (
	_ "embed"
	"strings"

	"github.com/resident-go/resident/lessons/search"
)

// Nav is the way from the page of a lesson to the others of its course.
type Nav struct {
	Course         Link // the course's contents
	Previous, Next *Link
	Search         []search.Section // what can be found in the course; none leaves the search out
}

// Link is a page and its title.
type Link struct{ Title, File string }

//go:embed nav.css
var navCSS string

// addNav adds to a page what the way to other pages needs.
func (n *Nav) addNav(h *rendered) (err error) {
	if n == nil {
		return nil
	}
	h.css += navCSS
	if len(n.Search) == 0 {
		return nil
	}
	h.css += search.CSS
	h.search, err = search.HTML(n.Search)
	h.searchScript = search.Script
	const scripts = "script-src "
	if !strings.Contains(h.policy, scripts) {
		h.policy += "; " + scripts
	}
	h.policy = strings.Replace(h.policy, scripts, scripts+search.Source()+" ", 1)
	return err
}

// StyleSheet is the look of pages, for pages beside those of lessons, such as a course's contents.
func StyleSheet() string { return pageCSS }
