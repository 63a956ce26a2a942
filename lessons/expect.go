package lessons

import (
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// Expectation is what a cell says it prints. Its text and the comparison follow Go's example tests to the letter:
// white space around the whole is ignored, everything else counts, and an unordered expectation compares sorted lines.
// The attributes match and tol loosen it.
type Expectation struct {
	Text      string
	Unordered bool

	match Match
	tol   *float64
	regex *regexp.Regexp
}

var outputPrefix = regexp.MustCompile(`(?i)^[[:space:]]*(unordered )?output:`)

// findExpectation reads the last comment of a cell, or returns nil when it speaks of something else.
func findExpectation(source string) *Expectation {
	last := lastComment(source)
	if last == nil {
		return nil
	}
	text := last.Text()
	loc := outputPrefix.FindStringSubmatchIndex(text)
	if loc == nil {
		return nil
	}
	// Like go/doc: blanks behind the colon and one line break do not belong to the output.
	want := strings.TrimLeft(text[loc[1]:], " ")
	return &Expectation{Text: strings.TrimPrefix(want, "\n"), Unordered: loc[2] != -1}
}

// lastComment returns the last group of comments, grouped as go/parser does it. A cell is not a Go file, so it is the
// scanner that must find them.
func lastComment(source string) *ast.CommentGroup {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, []byte(source), func(token.Position, string) {}, scanner.ScanComments)

	var group *ast.CommentGroup
	groupEnd := -1 // last line that a comment may start in to belong to the group
	codeLine := -1 // line of the last token that is no comment
	for {
		pos, tok, lit := s.Scan()
		line := file.PositionFor(min(pos, token.Pos(file.Base()+file.Size())), false).Line
		switch {
		case tok == token.EOF:
			return group
		case tok != token.COMMENT:
			if tok != token.SEMICOLON || lit == ";" {
				codeLine = line
				groupEnd = -1
			}
			continue
		}
		if strings.HasPrefix(lit, "/*") && (len(lit) < 4 || !strings.HasSuffix(lit, "*/")) {
			return group // never closed: the compiler will say so
		}
		if group == nil || line > groupEnd {
			group = &ast.CommentGroup{}
		}
		group.List = append(group.List, &ast.Comment{Slash: pos, Text: lit})
		groupEnd = line + strings.Count(lit, "\n")
		if line != codeLine {
			groupEnd++ // a comment behind code ends with its line
		}
	}
}

// compile prepares the comparison that the attributes ask for.
func (e *Expectation) compile(a *Attrs) error {
	if e == nil {
		return nil
	}
	e.match, e.tol = a.Match, a.Tol
	switch {
	case e.Unordered && e.match != MatchExact:
		return fmt.Errorf("match=%q and // Unordered output: cannot be combined", e.match)
	case e.match == MatchRegex:
		pattern := strings.TrimSpace(e.Text)
		if _, err := regexp.Compile(pattern); err != nil {
			return fmt.Errorf("the expected output is no regular expression: %w", err)
		}
		e.regex = regexp.MustCompile(`\A(?:` + pattern + `)\z`)
	}
	return nil
}

// Check compares what was printed with the expectation. It returns "" or says how they differ.
func (e *Expectation) Check(printed string) string {
	got, want := strings.TrimSpace(printed), strings.TrimSpace(e.Text)
	if e.Unordered {
		got, want = sortLines(got), sortLines(want)
	}
	switch {
	case e.match == MatchRegex && e.regex.MatchString(got):
		return ""
	case e.match == MatchRegex:
		return "no match for the regular expression\n" + indentLines(want) + "\nin the output\n" + indentLines(got)
	case e.match == MatchLines:
		return e.checkLines(got, want)
	case e.equal(got, want):
		return ""
	}
	return lineDiff(want, got)
}

// checkLines looks for each line of want in the lines of got, in order.
func (e *Expectation) checkLines(got, want string) string {
	rest := strings.Split(got, "\n")
	for line := range strings.SplitSeq(want, "\n") {
		i := slices.IndexFunc(rest, func(g string) bool { return e.equal(strings.TrimSpace(g), strings.TrimSpace(line)) })
		if i < 0 {
			return "no line\n" + indentLines(line) + "\namong those left of the output\n" + indentLines(strings.Join(rest, "\n"))
		}
		rest = rest[i+1:]
	}
	return ""
}

var number = regexp.MustCompile(`[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`)

// equal compares texts; with a tolerance, numbers at the same places may differ by it: absolutely for expected values up to
// 1, relatively above.
func (e *Expectation) equal(got, want string) bool {
	if e.tol == nil || got == want {
		return got == want
	}
	if number.ReplaceAllString(got, "0") != number.ReplaceAllString(want, "0") {
		return false
	}
	g, w := number.FindAllString(got, -1), number.FindAllString(want, -1)
	for i := range w {
		a, errA := strconv.ParseFloat(g[i], 64)
		b, errB := strconv.ParseFloat(w[i], 64)
		if errA != nil || errB != nil || math.Abs(a-b) > *e.tol*max(1, math.Abs(b)) {
			return false
		}
	}
	return true
}

func sortLines(s string) string {
	lines := strings.Split(s, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// lineDiff is a unified diff from the expected to the printed lines, without its file names.
func lineDiff(want, got string) string {
	d := string(diff.Diff("want", []byte(want+"\n"), "got", []byte(got+"\n")))
	var b strings.Builder
	for line := range strings.Lines(d) {
		if !strings.HasPrefix(line, "diff ") && !strings.HasPrefix(line, "@@ ") {
			b.WriteString(line)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

func indentLines(s string) string {
	return "    " + strings.ReplaceAll(s, "\n", "\n    ")
}
