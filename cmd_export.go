package main

import (
	"cmp"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/kernel/engine"
	"github.com/resident-go/resident/lessons/course"
	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/gradescope"
)

// exportFlags are the flags of "resident export gradescope".
type exportFlags struct {
	out, hidden, program string
	limits               grade.Limits
}

func (p *Program) exportCommand() *cobra.Command {
	c := &cobra.Command{Use: "export", Short: "Write a lesson's grader for another system"}
	f := exportFlags{limits: grade.DefaultLimits}
	scope := &cobra.Command{
		Use:   "gradescope LESSON -o autograder.zip",
		Short: "Write an autograder that Gradescope takes as it is",
		Long: `Export writes a zip for Gradescope's "Configure Autograder" page. In it are the lesson with its solutions and hidden tests, the data beside it, this program, and the two scripts that
Gradescope calls. The lesson has to pass its own tests here first.

Students hand in their notebook. Choose a container with 2 CPUs and 3 GB or more. Their code runs there as a user without rights, who cannot read the lesson and has no network; what the
container lacks of a sandbox is told to instructors with each result. Points that a person gives are added in Gradescope.`,
		Args: cobra.ExactArgs(1),
		RunE: interruptible(func(ctx context.Context, args []string) error { return p.exportGradescope(ctx, args[0], f) }),
	}
	flags := scope.Flags()
	flags.StringVarP(&f.out, "output", "o", "", "write this `file`")
	flags.StringVar(&f.hidden, "hidden", "after_published", "`when` students see whether they passed hidden tests: hidden, after_due_date, after_published or visible")
	flags.StringVar(&f.program, "program", "", "pack this `file` as the program, which runs on linux/amd64 (default: this program)")
	flags.DurationVar(&f.limits.Time, "cell-timeout", f.limits.Time, "`time` that a cell without a timeout of its own may take, and each case")
	c.AddCommand(scope)
	return c
}

func (p *Program) exportGradescope(ctx context.Context, lesson string, f exportFlags) (err error) {
	switch {
	case course.IsCourse(lesson):
		return fmt.Errorf("export %s: want one lesson: an assignment of Gradescope's has one autograder", lesson)
	case f.out == "":
		return fmt.Errorf("export %s: want a file to write: -o autograder.zip", lesson)
	}
	program, err := openProgram(f.program)
	if err != nil {
		return err
	}
	defer program.Close()
	tc, err := engine.FindToolchain(ctx)
	if err != nil {
		return err
	}
	read, err := p.readClass(lesson)
	if err != nil {
		return err
	}
	if err := p.prove(ctx, lesson, read, f.limits); err != nil {
		return err
	}
	// Code that cells include comes with the data: the lesson is read again where it is graded.
	folder, err := gradeFolder("", filepath.Dir(lesson), append(read.files, literally.Replace(filepath.Base(lesson)), "*.go", "*/*.go"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	a := gradescope.Autograder{
		Settings: gradescope.Settings{Lesson: filepath.Base(lesson), Hidden: gradescope.Visibility(f.hidden), CellTimeout: f.limits.Time},
		Files:    os.DirFS(folder), Program: program, Go: tc.Version,
	}
	return writeFile(f.out, func(w io.Writer) error { return a.Write(w) })
}

// prove makes the graders, which demands that the lesson's own solutions pass.
func (p *Program) prove(ctx context.Context, lesson string, read *readClass, limits grade.Limits) error {
	folder, err := gradeFolder("", filepath.Dir(lesson), read.files)
	if err != nil {
		return err
	}
	_, err = p.class(ctx, read, &rooms{author: p.plainRoom(folder)}, &gradeFlags{limits: limits})
	return errors.Join(err, os.RemoveAll(folder))
}

// openProgram opens what Gradescope's containers are to run.
func openProgram(file string) (*os.File, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	name := cmp.Or(file, own)
	e, err := elf.Open(name)
	if err == nil {
		err = errors.Join(wrongMachine(e), e.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("%s does not run in Gradescope's containers (%w): want --program FILE, which GOOS=linux GOARCH=amd64 CGO_ENABLED=0 go build builds", name, err)
	}
	return os.Open(name)
}

func wrongMachine(e *elf.File) error {
	if e.Machine != elf.EM_X86_64 {
		return fmt.Errorf("it is for %s", e.Machine)
	}
	return nil
}
