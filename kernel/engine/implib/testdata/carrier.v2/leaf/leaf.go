// Package leaf is the part of the carrier that has no dot in its path.
package leaf

import "net/url"

// Base is given a value by an init function.
var Base int

func init() { Base = 40 }

// Link has a field of the worker's, and one of the same shape as the worker has.
type Link struct {
	To    url.URL
	Count map[string]int
}
