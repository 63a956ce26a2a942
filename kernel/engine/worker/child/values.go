package child

import (
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/resident-go/resident/kernel/engine/worker"
)

// variables are the top-level variables of cells: where they lie, by name.
type variables struct{ pointers sync.Map }

func (v *variables) set(name string, pointer any) { v.pointers.Store(name, pointer) }

// values answers a request for values.
func (p *process) values(q worker.Request) {
	e := worker.Event{Op: "values", ID: q.ID, Values: map[string]string{}}
	for _, name := range q.Args {
		if pointer, ok := p.variables.pointers.Load(name); ok {
			e.Values[name] = short(pointer)
		}
	}
	p.out.send(e)
}

// environ answers a request for the environment, which cells may have changed.
func (p *process) environ(q worker.Request) {
	e := worker.Event{Op: "values", ID: q.ID, Values: map[string]string{}}
	for _, v := range os.Environ() {
		name, value, _ := strings.Cut(v, "=")
		e.Values[name] = value
	}
	p.out.send(e)
}

// Limits of short values.
const (
	maxShort = 80 // characters, roughly
	maxItems = 8
)

// short writes what a pointer points to in one line. Goroutines of the session may be changing it meanwhile: so no method of
// a value is called, no map is walked through (the runtime ends the process for that), and a fault is only a value that cannot be read.
func short(pointer any) (text string) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			text = "(it is being changed)"
		}
	}()
	w := &shortWriter{}
	w.value(reflect.ValueOf(pointer).Elem(), 0)
	if utf8.RuneCountInString(w.String()) > maxShort {
		return string([]rune(w.String())[:maxShort-1]) + "…"
	}
	return w.String()
}

type shortWriter struct{ strings.Builder }

func (w *shortWriter) value(v reflect.Value, depth int) {
	switch {
	case !v.IsValid():
		w.WriteString("nil")
		return
	case depth > 4 || w.Len() > maxShort:
		w.WriteString("…")
		return
	}
	switch v.Kind() {
	case reflect.String:
		w.text(v.String())
	case reflect.Interface:
		w.value(v.Elem(), depth+1)
	case reflect.Pointer:
		w.pointer(v, depth)
	case reflect.Struct:
		w.list("{", v.NumField(), "}", func(i int) {
			w.WriteString(v.Type().Field(i).Name + ": ")
			w.value(v.Field(i), depth+1)
		})
	case reflect.Slice, reflect.Array:
		w.elements(v, depth)
	case reflect.Map:
		w.nilOr(v, fmt.Sprintf("len %d", v.Len()))
	case reflect.Chan:
		w.nilOr(v, fmt.Sprintf("len %d, cap %d", v.Len(), v.Cap()))
	case reflect.Func, reflect.UnsafePointer:
		w.nilOr(v, "func")
	default:
		w.number(v)
	}
}

func (w *shortWriter) text(s string) {
	if len(s) > maxShort {
		fmt.Fprintf(w, "%s… (%d bytes)", strconv.Quote(strings.ToValidUTF8(s[:maxShort/2], "")), len(s))
		return
	}
	w.WriteString(strconv.Quote(s))
}

func (w *shortWriter) pointer(v reflect.Value, depth int) {
	switch {
	case v.IsNil():
		w.WriteString("nil")
	case v.Elem().Kind() == reflect.Struct:
		w.WriteString("&")
		w.value(v.Elem(), depth+1)
	default:
		fmt.Fprintf(w, "%#x", v.Pointer())
	}
}

func (w *shortWriter) list(before string, n int, after string, item func(i int)) {
	w.WriteString(before)
	for i := range n {
		if i > 0 {
			w.WriteString(", ")
		}
		if i == maxItems || w.Len() > maxShort {
			w.WriteString("…")
			break
		}
		item(i)
	}
	w.WriteString(after)
}

func (w *shortWriter) elements(v reflect.Value, depth int) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		w.WriteString("nil")
		return
	}
	if v.Len() > maxItems {
		fmt.Fprintf(w, "%d of ", v.Len())
	}
	w.list("[", v.Len(), "]", func(i int) { w.value(v.Index(i), depth+1) })
}

func (w *shortWriter) nilOr(v reflect.Value, what string) {
	if v.IsZero() {
		what = "nil"
	}
	w.WriteString(what)
}

func (w *shortWriter) number(v reflect.Value) {
	switch {
	case v.CanInt():
		w.WriteString(strconv.FormatInt(v.Int(), 10))
	case v.CanUint():
		w.WriteString(strconv.FormatUint(v.Uint(), 10))
	case v.CanFloat():
		w.WriteString(strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()))
	case v.CanComplex():
		w.WriteString(strconv.FormatComplex(v.Complex(), 'g', -1, v.Type().Bits()))
	default:
		w.WriteString(strconv.FormatBool(v.Bool()))
	}
}
