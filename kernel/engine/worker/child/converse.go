package child

import (
	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/kernel/engine/worker"
)

// line is what package comm reaches the front end through.
type line struct{ p *process }

// Send sends in order with the output. Nobody listens to a condemned run: it stops here.
func (l line) Send(m comm.Message) {
	l.p.out.send(worker.Event{Op: "comm", ID: screen(l).from(), Comm: &m})
}

func (l line) Request() string {
	if t := l.p.owner(); t != nil {
		return t.parent
	}
	return ""
}
