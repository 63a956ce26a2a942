package rag

import "strings"

// section is what stands below a heading, the heading's line included.
type section struct {
	heading    string
	begin, end int
}

// sections finds headings of Markdown that begin with #, outside of fenced code (CommonMark 0.31, sections 4.2 and 4.5).
func sections(text string) []section {
	var all []section
	var path [6]string
	fence, open := "", section{}
	at := 0
	for line := range strings.Lines(text) {
		bare := strings.TrimLeft(strings.TrimRight(line, "\r\n"), " ")
		indented := len(line)-len(strings.TrimLeft(line, " ")) > 3
		switch mark := fenceOf(bare); {
		case fence != "":
			if strings.HasPrefix(mark, fence) && strings.Trim(bare, fence[:1]+" \t") == "" {
				fence = ""
			}
		case indented:
		case mark != "":
			fence = mark
		default:
			if level, title := heading(bare); level > 0 {
				open.end = at
				all = append(all, open)
				path[level-1] = title
				clear(path[level:])
				open = section{heading: join(path[:level]), begin: at}
			}
		}
		at += len(line)
	}
	open.end = len(text)
	return append(all, open)
}

// fenceOf is the row of three or more backticks or tildes that a line begins with.
func fenceOf(line string) string {
	for _, mark := range []string{"`", "~"} {
		if n := len(line) - len(strings.TrimLeft(line, mark)); n >= 3 {
			return line[:n]
		}
	}
	return ""
}

// heading is the level, 1 to 6, and the text of a heading; 0 if the line is none.
func heading(line string) (level int, title string) {
	rest := strings.TrimLeft(line, "#")
	level = len(line) - len(rest)
	if level < 1 || level > 6 || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return 0, ""
	}
	title = strings.TrimSpace(rest)
	if closed := strings.TrimRight(title, "#"); closed == "" || strings.HasSuffix(closed, " ") {
		title = strings.TrimSpace(closed)
	}
	return level, title
}

func join(path []string) string {
	var named []string
	for _, p := range path {
		if p != "" {
			named = append(named, p)
		}
	}
	return strings.Join(named, " > ")
}
