package lessons

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// A region of a Go file stands between two comments that editors fold, too. A line of it may take in a region of another file.
var (
	goRegion  = regexp.MustCompile(`^\s*//\s?#?region\s+([\w-]+)\s*$`)
	goEnd     = regexp.MustCompile(`^\s*//\s?#?endregion\b`)
	goInclude = regexp.MustCompile(`^\s*//resident:include\s+(\S+)\s*$`)
	goPackage = regexp.MustCompile(`^package\s+\w+`)
)

// includePath reads the attribute's value: a file below the lesson's folder, and maybe a region in it.
func includePath(v json.RawMessage, into *string) error {
	if err := decode(v, into); err != nil {
		return err
	}
	_, _, err := splitInclude(*into)
	return err
}

func splitInclude(to string) (file, region string, err error) {
	file, region, marked := strings.Cut(to, "#")
	switch {
	case !fs.ValidPath(file) || file == ".":
		return "", "", fmt.Errorf("%q leaves the lesson's folder: want a file in it, such as \"sgd.go#step\"", to)
	case path.Ext(file) != ".go":
		return "", "", fmt.Errorf("%q is no Go file", file)
	case marked && !namePattern.MatchString(region):
		return "", "", fmt.Errorf("%q names no region: want a file and a region of it, such as \"sgd.go#step\"", to)
	}
	return file, region, nil
}

// Include fills the cells whose code stands in files (attribute include), which are looked up in the lesson's folder. It must
// come before a run, a build, a page or a notebook of a lesson that has such cells. The error is an [ErrorList].
func (l *Lesson) Include(files fs.FS) error {
	p := &parse{src: l.src, lesson: l}
	for _, c := range l.Cells {
		if c.Attrs.Include == "" || c.included {
			continue
		}
		source, err := (&including{files: files, left: maxIncluded}).read(c.Attrs.Include)
		if err != nil {
			p.errs.add(c.Attrs.pos("include", c.Pos), "include %s: %v", c.Attrs.Include, err)
			continue
		}
		c.Source, c.included = source, true
		p.finish(c)
	}
	return p.errs.err()
}

// needsInclude is an error when a cell's code has not been read.
func (l *Lesson) needsInclude() error {
	for _, c := range l.Cells {
		if c.Attrs.Include != "" && !c.included {
			return &Error{c.Attrs.pos("include", c.Pos), fmt.Sprintf("include %s: the file was not read", c.Attrs.Include)}
		}
	}
	return nil
}

// maxIncluded is the most bytes that the files have together which a cell is read from, each as often as it is included. A region that takes in another one twice, which does
// so as well, and so on, comes to any number.
const maxIncluded = 16 << 20

// including is one reading of a region, with the regions that led to it.
type including struct {
	files fs.FS
	trail []string
	left  int // of maxIncluded
}

func (in *including) read(to string) (string, error) {
	file, region, err := splitInclude(to)
	if err != nil {
		return "", err
	}
	for i, earlier := range in.trail {
		if earlier == to {
			return "", fmt.Errorf("the files include each other in a circle: %s", strings.Join(append(in.trail[i:], to), ", "))
		}
	}
	src, err := fs.ReadFile(in.files, file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("there is no such file in the lesson's folder")
	case err != nil:
		return "", err
	}
	if in.left -= len(src); in.left < 0 {
		return "", fmt.Errorf("the files that it takes in come to more than %d bytes", maxIncluded)
	}
	lines, err := regionLines(unixLines(string(src)), file, region)
	if err != nil {
		return "", err
	}
	in.trail = append(in.trail, to)
	defer func() { in.trail = in.trail[:len(in.trail)-1] }()
	return in.expand(lines)
}

// expand puts regions of other files in the place of the lines that ask for them.
func (in *including) expand(lines []string) (string, error) {
	var out []string
	for _, text := range lines {
		m := goInclude.FindStringSubmatch(text)
		if m == nil {
			out = append(out, text)
			continue
		}
		inner, err := in.read(m[1])
		if err != nil {
			return "", fmt.Errorf("%s: %w", m[1], err)
		}
		for line := range strings.SplitSeq(inner, "\n") {
			if line != "" {
				line = indentOf(text) + line
			}
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n"), nil
}

// regionLines returns the lines of a region of a Go file without its indentation, or those of the whole file behind its package
// clause. Marks of other regions are left out.
func regionLines(src, file, region string) ([]string, error) {
	var lines []string
	depth, inside, found := 0, region == "", region == ""
	for text := range strings.SplitSeq(src, "\n") {
		switch m := goRegion.FindStringSubmatch(text); {
		case m != nil && m[1] == region && found && region != "":
			return nil, fmt.Errorf("%s has two regions %q", file, region)
		case m != nil && m[1] == region:
			inside, found, depth = true, true, 0
		case m != nil:
			depth++
		case goEnd.MatchString(text) && inside && depth == 0 && region != "":
			inside = false
		case goEnd.MatchString(text):
			depth = max(0, depth-1)
		case inside && region == "" && goPackage.MatchString(text):
			lines = nil // and what stands before it
		case inside:
			lines = append(lines, text)
		}
	}
	switch {
	case !found:
		return nil, fmt.Errorf("%s has no region %q: a comment // #region %s begins one", file, region, region)
	case inside && region != "":
		return nil, fmt.Errorf("the region %q of %s is not closed: // #endregion is missing", region, file)
	}
	return dedent(trimBlank(lines)), nil
}

func trimBlank(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// dedent takes off the indentation that all lines have.
func dedent(lines []string) []string {
	indent := ""
	for i, text := range lines {
		switch own := indentOf(text); {
		case strings.TrimSpace(text) == "":
		case i == 0:
			indent = own
		default:
			for !strings.HasPrefix(own, indent) {
				indent = indent[:len(indent)-1]
			}
		}
	}
	out := make([]string, len(lines))
	for i, text := range lines {
		out[i] = strings.TrimPrefix(text, indent)
	}
	return out
}
