package cost

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// Report puts training and inference, measured and predicted, side by side. What is nil has no column.
type Report struct {
	Training, Inference Pair
	Rates               Rates // of the one device that did what was measured
}

// Pair is one phase.
type Pair struct {
	Measured  *Counts
	Predicted *Prediction
}

// Report compares what the ledger holds with predictions, each of which may be nil. A phase in which nothing happened has no
// column.
func (l *Ledger) Report(r Rates, training, inference *Prediction) Report {
	measured := func(p Phase) *Counts {
		if c := l.Counts(p); c != (Counts{}) {
			return &c
		}
		return nil
	}
	return Report{Pair{measured(Training), training}, Pair{measured(Inference), inference}, r}
}

// With adds the phases of another report that r has not: the bills of training and inference on one page.
func (r Report) With(other Report) Report {
	if r.Training == (Pair{}) {
		r.Training = other.Training
	}
	if r.Inference == (Pair{}) {
		r.Inference = other.Inference
	}
	return r
}

// column is one column of the table: work, energy and price.
type column struct {
	title         string
	c             Counts
	joules, price float64
	currency      string
}

func (r Report) columns() (columns []column) {
	for i, p := range []Pair{r.Training, r.Inference} {
		if m := p.Measured; m != nil {
			columns = append(columns, column{fmt.Sprintf("%v, measured", Phase(i)), *m, r.Rates.Joules(m.Seconds, 1), r.Rates.Price(m.Seconds, 1), r.Rates.Currency})
		}
		if q := p.Predicted; q != nil {
			columns = append(columns, column{fmt.Sprintf("%v, predicted", Phase(i)), q.Counts, q.Joules, q.Price, q.Hardware.Currency})
		}
	}
	return columns
}

// rows are the lines of the table: what, and how a column says it. Zero is what was not counted, except where it is a result.
var rows = []struct {
	name string
	cell func(column) string
}{
	{"steps", func(c column) string { return count(c.c.Steps) }},
	{"tokens read", func(c column) string { return count(c.c.TokensIn) }},
	{"tokens written", func(c column) string { return count(c.c.TokensOut) }},
	{"weight updates", weightUpdates},
	{"operations", func(c column) string { return known(c.c.FLOPs, SI(c.c.FLOPs, "FLOP")) }},
	{"operations a second", func(c column) string { return rate(c.c.FLOPs, c.c.Seconds, "FLOP/s") }},
	{"bytes moved", func(c column) string { return known(c.c.Bytes, SI(c.c.Bytes, "B")) }},
	{"time", func(c column) string { return known(c.c.Seconds, Seconds(c.c.Seconds)) }},
	{"processor time", func(c column) string { return known(c.c.CPU, Seconds(c.c.CPU)) }},
	{"tokens a second", func(c column) string { return rate(float64(c.c.Tokens()), c.c.Seconds, "") }},
	{"energy", func(c column) string { return known(c.joules, Energy(c.joules)) }},
	{"price", func(c column) string { return known(c.price, Money(c.price, c.currency)) }},
	{"price of a million tokens", func(c column) string {
		million := per(c.price*1e6, float64(c.c.Tokens()))
		return known(million, Money(million, c.currency))
	}},
}

func known(x float64, text string) string {
	if x == 0 {
		return none
	}
	return text
}

func count(n int64) string { return known(float64(n), SI(float64(n), "")) }

func rate(x, seconds float64, unit string) string {
	return known(per(x, seconds), SI(per(x, seconds), unit))
}

// weightUpdates are 0 in inference, and that is no gap in the numbers.
func weightUpdates(c column) string {
	if strings.HasPrefix(c.title, Inference.String()) && c.c.WeightUpdates == 0 {
		return "0"
	}
	return count(c.c.WeightUpdates)
}

// table is the text of all cells, without rows in which nothing is known. The first row and column are titles.
func (r Report) table() [][]string {
	columns := r.columns()
	table := [][]string{{""}}
	for _, c := range columns {
		table[0] = append(table[0], c.title)
	}
	for _, row := range rows {
		line, empty := []string{row.name}, true
		for _, c := range columns {
			text := row.cell(c)
			line, empty = append(line, text), empty && text == none
		}
		if !empty {
			table = append(table, line)
		}
	}
	return table
}

// notes say what the numbers rest on.
func (r Report) notes() (notes []string) {
	if r.Training.Measured != nil || r.Inference.Measured != nil {
		notes = append(notes, "measured on "+r.Rates.String())
	}
	for _, p := range []*Prediction{r.Training.Predicted, r.Inference.Predicted} {
		if p != nil {
			notes = append(notes, fmt.Sprintf("predicted for %d × %v, at %s%% of %s", p.Hardware.Count, p.Hardware.Rates,
				digits(100*p.Hardware.Utilisation), SI(p.Hardware.FLOPS, "FLOP/s")))
		}
	}
	return notes
}

// String is the table in plain text.
func (r Report) String() string {
	table := r.table()
	if len(table) == 1 {
		return "nothing was counted"
	}
	widths := make([]int, len(table[0]))
	for _, line := range table {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, line := range table {
		fmt.Fprintf(&b, "%-*s", widths[0], line[0])
		for i, cell := range line[1:] {
			fmt.Fprintf(&b, "  %*s", widths[i+1], cell)
		}
		b.WriteByte('\n')
	}
	for _, note := range r.notes() {
		b.WriteString(note + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// HTML is the table for a notebook.
func (r Report) HTML() string {
	table := r.table()
	if len(table) == 1 {
		return "<p>nothing was counted</p>"
	}
	var b strings.Builder
	b.WriteString("<table><thead>")
	htmlRow(&b, "th", table[0])
	b.WriteString("</thead><tbody>")
	for _, line := range table[1:] {
		htmlRow(&b, "td", line)
	}
	b.WriteString("</tbody></table>")
	for _, note := range r.notes() {
		b.WriteString("<p><small>" + html.EscapeString(note) + "</small></p>")
	}
	return b.String()
}

func htmlRow(b *strings.Builder, tag string, line []string) {
	fmt.Fprintf(b, `<tr><th style="text-align:left">%s</th>`, html.EscapeString(line[0]))
	for _, cell := range line[1:] {
		fmt.Fprintf(b, `<%s style="text-align:right">%s</%s>`, tag, html.EscapeString(cell), tag)
	}
	b.WriteString("</tr>")
}
