// Package bridge is where kernel and runtime meet: reports of long work (runtime/report) are shown among the output of a cell
// (kernel/display), in one place that is written anew.
//
// Nobody imports it. The engine adds it to each cell from which package report can be reached. In an ordinary program, which
// has no such cell, reports go to the terminal.
package bridge

import (
	"github.com/resident-go/resident/kernel/display"
	"github.com/resident-go/resident/runtime/report"
)

func init() { report.Seam = notebook{} }

// notebook is the front that shows reports in cells.
type notebook struct{}

// Place implements [report.Front].
func (notebook) Place(v any) (update func(v any)) {
	place := display.Place(forms(v))
	return func(v any) { place.Update(forms(v)) }
}

// forms are those of any value that is shown; a report's plain text is the line that it is in a terminal.
func forms(v any) display.MIME {
	data, _ := display.Bundle(v)
	if l, ok := v.(report.Liner); ok {
		data["text/plain"] = l.Line()
	}
	return data
}
