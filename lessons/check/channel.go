package check

import (
	"strconv"
	"strings"
)

// MIME is the type under which results leave the process that has a student's code.
const MIME = "application/vnd.resident.verdict+json"

// Channel is how what a grader has generated reports to the grader. Code of a submission has no use for it: it does not know the token, which the grader
// gives to the first one who asks when all of that code is loaded, and it does not know what the results should be.
type Channel struct {
	token string
	from  int
	show  func(map[string]any)
}

// Open opens a channel with what the grader answered: the token, and the number of the first case that it wants.
func Open(answer string, show func(map[string]any)) *Channel {
	token, from, _ := strings.Cut(answer, " ")
	n, err := strconv.Atoi(from)
	if err != nil {
		panic("check.Open is for graders")
	}
	return &Channel{token, n, show}
}

// Send reports what a case returned.
func (c *Channel) Send(n int, values []Value) {
	c.show(map[string]any{MIME: map[string]any{"token": c.token, "case": n, "values": values}})
}

// SendWant reports what a case should return, and what it is given. Only the author's own code runs where a grader asks for that.
func (c *Channel) SendWant(n int, w Want, given ...any) {
	literals := []string{}
	for _, v := range given {
		text, err := Literal(v)
		if err != nil {
			panic(err)
		}
		literals = append(literals, text)
	}
	c.show(map[string]any{MIME: map[string]any{"token": c.token, "case": n, "want": w, "given": literals}})
}

// Serve makes the calls of cases in order, from the first one that is wanted, and reports each before the next begins. A case that panics ends it: what ran so far
// is known, and the grader asks again for the rest.
func (c *Channel) Serve(calls ...func() []Value) {
	for n := c.from; n < len(calls); n++ {
		c.Send(n, calls[n]())
	}
}
