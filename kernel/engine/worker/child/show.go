package child

import (
	"strings"

	"github.com/resident-go/resident/kernel/display"
	"github.com/resident-go/resident/kernel/engine/worker"
)

// screen is what package display reaches the front end through.
type screen struct{ p *process }

// from returns the number of the run that shows something. Nobody looks at what a condemned run shows: it stops here.
func (s screen) from() int64 {
	poll()
	if t := s.p.owner(); t != nil {
		return t.run.ID
	}
	return 0
}

func (s screen) Show(d display.Output) {
	s.p.out.send(worker.Event{Op: "display", ID: s.from(), Data: d.Data, Metadata: d.Metadata, DisplayID: d.ID, Update: d.Update})
}

func (s screen) Clear(wait bool) { s.p.out.send(worker.Event{Op: "clear", ID: s.from(), Wait: wait}) }

func (s screen) NextCell(code string) {
	s.p.out.send(worker.Event{Op: "next", ID: s.from(), Text: code})
}

func (s screen) Input(prompt string, password bool) (string, error) {
	poll()
	return s.p.asks.ask(s.p.owner(), prompt, password)
}

// shown presents the values of a cell's last expression. What is more than text gets a display of its own; the rest
// makes one result.
func (t *task) shown(values []any) {
	poll()
	var texts []string
	for _, v := range values {
		data, meta := display.Bundle(v)
		text, plain := data["text/plain"].(string)
		switch {
		case len(values) == 1:
			this.out.send(worker.Event{Op: "result", ID: t.run.ID, Data: data, Metadata: meta})
			return
		case plain && len(data) == 1:
			texts = append(texts, text)
		default:
			this.out.send(worker.Event{Op: "display", ID: t.run.ID, Data: data, Metadata: meta})
		}
	}
	if len(texts) > 0 {
		this.out.send(worker.Event{Op: "result", ID: t.run.ID, Data: map[string]any{"text/plain": joined(texts)}})
	}
}

// joined puts short values beside each other, as fmt.Println does, and values of several lines below each other.
func joined(texts []string) string {
	for _, s := range texts {
		if strings.Contains(s, "\n") {
			return strings.Join(texts, "\n")
		}
	}
	return strings.Join(texts, " ")
}
