package lessons

import "github.com/resident-go/resident/nbformat"

// IsAnswer tells whether readers write into a cell: it is marked so, has a solution or the stub of one, or is prose that a person grades.
func (c *Cell) IsAnswer() bool {
	return c.isAnswer() || c.Attrs.Grading == Manual && c.Attrs.Role != Test
}

// Judge holds what a cell printed and how it ended against what its lesson says, as [Run] does. It returns "" or the problem: one line, then details.
func Judge(c *Cell, outputs []nbformat.Output, failure *nbformat.CellError) string {
	return judge(c, outputs, failure)
}
