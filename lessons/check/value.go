package check

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Kind says what a [Value] is, in the words that reports use.
type Kind string

const (
	Nil     Kind = "nil"
	Bool    Kind = "bool"
	Integer Kind = "integer"
	Float   Kind = "float"
	Complex Kind = "complex number"
	Text    Kind = "string"
	List    Kind = "list"
	Map     Kind = "map"
	Struct  Kind = "struct"
	Error   Kind = "error"
	Panic   Kind = "panic"   // what a call ended with instead of results
	Pattern Kind = "pattern" // of what is wanted: a regular expression for a text or an error
	Opaque  Kind = "opaque"  // functions and channels, and what lies too deep: equal to nothing
)

// Value is a Go value as data. It is what leaves the process that has a student's code, so it holds no code and no types, and reading one runs nothing.
type Value struct {
	Kind  Kind    `json:"kind"`
	Type  string  `json:"type,omitempty"`  // as Go writes it, for people
	Text  string  `json:"text,omitempty"`  // bool, numbers, strings, errors
	Names []Value `json:"names,omitempty"` // the keys of a map, the fields of a struct
	Items []Value `json:"items,omitempty"` // one for each name, or the elements of a list
}

// What a value may have at most. A student's function can return anything.
const (
	maxDepth = 24
	maxNodes = 200_000
	maxText  = 1 << 20
)

// Encode makes data of a value. No method of it is called but Error, and Shape and Float64s of tensors.
func Encode(v any) Value { return encode(reflect.ValueOf(v)) }

// Values encodes the results of a call.
func Values(results ...any) []Value {
	list := make([]Value, len(results))
	for i, r := range results {
		list[i] = Encode(r)
	}
	return list
}

func encode(v reflect.Value) Value {
	e := &encoder{left: maxNodes}
	return e.value(v, 0)
}

type encoder struct{ left int }

func (e *encoder) value(v reflect.Value, depth int) Value {
	e.left--
	if !v.IsValid() {
		return Value{Kind: Nil}
	}
	if depth > maxDepth || e.left < 0 {
		return Value{Kind: Opaque, Type: "more than can be compared"}
	}
	t := v.Type().String()
	if v.CanInterface() && v.Kind() != reflect.Interface && !isNil(v) {
		if known, ok := e.known(v.Interface(), t, depth); ok {
			return known
		}
	}
	switch v.Kind() {
	case reflect.Bool:
		return Value{Kind: Bool, Type: t, Text: strconv.FormatBool(v.Bool())}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return Value{Kind: Integer, Type: t, Text: strconv.FormatInt(v.Int(), 10)}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return Value{Kind: Integer, Type: t, Text: strconv.FormatUint(v.Uint(), 10)}
	case reflect.Float32, reflect.Float64:
		return Value{Kind: Float, Type: t, Text: strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits())}
	case reflect.Complex64, reflect.Complex128:
		return Value{Kind: Complex, Type: t, Text: strconv.FormatComplex(v.Complex(), 'g', -1, v.Type().Bits())}
	case reflect.String:
		return e.text(Text, t, v.String())
	case reflect.Slice, reflect.Array:
		return e.list(v, t, depth)
	case reflect.Map:
		return e.table(v, t, depth)
	case reflect.Struct:
		return e.fields(v, t, depth)
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return Value{Kind: Nil, Type: t}
		}
		return e.value(v.Elem(), depth+1)
	}
	if isNil(v) {
		return Value{Kind: Nil, Type: t}
	}
	return Value{Kind: Opaque, Type: t}
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return v.IsNil()
	}
	return false
}

// known encodes what is more than its fields: an error is its text, a tensor its shape and its elements.
func (e *encoder) known(v any, t string, depth int) (Value, bool) {
	switch v := v.(type) {
	case error:
		return e.text(Error, t, v.Error()), true
	case interface {
		Shape() []int
		Float64s() []float64
	}:
		return Value{Kind: Struct, Type: t, Names: []Value{{Kind: Text, Text: "shape"}, {Kind: Text, Text: "elements"}}, Items: []Value{
			e.value(reflect.ValueOf(v.Shape()), depth+1), e.value(reflect.ValueOf(v.Float64s()), depth+1),
		}}, true
	}
	return Value{}, false
}

func (e *encoder) text(k Kind, t, s string) Value {
	if len(s) > maxText {
		return Value{Kind: Opaque, Type: fmt.Sprintf("%s of %d bytes", t, len(s))}
	}
	// JSON has no place for bytes that are no UTF-8.
	return Value{Kind: k, Type: t, Text: strings.ToValidUTF8(s, "\uFFFD")}
}

func (e *encoder) list(v reflect.Value, t string, depth int) Value {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return Value{Kind: List, Type: t}
	}
	if v.Len() > e.left {
		return Value{Kind: Opaque, Type: fmt.Sprintf("%s of %d elements", t, v.Len())}
	}
	l := Value{Kind: List, Type: t, Items: make([]Value, v.Len())}
	for i := range l.Items {
		l.Items[i] = e.value(v.Index(i), depth+1)
		l.Items[i].Type = elementType(v.Type(), l.Items[i].Type)
	}
	return l
}

// elementType leaves out what the list's type says.
func elementType(list reflect.Type, element string) string {
	if list.Elem().Kind() != reflect.Interface && list.Elem().String() == element {
		return ""
	}
	return element
}

// table encodes a map with its keys in order.
func (e *encoder) table(v reflect.Value, t string, depth int) Value {
	if v.Len() > e.left {
		return Value{Kind: Opaque, Type: fmt.Sprintf("%s of %d elements", t, v.Len())}
	}
	type entry struct{ key, item Value }
	var entries []entry
	for i := v.MapRange(); i.Next(); {
		entries = append(entries, entry{e.value(i.Key(), depth+1), e.value(i.Value(), depth+1)})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(compareKeys(a.key, b.key), compareKeys(a.item, b.item)) // keys that are not numbers can be there twice
	})
	m := Value{Kind: Map, Type: t}
	for _, n := range entries {
		m.Names, m.Items = append(m.Names, n.key), append(m.Items, n.item)
	}
	return m
}

func (e *encoder) fields(v reflect.Value, t string, depth int) Value {
	s := Value{Kind: Struct, Type: t}
	for i := range v.NumField() {
		s.Names = append(s.Names, Value{Kind: Text, Text: v.Type().Field(i).Name})
		s.Items = append(s.Items, e.value(v.Field(i), depth+1))
	}
	return s
}

// String writes the value as Go would, about so: short ones in full, long ones cut.
func (v Value) String() string {
	var b strings.Builder
	v.write(&b, 0)
	return b.String()
}

const maxShown = 400 // bytes

func (v Value) write(b *strings.Builder, depth int) {
	switch v.Kind {
	case Nil:
		b.WriteString("nil")
	case Text:
		b.WriteString(strconv.Quote(short(v.Text)))
	case Error:
		b.WriteString("error " + strconv.Quote(short(v.Text)))
	case Pattern:
		b.WriteString("a text like " + strconv.Quote(short(v.Text)))
	case Panic:
		b.WriteString("panic " + strconv.Quote(short(v.Text)))
	case Opaque:
		b.WriteString("(" + short(v.Type) + ")")
	case List, Map, Struct:
		open, end := "[", "]"
		if v.Kind != List {
			open, end = "{", "}"
		}
		b.WriteString(open)
		for i, item := range v.Items {
			if i > 0 {
				b.WriteString(", ")
			}
			if b.Len() > maxShown || depth > maxDepth {
				fmt.Fprintf(b, "… %d more", len(v.Items)-i)
				break
			}
			if i < len(v.Names) {
				v.writeName(b, i)
			}
			item.write(b, depth+1)
		}
		b.WriteString(end)
	default:
		b.WriteString(short(v.Text))
	}
}

func (v Value) writeName(b *strings.Builder, i int) {
	if v.Kind == Struct {
		b.WriteString(short(v.Names[i].Text))
	} else {
		v.Names[i].write(b, maxDepth)
	}
	b.WriteString(": ")
}

func short(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "…"
}
