package check

import (
	"fmt"
	"regexp"
	"strings"
)

// Want is what a call should return: data, as [Value] is.
type Want struct {
	Values []Value `json:"values"`
	Tol    float64 `json:"tol,omitempty"`
	About  string  `json:"about,omitempty"` // for who failed in any way
	Hint   string  `json:"hint,omitempty"`  // for who got something else
}

// Option stands behind the values in a case's Want.
type Option func(*Want)

// Tol lets numbers differ by so much: absolutely for expected values up to 1, relatively above.
func Tol(t float64) Option { return func(w *Want) { w.Tol = t } }

// Hint is what a student is told whose call has returned something else, also where the case is hidden from them. It may speak of what was returned, so who panicked,
// or never came back, is not told. It should not give the answer away.
func Hint(text string) Option { return func(w *Want) { w.Hint = text } }

// About is what a student is told when the case fails in any way, by a panic too, and also where the case is hidden from them: what is special about what was asked,
// such as that a list is empty.
func About(text string) Option { return func(w *Want) { w.About = text } }

// Told is what a student is told of a case that failed: by returning something else, or by not returning.
func (w Want) Told(returned bool) string {
	if !returned {
		return w.About
	}
	return strings.TrimSpace(w.About + " " + w.Hint)
}

// AnError stands for an error that may say what it likes.
var AnError error = anError{}

type anError struct{}

func (anError) Error() string { return anyText }

const anyText = "any error"

// Like stands for any text, or error, in which a regular expression (syntax of package regexp) finds something. A pattern that is none panics.
func Like(pattern string) any { return likePattern(regexp.MustCompile(pattern).String()) }

type likePattern string

// Wanted makes data of what stands in a case's Want: values, and options behind them.
func Wanted(values ...any) Want {
	var w Want
	for _, v := range values {
		switch v := v.(type) {
		case Option:
			v(&w)
		case likePattern:
			w.Values = append(w.Values, Value{Kind: Pattern, Text: string(v)})
		default:
			w.Values = append(w.Values, Encode(v))
		}
	}
	return w
}

// Same wants what a call has returned elsewhere.
func (w Want) Same(values []Value) Want {
	w.Values = values
	return w
}

// WantedPanic makes data of what stands in a case's WantPanic: a panic in which the pattern finds something.
func WantedPanic(pattern string, options ...Option) Want {
	w := Want{Values: []Value{{Kind: Panic, Text: regexp.MustCompile(pattern).String()}}}
	for _, o := range options {
		o(&w)
	}
	return w
}

// panics compares where one of both sides is a panic; about says that this is so.
func panics(got, want []Value) (problem string, about bool) {
	one := func(v []Value) bool { return len(v) == 1 && v[0].Kind == Panic }
	switch {
	case one(want) && !one(got):
		return fmt.Sprintf("it did not panic, want a panic like %q", want[0].Text), true
	case one(want):
		if found(want[0].Text, got[0].Text) {
			return "", true
		}
		return fmt.Sprintf("it panicked: %s; want a panic like %q", short(got[0].Text), want[0].Text), true
	case one(got):
		return "it panicked: " + short(got[0].Text), true
	}
	return "", false
}

func like(got Value, pattern string) string {
	if (got.Kind == Text || got.Kind == Error) && found(pattern, got.Text) {
		return ""
	}
	return fmt.Sprintf("got %v, want a text like %q", got, pattern)
}

func found(pattern, text string) bool {
	re, err := regexp.Compile(pattern)
	return err == nil && re.MatchString(text)
}
