package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/nbformat"
)

// compilerFlag are those flags of the compiler that leave a cell's code fit to be loaded beside the rest: no optimisation, no
// functions in line, no bounds checks, and what the compiler has to say of its work.
var compilerFlag = regexp.MustCompile(`^-(N|B|l|l=[0-4]|m|m=[1-4]|d=ssa/[\w/=,]+)$`)

// buildAdvice is what to do in place of flags of go build that cells cannot have: they are compiled by the compiler alone, and live in one process.
var buildAdvice = []struct{ flag, advice string }{
	{"race", "%race runs the session so far with the race detector"},
	{"cover", "%save FILE writes the session as a program, for !go build -cover FILE"},
	{"ldflags", "cells are linked one by one; a variable can be set by a cell, and %save FILE writes a program for !go build -ldflags"},
	{"mod", "%mod and %replace say where modules come from"},
}

// buildTags are what build constraints of files ask for.
var buildTags = regexp.MustCompile(`^[\pL\pN_.]+(,[\pL\pN_.]+)*$`)

// goflags shows or sets flags of the compiler for the cells that follow, and build tags for the packages of modules that they import.
// What is loaded stays as it is.
func (c *call) goflags() error {
	words := slices.DeleteFunc(cell.Words(c.Args), func(w string) bool { return w == "" })
	if c.Args != "" {
		flags, tags, err := cellFlags(words)
		if err != nil {
			return err
		}
		retagged := tags != c.o.around.buildTags()
		c.o.around.setCompilerFlags(flags, tags)
		if retagged {
			c.lookAgain()
		}
	}
	var said []string
	if flags := c.o.around.compilerFlags(); len(flags) > 0 {
		said = append(said, "-gcflags="+strings.Join(flags, " "))
	}
	if tags := c.o.around.buildTags(); tags != "" {
		said = append(said, "-tags="+tags)
	}
	if said == nil {
		said = []string{"no flags"}
	}
	c.print(strings.Join(said, " ") + "\n")
	return nil
}

// lookAgain has packages looked up anew that no cell uses yet, and says of the others that they stay.
func (c *call) lookAgain() {
	c.building.Lock()
	defer c.building.Unlock()
	c.analyse.Lock()
	defer c.analyse.Unlock()
	c.mods.look()
	if len(c.mods.linked) > 0 {
		note(c.sink, "packages that cells use already stay as they are until %replay")
	}
}

// cellFlags reads flags of go build, and takes those out that are for the compiler, and the tags.
func cellFlags(words []string) (flags []string, tags string, err error) {
	for len(words) > 0 {
		name, value, found := strings.Cut(strings.TrimLeft(words[0], "-"), "=")
		if (name == "gcflags" || name == "tags") && !found && len(words) > 1 {
			words = words[1:]
			value = words[0]
		}
		switch {
		case name == "tags" && buildTags.MatchString(value):
			tags = value
		case name == "tags":
			return nil, "", fmt.Errorf("%q are no build tags: expected -tags=NAME,NAME", value)
		case name != "gcflags":
			return nil, "", refusedFlag(name, words[0])
		default:
			for _, f := range strings.Fields(value) {
				if !compilerFlag.MatchString(f) {
					return nil, "", fmt.Errorf("cells cannot have %s: of the compiler's flags, they can have -N, -B, -l, -m and -d=ssa/", f)
				}
				flags = append(flags, f)
			}
		}
		words = words[1:]
	}
	return flags, tags, nil
}

func refusedFlag(name, word string) error {
	for _, row := range buildAdvice {
		if strings.HasPrefix(name, row.flag) {
			return fmt.Errorf("cells cannot have %s: %s", word, row.advice)
		}
	}
	return fmt.Errorf("cells cannot have %s: of the flags of go build, they can have -gcflags and -tags", word)
}

// flagsSuffix tells cells apart that are built with flags of the compiler.
func (b *builder) flagsSuffix() string {
	flags := b.o.around.compilerFlags()
	if len(flags) == 0 {
		return ""
	}
	h := sha256.Sum256([]byte(strings.Join(flags, " ")))
	return "-f" + hex.EncodeToString(h[:6])
}

// remarksOf is the file that keeps what the compiler had to say of a library's cell.
func remarksOf(lib string) string { return strings.TrimSuffix(lib, ".so") + ".txt" }

// remark shows what the compiler had to say of the source of cells, each thing once.
func (e *Engine) remark(lib string, sink nbformat.Sink) {
	if len(e.o.around.compilerFlags()) == 0 {
		return
	}
	data, err := os.ReadFile(remarksOf(lib))
	if err != nil {
		return // it had nothing to say
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if e.sources.speaksOf(line) && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	place := &placingSink{passing: passing{sink}, sources: &e.sources}
	place.Output(nbformat.Output{Type: nbformat.Stream, Name: "stderr", Text: strings.Join(lines, "")})
	place.flush()
}

// speaksOf tells whether a line is about people's own source, not about what we add to it.
func (s *sources) speaksOf(line string) bool {
	m := cellPlace.FindStringSubmatch(line)
	if m == nil || strings.Contains(line, "resident_") {
		return false
	}
	src, known := s.find(m[1])
	return known && atoi(m[2]) <= len(src.lines)
}
