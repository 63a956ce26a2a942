package lessons

import _ "embed"

// Nav is the way from the page of a lesson to the others of its course.
type Nav struct {
	Course         Link // the course's contents
	Previous, Next *Link
}

// Link is a page and its title.
type Link struct{ Title, File string }

//go:embed nav.css
var navCSS string

func (n *Nav) css() string {
	if n == nil {
		return ""
	}
	return navCSS
}

// StyleSheet is the look of pages, for pages beside those of lessons, such as a course's contents.
func StyleSheet() string { return pageCSS }
