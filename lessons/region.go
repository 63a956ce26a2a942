package lessons

import (
	"go/parser"
	"go/scanner"
	"go/token"
	"regexp"
	"strings"
)

// part says what lines of a cell are, and so who sees them.
type part string

const (
	everyone    part = ""
	solution    part = "SOLUTION"
	hiddenTests part = "HIDDEN TESTS"
	markScheme  part = "MARK SCHEME" // prose only
)

// line is one line of a cell's source.
type line struct {
	text   string
	part   part
	border bool // "// BEGIN SOLUTION" and the like, which is in no build
	first  bool // of a region: its border, or the line that is marked "// SOLUTION"
	inline bool // marked "// SOLUTION" at its end; text is what stands before that
}

var (
	border      = regexp.MustCompile(`^(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)$`)
	nearBorder  = regexp.MustCompile(`(?i)^(begin|end)[ _-]+(solutions?|hidden[ _-]+tests?|mark[ _-]+schemes?)$`)
	proseBorder = regexp.MustCompile(`^\s*<!--\s*(.*?)\s*-->\s*$`)
)

// marks are the comments of a cell that may be borders: their text by the number of the line, from 0. Those behind code are in behind, with
// where the comment begins in the line.
func marks(kind Kind, source string) (alone map[int]string, behind map[int]int) {
	alone, behind = map[int]string{}, map[int]int{}
	if kind == Raw {
		return alone, behind
	}
	if kind == Prose {
		for i, text := range strings.Split(source, "\n") {
			if m := proseBorder.FindStringSubmatch(text); m != nil {
				alone[i] = m[1]
			}
		}
		return alone, behind
	}
	file := token.NewFileSet().AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, []byte(source), func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			return alone, behind
		}
		comment, ok := strings.CutPrefix(text, "//")
		if tok != token.COMMENT || !ok {
			continue
		}
		at := file.Position(pos)
		before := source[at.Offset-(at.Column-1) : at.Offset]
		switch comment = strings.TrimSpace(comment); {
		case strings.TrimSpace(before) == "":
			alone[at.Line-1] = comment
		case comment == string(solution):
			behind[at.Line-1] = at.Column - 1
		}
	}
}

// cutRegions cuts a cell's source into lines and says which region each belongs to. complain is told what is wrong, and in which line.
func cutRegions(kind Kind, source string, complain func(n int, format string, args ...any)) (lines []line) {
	alone, behind := marks(kind, source)
	open, openLine := everyone, 0
	for n, text := range strings.Split(source, "\n") {
		l := line{text: text, part: open}
		m := border.FindStringSubmatch(alone[n])
		switch at, marked := behind[n]; {
		case m == nil && nearBorder.MatchString(alone[n]):
			complain(n, "%q marks no region: want BEGIN or END, and %s", alone[n], partsOf(kind))
		case m == nil && marked && open == everyone:
			l.part, l.inline, l.first, l.text = solution, true, true, strings.TrimRight(text[:at], " \t")
		case m == nil:
		case kind == Code && part(m[2]) == markScheme:
			complain(n, "a mark scheme belongs to prose")
		case m[1] == "END" && part(m[2]) != open:
			complain(n, "END %s without BEGIN %s", m[2], m[2])
		case m[1] == "END":
			l.border, open = true, everyone
		case open != everyone:
			complain(n, "BEGIN %s inside of the region that begins with BEGIN %s in line %d of the cell", m[2], open, openLine+1)
		default:
			open, openLine = part(m[2]), n
			l.part, l.border, l.first = open, true, true
		}
		lines = append(lines, l)
	}
	if open != everyone {
		complain(openLine, "the region is not closed: END %s is missing", open)
	}
	return lines
}

func partsOf(kind Kind) string {
	if kind == Prose {
		return "SOLUTION, HIDDEN TESTS or MARK SCHEME, in capitals"
	}
	return "SOLUTION or HIDDEN TESTS, in capitals"
}

// onlyDeclares reports whether the region that begins at lines[at] holds declarations and nothing that runs.
func onlyDeclares(lines []line, at int) bool {
	if lines[at].inline {
		return true
	}
	var body strings.Builder
	body.WriteString("package p\n")
	for _, l := range lines[at+1:] {
		if l.border {
			break
		}
		body.WriteString(l.text + "\n")
	}
	_, err := parser.ParseFile(token.NewFileSet(), "", body.String(), parser.SkipObjectResolution)
	return err == nil
}

func indentOf(text string) string { return text[:len(text)-len(strings.TrimLeft(text, " \t"))] }
