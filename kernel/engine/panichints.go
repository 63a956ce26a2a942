package engine

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/kernel/engine/worker"
)

// panicHints say what to do about a panic of the runtime, by a pattern of its message.
var panicHints = sync.OnceValue(func() []panicPattern {
	return []panicPattern{
		{regexp.MustCompile(`invalid memory address or nil pointer dereference`), says("a pointer, or an interface, was used before it was given a value: it is nil")},
		{regexp.MustCompile(`index out of range \[-`), says("indices begin at 0")},
		{regexp.MustCompile(`index out of range \[\d+\] with length 0`), says("it is empty: it has no element")},
		{regexp.MustCompile(`index out of range \[\d+\] with length 1$`), says("its only index is 0")},
		{regexp.MustCompile(`index out of range \[\d+\] with length (\d+)`), func(m []string) string { return fmt.Sprintf("indices go from 0 to %d", atoi(m[1])-1) }},
		{regexp.MustCompile(`slice bounds out of range \[.*\] with (?:capacity|length) (\d+)`), func(m []string) string { return "bounds go from 0 to " + m[1] }},
		{regexp.MustCompile(`slice bounds out of range \[(\d+):(\d+)\]`), says("the first bound must not be greater than the second")},
		{regexp.MustCompile(`assignment to entry in nil map`), says("a map has to be made before: m = map[K]V{}, or make(map[K]V)")},
		{regexp.MustCompile(`integer divide by zero`), says("look at the divisor before: only floating-point numbers can be divided by 0")},
		{regexp.MustCompile(`interface conversion: .* is (\S+), not (\S+)$`), func(m []string) string {
			return "v, ok := x.(" + strings.ReplaceAll(m[2], "main.", "") + ") asks without a panic"
		}},
		{regexp.MustCompile(`interface conversion: .*\(types from different scopes\)$`), says("the type was declared again since the value was made, which is still of the old one: make it again")},
		{regexp.MustCompile(`(?:send on|close of) closed channel`), says("a channel is closed once, by who sends, after the last value")},
		{regexp.MustCompile(`close of nil channel`), says("a channel has to be made before: make(chan T)")},
		{regexp.MustCompile(`^pattern "[^"]*" \(registered at .*conflicts with pattern`), says("a mux keeps its patterns for as long as the session lives: make one in the cell, mux := http.NewServeMux(), and hand it to the server")},
		{regexp.MustCompile(`negative WaitGroup counter`), says("Done was called more often than Add has announced; wg.Go does both")},
	}
})

type panicPattern struct {
	pattern *regexp.Regexp
	hint    func(m []string) string
}

func says(text string) func([]string) string { return func([]string) string { return text } }

// panicHint returns the hint for a panic, or "".
func panicHint(value string) string {
	for _, h := range panicHints() {
		if m := h.pattern.FindStringSubmatch(value); m != nil {
			return h.hint(m)
		}
	}
	return ""
}

// nilHint names the variable of the session whose value is missing, for panics that come of one: it is followed, or entered into,
// on a line of the user's that the panic has gone through.
func (e *Engine) nilHint(ev worker.Event) string {
	use, isMap := `\.`, false
	switch {
	case !strings.Contains(ev.Type, "runtime."):
		return ""
	case strings.HasSuffix(ev.Value, "nil pointer dereference"):
	case strings.HasSuffix(ev.Value, "entry in nil map"):
		use, isMap = `\[`, true
	default:
		return ""
	}
	variables := map[string]cell.Declared{}
	for _, v := range e.current().Variables() {
		variables[v.Name] = v
	}
	for _, f := range ev.Frames {
		src, ok := e.sources.find(f.File)
		if !ok || f.Line > len(src.lines) || !strings.HasPrefix(strings.TrimPrefix(f.Func, "main."), "Run_") {
			continue // its names may be of the function's own
		}
		for _, m := range regexp.MustCompile(`([\pL_][\pL\pN_]*)`+use).FindAllStringSubmatch(src.lines[f.Line-1], -1) {
			v, ok := variables[m[1]]
			if !ok || e.shortValues([]string{v.Name})[v.Name] != "nil" {
				continue
			}
			if isMap {
				return fmt.Sprintf("%s is nil, a map has to be made before: %[1]s = %s{}", v.Name, v.Type)
			}
			return fmt.Sprintf("%s is nil: it has to be given a value before", v.Name)
		}
	}
	return ""
}
