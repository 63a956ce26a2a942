package check

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// compareKeys puts the keys of maps into an order, in which numbers come first, by their value.
func compareKeys(a, b Value) int {
	switch {
	case number(a) && number(b):
		x, _ := strconv.ParseFloat(a.Text, 64) // a complex number is none, and its text decides
		y, _ := strconv.ParseFloat(b.Text, 64)
		return cmp.Or(cmp.Compare(x, y), strings.Compare(a.Text, b.Text), strings.Compare(string(a.Kind), string(b.Kind)))
	case number(a):
		return -1
	case number(b):
		return 1
	case a.Kind == Text && b.Kind == Text:
		return strings.Compare(a.Text, b.Text)
	}
	return strings.Compare(identity(a), identity(b))
}

// identity is the same for two keys exactly when they are the same key, whatever numbers they are made of.
func identity(v Value) string {
	var b strings.Builder
	v.identify(&b)
	return b.String()
}

func (v Value) identify(b *strings.Builder) {
	text := v.Text
	kind := v.Kind
	if number(v) {
		kind = Float
		if whole, ok := wholeNumber(v); ok {
			text = whole
		}
	}
	b.WriteString(string(kind) + strconv.Quote(text))
	for _, parts := range [][]Value{v.Names, v.Items} {
		b.WriteByte('(')
		for _, p := range parts {
			p.identify(b)
		}
		b.WriteByte(')')
	}
}

// wholeNumber writes a whole number with all its digits, whatever type it has.
func wholeNumber(v Value) (digits string, ok bool) {
	if v.Kind != Float {
		return v.Text, v.Kind == Integer
	}
	f, err := strconv.ParseFloat(v.Text, 64)
	if err != nil || math.Trunc(f) != f || math.IsInf(f, 0) {
		return "", false
	}
	if f == 0 {
		f = 0 // and not -0
	}
	return strconv.FormatFloat(f, 'f', 0, 64), true
}
