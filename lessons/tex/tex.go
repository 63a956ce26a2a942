// Package tex turns TeX formulas into MathML, which browsers show without a script and without fonts of ours, and screen
// readers read.
//
// The work is done by Temml (https://temml.org, MIT licence), a library in JavaScript that lies beside this file and runs in an
// interpreter written in Go: ahead of time, so that a page holds the result only.
package tex

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dop251/goja"
)

//go:embed temml.min.js
var temml string

// patience is how long a formula may take. Temml bounds what macros expand to; this bounds the rest.
const patience = 10 * time.Second

// converter is Temml, loaded when the first formula comes.
var converter = sync.OnceValues(load)

type temmlVM struct {
	sync.Mutex
	vm     *goja.Runtime
	render goja.Callable
}

func load() (*temmlVM, error) {
	vm := goja.New()
	if _, err := vm.RunScript("temml.min.js", temml); err != nil {
		return nil, fmt.Errorf("load temml: %w", err)
	}
	f, err := vm.RunString(`(tex, display) => temml.renderToString(tex, {displayMode: display, throwOnError: true, strict: false, trust: false})`)
	if err != nil {
		return nil, fmt.Errorf("load temml: %w", err)
	}
	render, ok := goja.AssertFunction(f)
	if !ok {
		return nil, fmt.Errorf("load temml: %v is no function", f)
	}
	return &temmlVM{vm: vm, render: render}, nil
}

// Error says what is wrong with a formula.
type Error struct{ Formula, Reason string }

func (e *Error) Error() string { return fmt.Sprintf("formula %q: %s", e.Formula, e.Reason) }

// MathML is a formula as a math element: in a line of text, or displayed in a line of its own. The error is an [*Error] if the
// formula is wrong. It may be called from several goroutines; they take turns.
func MathML(formula string, display bool) (string, error) {
	t, err := converter()
	if err != nil {
		return "", err
	}
	t.Lock()
	defer t.Unlock()
	late := time.AfterFunc(patience, func() { t.vm.Interrupt("it takes too long") })
	defer func() {
		late.Stop()
		t.vm.ClearInterrupt()
	}()
	v, err := t.render(goja.Undefined(), t.vm.ToValue(formula), t.vm.ToValue(display))
	if err != nil {
		return "", &Error{formula, reason(err)}
	}
	return v.String(), nil
}

// reason is what Temml says in one line: its name for errors in front, and the marks under the place in question, say nothing
// to a reader.
func reason(err error) string {
	text := err.Error()
	if thrown := (*goja.Exception)(nil); errors.As(err, &thrown) {
		text = thrown.Value().String()
	}
	line, _, _ := strings.Cut(text, "\n")
	line = strings.ReplaceAll(strings.TrimPrefix(line, "ParseError:"), "\u0332", "")
	return strings.TrimRight(strings.TrimSpace(line), ": ")
}
