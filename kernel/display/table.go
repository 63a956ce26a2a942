package display

import (
	"cmp"
	"fmt"
	"html"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"
)

// maxRows is how many rows of a table are shown.
const maxRows = 100

// Table shows rows as a table: a slice of structs (or pointers to them), of maps with the same keys, or of slices. A map
// becomes a table of its keys and values, where values that are structs take a column for each field; a struct one of its
// exported fields; anything else a table of one cell. What is beyond 100 rows is counted.
//
// A column is named after its field, unless a tag says otherwise: `display:"price, EUR"`. One with the tag `display:"-"` is left out.
func Table(rows any) MIME {
	t := tableOf(reflect.ValueOf(rows))
	return MIME{"text/html": t.html(), "text/plain": t.plain()}
}

// table is text in a grid. head is empty when the columns have no names.
type table struct {
	head    []string
	rows    [][]string
	numbers []bool // columns that hold numbers alone
	more    int    // rows left out
}

func tableOf(v reflect.Value) *table {
	t := &table{}
	if v.IsValid() && !says(v.Type()) {
		v = inner(v)
	}
	switch {
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
		t.fromList(v)
	case v.Kind() == reflect.Map:
		t.fromMap(v)
	case v.IsValid() && !says(v.Type()) && len(columns(v.Type())) > 0:
		t.head = []string{"field", "value"}
		for _, f := range columns(v.Type()) {
			t.row(reflect.ValueOf(heading(f)), v.FieldByIndex(f.Index))
		}
	default:
		t.row(v)
	}
	return t
}

// tabular reports whether a value shows best as a table: it has parts with names, none of which would be missing, and
// does not show itself.
func tabular(v reflect.Value) bool {
	if !v.IsValid() || says(v.Type()) {
		return false
	}
	v = inner(v)
	t := v.Type()
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return v.Len() > 0 && !says(t) && (isRecord(t.Elem()) || t.Elem().Kind() == reflect.Map && !says(t.Elem()))
	case reflect.Map:
		return v.Len() > 0 && !says(t)
	case reflect.Struct:
		return len(columns(t)) > 0 && allExported(t) && !says(t)
	}
	return false
}

// isRecord reports whether values of the type are rows: structs, or pointers to them, that do not speak for themselves.
func isRecord(t reflect.Type) bool { return !says(t) && len(columns(deref(t))) > 0 }

// says reports whether values of a type, or pointers to them, speak for themselves.
func says(t reflect.Type) bool { return speaks(t) || speaks(reflect.PointerTo(t)) }

func deref(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// columns are the exported fields of a struct, but for those that its author leaves out; none for other types.
func columns(t reflect.Type) (fields []reflect.StructField) {
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && heading(f) != "-" {
			fields = append(fields, f)
		}
	}
	return fields
}

// heading is what a field is called in a table.
func heading(f reflect.StructField) string { return cmp.Or(f.Tag.Get("display"), f.Name) }

func allExported(t reflect.Type) bool {
	for i := range t.NumField() {
		if !t.Field(i).IsExported() {
			return false
		}
	}
	return true
}

func (t *table) fromMap(v reflect.Value) {
	t.head = []string{"key"}
	fields := columns(deref(v.Type().Elem()))
	if !isRecord(v.Type().Elem()) {
		fields = nil
		t.head = append(t.head, "value")
	}
	for _, f := range fields {
		t.head = append(t.head, heading(f))
	}
	for _, k := range t.limit(sorted(v)) {
		row := []reflect.Value{k}
		if fields == nil {
			row = append(row, v.MapIndex(k))
		} else {
			row = append(row, cells(inner(v.MapIndex(k)), fields, nil)...)
		}
		t.row(row...)
	}
}

func (t *table) limit(rows []reflect.Value) []reflect.Value {
	n := min(len(rows), maxRows)
	t.more = len(rows) - n
	return rows[:n]
}

func (t *table) fromList(v reflect.Value) {
	var rows []reflect.Value
	for i := range v.Len() {
		rows = append(rows, inner(v.Index(i)))
	}
	fields := columns(recordType(v.Type().Elem(), rows))
	keys := keysOf(rows)
	for _, f := range fields {
		t.head = append(t.head, heading(f))
	}
	for _, k := range keys {
		t.head = append(t.head, plainCell(k))
	}
	for _, r := range t.limit(rows) {
		t.row(cells(r, fields, keys)...)
	}
}

// recordType is the type of the rows, by the first of them when the list can hold any.
func recordType(elem reflect.Type, rows []reflect.Value) reflect.Type {
	if elem.Kind() == reflect.Interface && len(rows) > 0 && rows[0].IsValid() {
		return rows[0].Type()
	}
	return deref(elem)
}

// inner looks through interfaces and pointers, but not for ever: they can lead to themselves.
func inner(v reflect.Value) reflect.Value {
	for range maxDepth {
		if v.Kind() != reflect.Interface && v.Kind() != reflect.Pointer || v.IsNil() {
			break
		}
		v = v.Elem()
	}
	return v
}

// keysOf collects the keys of rows that are maps, in order.
func keysOf(rows []reflect.Value) []reflect.Value {
	all := reflect.MakeMap(reflect.TypeFor[map[any]bool]())
	for _, r := range rows {
		if r.Kind() == reflect.Map {
			for _, k := range r.MapKeys() {
				all.SetMapIndex(k, reflect.ValueOf(true))
			}
		}
	}
	keys := all.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(plainCell(a), plainCell(b)) })
	return keys
}

// cells are the values of one row.
func cells(r reflect.Value, fields []reflect.StructField, keys []reflect.Value) (cells []reflect.Value) {
	switch {
	case r.Kind() == reflect.Struct && slices.EqualFunc(fields, columns(r.Type()), sameField):
		for _, f := range fields {
			cells = append(cells, r.FieldByIndex(f.Index))
		}
	case r.Kind() == reflect.Map:
		for _, k := range keys {
			cells = append(cells, entry(r, inner(k)))
		}
	case r.Kind() == reflect.Slice || r.Kind() == reflect.Array:
		for i := range r.Len() {
			cells = append(cells, r.Index(i))
		}
	default:
		cells = append(cells, r)
	}
	return cells
}

func sameField(a, b reflect.StructField) bool { return a.Name == b.Name && a.Type == b.Type }

// entry is what a map holds under a key, which may be of a type that only other rows have.
func entry(m, key reflect.Value) reflect.Value {
	if !key.IsValid() || !key.Type().AssignableTo(m.Type().Key()) {
		return reflect.Value{}
	}
	return m.MapIndex(key)
}

func (t *table) row(values ...reflect.Value) {
	var row []string
	for i, v := range values {
		if i == len(t.numbers) {
			t.numbers = append(t.numbers, true)
		}
		in := inner(v)
		t.numbers[i] = t.numbers[i] && in.IsValid() && (in.CanInt() || in.CanUint() || in.CanFloat())
		row = append(row, plainCell(v))
	}
	t.rows = append(t.rows, row)
}

// plainCell is the text of a cell: strings as they are, what is missing as nothing.
func plainCell(v reflect.Value) string {
	if !v.IsValid() {
		return ""
	}
	if in := inner(v); in.Kind() == reflect.String && !speaks(in.Type()) {
		return in.String()
	}
	p := printer{open: map[place]bool{}}
	p.value(v, 1)
	return p.String()
}

func (t *table) html() string {
	var b strings.Builder
	b.WriteString("<table>")
	if len(t.head) > 0 {
		b.WriteString("<thead>")
		t.htmlRow(&b, "th", t.head)
		b.WriteString("</thead>")
	}
	b.WriteString("<tbody>")
	for _, r := range t.rows {
		t.htmlRow(&b, "td", r)
	}
	b.WriteString("</tbody></table>")
	if t.more > 0 {
		fmt.Fprintf(&b, "<p>… and %d more rows</p>", t.more)
	}
	return b.String()
}

func (t *table) htmlRow(b *strings.Builder, tag string, row []string) {
	b.WriteString("<tr>")
	for i, s := range row {
		align := "left"
		if i < len(t.numbers) && t.numbers[i] {
			align = "right"
		}
		fmt.Fprintf(b, `<%s style="text-align:%s">%s</%s>`, tag, align, html.EscapeString(s), tag)
	}
	b.WriteString("</tr>")
}

var oneLine = strings.NewReplacer("\n", " ", "\t", " ")

// plain aligns the columns with spaces.
func (t *table) plain() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, r := range append([][]string{t.head}, t.rows...) {
		for _, cell := range r {
			fmt.Fprint(w, oneLine.Replace(cell), "\t")
		}
		if len(r) > 0 {
			fmt.Fprintln(w)
		}
	}
	w.Flush()
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	if t.more > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more rows", t.more))
	}
	return strings.Join(lines, "\n")
}
