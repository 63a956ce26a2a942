package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/lessons/gradebook"
	"github.com/resident-go/resident/lessons/gradescope"
	"github.com/resident-go/resident/lessons/registry"
	"github.com/resident-go/resident/lessons/sandbox"
	"github.com/resident-go/resident/lessons/submission"
)

// gradescopeCommand is what the scripts in Gradescope's containers call.
func (p *Program) gradescopeCommand() *cobra.Command {
	var root string
	var prepare bool
	c := &cobra.Command{
		Use:    "gradescope",
		Short:  "Grade the submission in a container of Gradescope's, as an exported autograder does",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: interruptible(func(ctx context.Context, _ []string) error {
			g, err := p.openGradescope(ctx, root)
			if err != nil {
				return err
			}
			if prepare {
				return g.rooms.close()
			}
			return errors.Join(g.grade(ctx), g.rooms.close())
		}),
	}
	c.Flags().StringVar(&root, "root", gradescope.Root, "Gradescope's `folder`")
	c.Flags().BoolVar(&prepare, "prepare", false, "only look whether it works, and leave caches that are warm")
	return c
}

// scoped is an autograder at work.
type scoped struct {
	program  *Program
	root     string
	begin    time.Time
	settings gradescope.Settings
	class    *gradebook.Class
	rooms    *rooms
	remarks  []string // for instructors
}

func (p *Program) openGradescope(ctx context.Context, root string) (*scoped, error) {
	g := &scoped{program: p, root: root, begin: time.Now()}
	var err error
	if g.settings, err = gradescope.ReadSettings(filepath.Join(root, gradescope.Source)); err != nil {
		return nil, err
	}
	f := newGradeFlags()
	f.limits.Time = g.settings.CellTimeout
	if f.sandbox, g.remarks, err = strongest(); err != nil {
		return nil, err
	}
	read, err := p.readClass(g.settings.Lesson)
	if err != nil {
		return nil, err
	}
	if g.rooms, err = p.openRooms(ctx, filepath.Dir(g.settings.Lesson), read.files, f); err != nil {
		return nil, err
	}
	if g.class, err = p.class(ctx, read, g.rooms, f); err != nil {
		return nil, errors.Join(err, g.rooms.close())
	}
	return g, nil
}

// strongest is the mode of sandboxes that holds most on this machine, and what it does without.
func strongest() (mode string, remarks []string, err error) {
	for _, name := range []string{"best-effort", "container"} {
		mode, err := sandbox.ParseMode(name)
		if err != nil {
			return "", nil, err
		}
		without, err := sandbox.Lacking(mode)
		if err != nil {
			continue
		}
		for _, f := range without {
			remarks = append(remarks, fmt.Sprintf("The sandbox had no %s (%v)%s.", f.Mechanism, f.Err, instead(f)))
		}
		return name, remarks, nil
	}
	_, err = sandbox.Lacking(sandbox.Container)
	return "", nil, err
}

// grade grades the submission and writes its results. Of what a student has done wrong there are results; the error is about everything else.
func (g *scoped) grade(ctx context.Context) error {
	meta, err := gradescope.ReadMetadata(filepath.Join(g.root, gradescope.MetadataFile))
	if err != nil {
		return err
	}
	found, err := submission.Read(filepath.Join(g.root, gradescope.Submission), g.class.Names())
	if errors.Is(err, submission.ErrNone) {
		return g.write(gradescope.Refused("There is no notebook (.ipynb) in what was handed in. Hand in the lesson's notebook.", time.Since(g.begin)))
	}
	if err != nil {
		return err
	}
	defer found.Close()
	for i := range found.Submissions {
		found.Submissions[i].Student, found.Submissions[i].Received = meta.Who(), meta.CreatedAt
	}
	book, err := g.gradeBook(ctx, found.Submissions)
	switch {
	case err != nil:
		return err
	case len(book.Failed) > 0:
		return fmt.Errorf("not graded: %s", book.Failed[0])
	case len(book.Entries) != 1:
		return fmt.Errorf("%d notebooks were graded, want 1", len(book.Entries))
	}
	e := &book.Entries[0]
	e.Notes = append(append(e.Notes, found.Warnings...), book.Warnings...)
	fmt.Fprintf(g.program.Stdout, "%s: %g of %g\n", e.Student, e.Score, e.Max)
	return g.write(g.settings.NewResults(e, g.remarks, time.Since(g.begin)))
}

// gradeBook grades, with a registry that nobody keeps.
func (g *scoped) gradeBook(ctx context.Context, subs []submission.Submission) (book *gradebook.Book, err error) {
	folder, err := os.MkdirTemp("", "registry-")
	if err != nil {
		return nil, err
	}
	r, err := registry.Open(ctx, filepath.Join(folder, "registry.db"))
	if err == nil {
		book, err = g.class.Grade(ctx, subs, gradebook.Options{Registry: r, Start: g.rooms.students, Without: g.rooms.without, Workers: 1})
		err = errors.Join(err, r.Close())
	}
	return book, errors.Join(err, os.RemoveAll(folder))
}

func (g *scoped) write(r *gradescope.Results) error {
	return writeFile(filepath.Join(g.root, filepath.FromSlash(gradescope.ResultsFile)), r.Write)
}
