package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

func (p *Program) convertCommand() *cobra.Command {
	var onto string
	c := &cobra.Command{
		Use:   "convert FROM TO | convert --onto LESSON NOTEBOOK",
		Short: "Make a notebook (.ipynb) of a lesson (.md), or the other way round",
		Long: `Convert makes a notebook of a lesson, without running it, or a lesson of a notebook. A notebook that was made of a lesson becomes the same lesson again,
byte for byte where nothing was changed in it. Outputs stay behind; what is attached to cells becomes files beside the lesson.

With --onto, what was changed in a notebook since it was made is taken over into the lesson, which may have changed, too. If both have changed the same
cell, nothing is written, and the cell is named.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: interruptible(func(_ context.Context, args []string) error { return p.convert(args, onto) }),
	}
	c.Flags().StringVar(&onto, "onto", "", "take the notebook's changes over into this `lesson`")
	return c
}

func (p *Program) convert(args []string, onto string) error {
	if (onto != "") != (len(args) == 1) {
		return errors.New("convert: want FROM and TO, or --onto LESSON and a notebook")
	}
	if onto != "" {
		return p.convertOnto(onto, args[0])
	}
	from, to := args[0], args[1]
	switch kind(from) + kind(to) {
	case ".md.ipynb":
		l, err := lessons.ReadFile(from)
		if err != nil {
			return err
		}
		return writeFile(to, l.WriteNotebook)
	case ".ipynb.md":
		nb, err := readNotebook(from)
		if err != nil {
			return err
		}
		src, files, err := lessons.Markdown(from, nb)
		if err != nil {
			return err
		}
		return writeLesson(to, src, files)
	}
	return fmt.Errorf("convert %s to %s: want a lesson (.md) and a notebook (.ipynb)", from, to)
}

func (p *Program) convertOnto(lesson, notebook string) error {
	if kind(lesson) != ".md" || kind(notebook) != ".ipynb" {
		return fmt.Errorf("convert %s onto %s: want a notebook (.ipynb) and a lesson (.md)", notebook, lesson)
	}
	src, err := os.ReadFile(lesson)
	if err != nil {
		return err
	}
	nb, err := readNotebook(notebook)
	if err != nil {
		return err
	}
	merged, files, err := lessons.Merge(lesson, src, nb)
	if err != nil {
		return p.refused(err)
	}
	if bytes.Equal(merged, src) {
		return nil // a file that is not touched sets nothing off
	}
	return writeLesson(lesson, merged, files)
}

// refused prints each of several reasons in a line.
func (p *Program) refused(err error) error {
	var faults lessons.ErrorList
	switch list, several := err.(interface{ Unwrap() []error }); {
	case errors.As(err, &faults):
		for _, fault := range faults {
			fmt.Fprintln(p.Stderr, fault)
		}
		return errBroken
	case several:
		for _, reason := range list.Unwrap() {
			fmt.Fprintln(p.Stderr, reason)
		}
		return errCheckFailed
	}
	return err
}

// kind is a file's extension, with one spelling for each.
func kind(file string) string {
	switch ext := strings.ToLower(filepath.Ext(file)); ext {
	case ".markdown":
		return ".md"
	default:
		return ext
	}
}

func readNotebook(file string) (*nbformat.Notebook, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	nb, err := nbformat.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return nb, nil
}

// writeLesson writes a lesson and the files that lie beside it. A file of another content is not overwritten.
func writeLesson(name string, src []byte, files map[string][]byte) error {
	dir := filepath.Dir(name)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		there, err := os.ReadFile(filepath.Join(dir, file))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case !bytes.Equal(there, files[file]):
			return fmt.Errorf("write %s: there is a file of that name with another content", filepath.Join(dir, file))
		}
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if err := writeBytes(filepath.Join(dir, file), files[file]); err != nil {
			return err
		}
	}
	return writeBytes(name, src)
}

func writeBytes(name string, data []byte) error {
	return writeFile(name, func(w io.Writer) error { _, err := w.Write(data); return err })
}
