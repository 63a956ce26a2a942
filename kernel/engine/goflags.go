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
	{"tags", "a file that depends on a tag belongs into a module, with %replace, or is built with !go build -tags"},
	{"ldflags", "cells are linked one by one; a variable can be set by a cell, and %save FILE writes a program for !go build -ldflags"},
	{"mod", "%mod and %replace say where modules come from"},
}

// goflags shows or sets flags of the compiler for the cells that follow. What is loaded stays as it is.
func (c *call) goflags() error {
	words := slices.DeleteFunc(cell.Words(c.Args), func(w string) bool { return w == "" })
	if c.Args != "" {
		flags, err := compilerFlags(words)
		if err != nil {
			return err
		}
		c.o.around.setCompilerFlags(flags)
	}
	if flags := c.o.around.compilerFlags(); len(flags) > 0 {
		c.printf("-gcflags=%s\n", strings.Join(flags, " "))
	} else {
		c.print("no flags\n")
	}
	return nil
}

// compilerFlags reads flags of go build, and takes those out that are for the compiler.
func compilerFlags(words []string) (flags []string, err error) {
	for len(words) > 0 {
		name, value, found := strings.Cut(strings.TrimLeft(words[0], "-"), "=")
		if name == "gcflags" && !found && len(words) > 1 {
			words = words[1:]
			value = words[0]
		}
		if name != "gcflags" {
			return nil, refusedFlag(name, words[0])
		}
		for _, f := range strings.Fields(value) {
			if !compilerFlag.MatchString(f) {
				return nil, fmt.Errorf("cells cannot have %s: of the compiler's flags, they can have -N, -B, -l, -m and -d=ssa/", f)
			}
			flags = append(flags, f)
		}
		words = words[1:]
	}
	return flags, nil
}

func refusedFlag(name, word string) error {
	for _, row := range buildAdvice {
		if strings.HasPrefix(name, row.flag) {
			return fmt.Errorf("cells cannot have %s: %s", word, row.advice)
		}
	}
	return fmt.Errorf("cells cannot have %s: of the flags of go build, they can have -gcflags", word)
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
