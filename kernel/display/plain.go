package display

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of plain text. What is left out is counted.
const (
	maxItems = 200    // elements of one slice or map
	maxText  = 10_000 // bytes of one string
	maxAll   = 50_000 // bytes of everything, roughly
	maxDepth = 12     // structures in structures
	maxGrid  = 20     // rows and columns of a matrix
)

// Plain is the text of a value: as fmt prints it with %+v, but never ambiguous, endless or harmful. Strings are in Go
// syntax at every depth; errors, Stringers and Formatters speak for themselves; pointers are followed, and cycles cut;
// channels are described, not read; of an iterator the first 100 elements are taken; long values are cut and counted.
// Matrices (Dims and At, as in gonum) are grids.
func Plain(v any) string {
	if grid, ok := matrix(v); ok {
		return grid
	}
	if s, ok := sequenceOf(v); ok {
		return s.plain()
	}
	p := printer{open: map[place]bool{}}
	p.value(reflect.ValueOf(v), 0)
	return p.String()
}

type printer struct {
	strings.Builder
	open map[place]bool // pointers, maps and slices that are being printed
}

// place tells a pointer to a struct from one to its first field, and an array from its slices.
type place struct {
	at uintptr
	t  reflect.Type
}

func (p *printer) value(v reflect.Value, depth int) {
	switch {
	case !v.IsValid():
		p.WriteString("nil")
	case p.spoken(v):
	case depth > maxDepth || p.Len() > maxAll:
		p.WriteString("…")
	default:
		p.kind(v, depth)
	}
}

// spoken lets the value say what it is. fmt knows how to call these methods safely.
func (p *printer) spoken(v reflect.Value) bool {
	if !v.CanInterface() || !speaks(v.Type()) || v.Kind() == reflect.Interface {
		return false
	}
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return false
	}
	p.cut(fmt.Sprintf("%v", v.Interface()))
	return true
}

var speakers = []reflect.Type{
	reflect.TypeFor[error](), reflect.TypeFor[fmt.Stringer](), reflect.TypeFor[fmt.Formatter](),
}

func speaks(t reflect.Type) bool { return slices.ContainsFunc(speakers, t.Implements) }

func (p *printer) kind(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		p.text(v.String())
	case reflect.Interface:
		p.value(v.Elem(), depth)
	case reflect.Pointer:
		p.pointer(v, depth)
	case reflect.Struct:
		p.structure(v, depth)
	case reflect.Slice:
		p.slice(v, depth)
	case reflect.Array:
		p.list(v, depth)
	case reflect.Map:
		p.mapping(v, depth)
	case reflect.Chan:
		p.channel(v)
	case reflect.Func:
		p.named(v)
	default:
		fmt.Fprint(p, v)
	}
}

// text writes a string in Go syntax.
func (p *printer) text(s string) {
	if len(s) <= maxText {
		p.WriteString(strconv.Quote(s))
		return
	}
	fmt.Fprintf(p, "%s… (%d bytes)", strconv.Quote(whole(s, maxText)), len(s))
}

// cut writes a text that speaks for itself.
func (p *printer) cut(s string) {
	if len(s) > maxAll {
		s = fmt.Sprintf("%s… (%d bytes)", whole(s, maxAll), len(s))
	}
	p.WriteString(s)
}

// whole is the start of s, at most n bytes of it, that does not end within a character.
func whole(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// named writes the type of what has no other text.
func (p *printer) named(v reflect.Value) {
	if v.IsNil() {
		p.WriteString("nil")
		return
	}
	p.WriteString(v.Type().String())
}

func (p *printer) channel(v reflect.Value) {
	p.named(v)
	if !v.IsNil() {
		fmt.Fprintf(p, " (%d of %d)", v.Len(), v.Cap())
	}
}

// once runs print unless what v refers to is being printed already.
func (p *printer) once(v reflect.Value, print func()) {
	at := place{v.Pointer(), v.Type()}
	if p.open[at] {
		p.WriteString("(cycle)")
		return
	}
	p.open[at] = true
	defer delete(p.open, at)
	print()
}

// pointer follows pointers: an address says nothing, and is another in each run.
func (p *printer) pointer(v reflect.Value, depth int) {
	if v.IsNil() {
		p.WriteString("nil")
		return
	}
	p.WriteByte('&')
	p.once(v, func() { p.value(v.Elem(), depth+1) })
}

func (p *printer) structure(v reflect.Value, depth int) {
	p.WriteByte('{')
	for i := range v.NumField() {
		if i > 0 {
			p.WriteByte(' ')
		}
		p.WriteString(v.Type().Field(i).Name + ":")
		p.value(v.Field(i), depth+1)
	}
	p.WriteByte('}')
}

func (p *printer) slice(v reflect.Value, depth int) {
	switch {
	case v.Type().Elem().Kind() == reflect.Uint8 && p.bytes(v.Bytes()):
	case v.Len() == 0:
		p.WriteString("[]")
	default:
		p.once(v, func() { p.list(v, depth) })
	}
}

// bytes writes text as a Go conversion, and leaves other bytes to be a list.
func (p *printer) bytes(b []byte) bool {
	if len(b) == 0 || !utf8.Valid(b) {
		return false
	}
	for _, r := range string(b) {
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return false
		}
	}
	p.WriteString("[]byte(")
	p.text(string(b))
	p.WriteByte(')')
	return true
}

func (p *printer) list(v reflect.Value, depth int) {
	p.WriteByte('[')
	n := min(v.Len(), maxItems)
	for i := range n {
		if i > 0 {
			p.WriteByte(' ')
		}
		p.value(v.Index(i), depth+1)
	}
	p.more(v.Len() - n)
	p.WriteByte(']')
}

func (p *printer) more(n int) {
	if n > 0 {
		fmt.Fprintf(p, " … and %d more", n)
	}
}

func (p *printer) mapping(v reflect.Value, depth int) {
	p.once(v, func() {
		p.WriteString("map[")
		keys := sorted(v)
		n := min(len(keys), maxItems)
		for i, k := range keys[:n] {
			if i > 0 {
				p.WriteByte(' ')
			}
			p.value(k, depth+1)
			p.WriteByte(':')
			p.value(v.MapIndex(k), depth+1)
		}
		p.more(len(keys) - n)
		p.WriteByte(']')
	})
}

// sorted returns the keys of a map in order: numbers and strings by value, others by their text.
func sorted(m reflect.Value) []reflect.Value {
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		switch {
		case a.CanInt():
			return cmp.Compare(a.Int(), b.Int())
		case a.CanUint():
			return cmp.Compare(a.Uint(), b.Uint())
		case a.CanFloat():
			return cmp.Compare(a.Float(), b.Float())
		case a.Kind() == reflect.String:
			return strings.Compare(a.String(), b.String())
		}
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	return keys
}
