package grade

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/check"
	"github.com/resident-go/resident/nbformat"
)

// running is one submission, or the lesson itself, on its way through the cells.
type running struct {
	g       *Grader
	session *session
	done    []program       // what ran in this session, to be run again when its process dies
	labels  map[int][]place // of the student's cells, by the number under which they ran
}

// newRunning opens a session.
func (g *Grader) newRunning(ctx context.Context, start Start) (*running, error) {
	r := &running{g: g, session: &session{start: start, limits: g.Limits}, labels: map[int][]place{}}
	return r, r.session.open(ctx)
}

// program is one cell that is run for what it leaves behind.
type program struct {
	step  *step // whose place it has; nil for a further cell of the student's
	code  string
	label string // what the student calls it; "" when it is not theirs

	places []place // of several cells of the student's
}

// place is where a cell of a student's begins in what is run.
type place struct {
	label string
	line  int // from 1
}

// run runs a cell that is no test, and returns what went wrong in it.
func (r *running) run(ctx context.Context, p program) (*ran, error) {
	out, err := r.twice(ctx, func() (*ran, error) { return r.execute(ctx, p) })
	if err != nil {
		return nil, err
	}
	if out.died() {
		return out, r.again(ctx)
	}
	r.done = append(r.done, p)
	return out, nil
}

// twice runs something once more, in a new session, when the one that it ran in was broken: that can also be the machine's doing.
func (r *running) twice(ctx context.Context, run func() (*ran, error)) (*ran, error) {
	out, err := run()
	if err != nil || out.broken == nil {
		return out, err
	}
	if err := r.again(ctx); err != nil {
		return nil, err
	}
	return run()
}

// ask runs what reports to the grader, from the first case that is wanted on.
func (r *running) ask(ctx context.Context, code string, limit time.Duration, from int) (*ran, error) {
	return r.twice(ctx, func() (*ran, error) { return r.session.run(ctx, code, limit, newQuestion(r.g.prompt, from)) })
}

func (r *running) execute(ctx context.Context, p program) (*ran, error) {
	limit := r.session.limits.Time
	if p.step != nil {
		limit, ctx = p.step.timeout(r.g.Lesson), p.step.under(ctx)
	}
	if p.label != "" {
		p.places = []place{{p.label, 1}}
	}
	r.labels[r.session.count+1] = p.places
	return r.session.run(ctx, p.code, limit, nil)
}

// again brings a new session to where the one was that died. A cell that takes the new one with it is left out from then on.
func (r *running) again(ctx context.Context) error {
	if err := r.reopen(ctx); err != nil {
		return err
	}
	for i := 0; i < len(r.done); i++ {
		out, err := r.execute(ctx, r.done[i])
		if err != nil {
			return err
		}
		if out.died() {
			r.done = append(r.done[:i:i], r.done[i+1:]...)
			i = -1
			if err := r.reopen(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// reopen begins a new session. How the dead one ended does not matter any more.
func (r *running) reopen(ctx context.Context) error {
	r.session.close()
	return r.session.open(ctx)
}

// died tells whether the process that held the session is gone.
func (r *ran) died() bool {
	if r.failure == nil || r.limit != nil {
		return r.limit != nil || r.broken != nil
	}
	switch r.failure.EName {
	case "CompileError", "panic", "Exit", "Interrupted", "TestFailed", "DirectiveError", "LoadError", "MemoryLimit":
		return false
	}
	return true
}

// outside makes the calls of a test's cases and compares what comes back, here. A case has a verdict only if its result arrived. Each has the time of the test's cell, or that of
// the grader: what a lesson allows cells that train a model is not for one call.
func (r *running) outside(ctx context.Context, s *step) (*Result, error) {
	t := s.test
	res := newResult(t)
	only, code := all, t.source.calls(r.g.prompt, all)
	for from := 0; from < len(t.Cases); {
		if only != all {
			only, code = from, t.source.calls(r.g.prompt, from)
		}
		out, err := r.ask(s.under(ctx), code, s.cell.Attrs.Timeout, from)
		if err != nil {
			return nil, err
		}
		at := from
		for ; at < len(t.Cases); at++ {
			back, ok := out.results[at]
			if !ok || out.stolen {
				break
			}
			res.Cases[at].judge(back.values, t.Cases[at].want)
		}
		switch {
		case out.stolen:
			from = len(t.Cases) // what is left has no verdict
		case at == from && only == all && out.compileError():
			only = from // one case that does not compile leaves the others alone
		case at == len(t.Cases), only != all && at > from:
			from = at
		default:
			verdict, reason := r.reason(out)
			res.Cases[at].fail(verdict, reason, t.Cases[at].want)
			from = at + 1
		}
		if out.died() {
			if err := r.again(ctx); err != nil {
				return nil, err
			}
		}
	}
	res.sum()
	return res, nil
}

func (r *ran) compileError() bool { return r.failure != nil && r.failure.EName == "CompileError" }

// newResult is a result in which nothing has a verdict yet.
func newResult(t *Test) *Result {
	r := &Result{ID: t.ID, Exercise: t.Exercise, Title: t.Title, Tier: t.Tier, Max: t.Max, Verdict: Silent}
	for i, c := range t.Cases {
		cr := CaseResult{Name: c.Name, Max: c.Max, Hidden: c.Hidden, Verdict: Silent, Reason: "nothing was reported"}
		if t.Tier == Outside {
			cr.Call = t.source.cases[i].shown()
		}
		r.Cases = append(r.Cases, cr)
	}
	return r
}

func (c *CaseResult) judge(got []check.Value, want check.Want) {
	c.Verdict, c.Points, c.Reason = Passed, c.Max, ""
	if problem := check.Differ(got, want); problem != "" {
		c.fail(Wrong, problem, want)
	}
}

// fail says why a case has no points, and what its author has to say to that.
func (c *CaseResult) fail(v Verdict, reason string, want check.Want) {
	c.Verdict, c.Points, c.Reason, c.Hint = v, 0, reason, remark(v, want)
}

// remark is what an author has to say to a verdict. To code that was not called it is nothing.
func remark(v Verdict, want check.Want) string {
	switch v {
	case NoCompile, Refused, Silent:
		return ""
	}
	return want.Told(v == Wrong)
}

// shown is a case's call as people read it.
func (w *written) shown() string {
	text := w.filled(w.given)
	if inner, ok := strings.CutPrefix(text, "("); ok {
		if name, args, ok := strings.Cut(inner, ")"); ok && !strings.ContainsAny(name, " (\n") {
			text = name + args
		}
	}
	return w.before + text
}

// beside runs a test in the student's process. Without the report that its end was reached, it has not passed.
func (r *running) beside(ctx context.Context, s *step) (*Result, error) {
	t := s.test
	res := newResult(t)
	out, err := r.ask(s.under(ctx), t.code, s.timeout(r.g.Lesson), 0)
	if err != nil {
		return nil, err
	}
	res.Printed = printed(out.outputs)
	if t.onEnd {
		r.whole(res, s, out)
	} else {
		r.functions(res, out)
	}
	if out.died() {
		err = r.again(ctx)
	}
	return res, err
}

// whole judges a test that is one piece: it passes or not.
func (r *running) whole(res *Result, s *step, out *ran) {
	_, ended := out.results[0]
	switch problem := lessons.Judge(s.cell, out.outputs, out.failure); {
	case out.stolen:
		res.Reason = "nothing was reported"
	case out.stopped != nil || out.limit != nil || out.broken != nil || out.failure != nil && problem != "":
		res.Verdict, res.Reason = r.reason(out)
	case problem != "":
		res.Verdict, res.Reason = Wrong, problem
	case !ended && out.failure == nil:
		res.Reason = "the test was left before its end"
	default:
		res.Verdict, res.Points, res.Reason = Passed, res.Max, ""
	}
}

// functions judges functions of package testing, each by what was reported of it.
func (r *running) functions(res *Result, out *ran) {
	verdict, reason := r.reason(out)
	ended := -1
	if verdict == Panicked {
		ended = out.lastFailed(len(res.Cases))
	}
	for i := range res.Cases {
		c := &res.Cases[i]
		back, ok := out.results[i]
		switch {
		case out.stolen:
		case !ok && ended >= 0:
			c.fail(verdict, fmt.Sprintf("it was not run, since %s ended the tests: %s", res.Cases[ended].Name, reason), check.Want{})
		case i == ended:
			c.fail(verdict, reason, check.Want{})
		case !ok && (out.stopped != nil || out.limit != nil || out.broken != nil || out.failure != nil && out.failure.EName != "Exit"):
			c.fail(verdict, reason, check.Want{})
		case !ok:
			c.fail(Silent, "the test did not come to its end", check.Want{})
		case check.Differ(back.values, check.Wanted(true)) == "":
			c.judge(back.values, check.Wanted(true))
		default:
			c.fail(Wrong, "the test failed", check.Want{})
		}
	}
	res.sum()
}

// lastFailed is the last function of a test that was reported, when it was reported to have failed: one that panics ends all, and is reported as the others are. It is -1 where a panic came from elsewhere.
func (r *ran) lastFailed(n int) int {
	for i := n - 1; i >= 0; i-- {
		if back, ok := r.results[i]; ok {
			if check.Differ(back.values, check.Wanted(true)) != "" {
				return i
			}
			return -1
		}
	}
	return -1
}

const tooMuch = "it printed more than anybody reads"

var exit = regexp.MustCompile(`os\.Exit\(-?\d+\)`)

var inCell = regexp.MustCompile(`Cell In\[(\d+)\], line (\d+)(?::\d+)?`)

// reason says in words why something that should have ended well did not.
func (r *running) reason(out *ran) (Verdict, string) {
	switch {
	case errors.Is(out.stopped, errTime):
		return TimedOut, "it did not end in time"
	case errors.Is(out.stopped, errAll):
		return TimedOut, "all that was handed in took too long together, and this was not run any more"
	case errors.Is(out.stopped, errFlood):
		return Flooded, tooMuch
	case out.limit != nil && strings.HasPrefix(out.limit.Limit(), "output"):
		return Flooded, tooMuch
	case out.limit != nil:
		return Killed, "the process ended: " + firstLine(out.limit.Error())
	case out.broken != nil:
		return Killed, "what runs the code did not work any more: " + firstLine(out.broken.Tampered())
	case out.failure == nil:
		return Silent, "nothing was reported"
	}
	text := strings.TrimPrefix(inCell.ReplaceAllString(out.failure.EValue, ""), ": ")
	switch where := r.where(out.failure); out.failure.EName {
	case "CompileError":
		return NoCompile, "it does not compile: " + text + where
	case "panic":
		return Panicked, "it panicked: " + text + where
	case "Exit":
		return Exited, "it ended the program: " + cmp.Or(exit.FindString(text), text)
	case "MemoryLimit":
		return Killed, "it took too much memory: " + text
	case "Interrupted":
		return TimedOut, "it did not end in time"
	}
	return Killed, "the process ended: " + text
}

// where names the line of the student's own cells that an error comes from.
func (r *running) where(e *nbformat.CellError) string {
	for _, m := range inCell.FindAllStringSubmatch(e.EValue+"\n"+strings.Join(e.Traceback, "\n"), -1) {
		n, _ := strconv.Atoi(m[1])
		line, _ := strconv.Atoi(m[2])
		for _, p := range slices.Backward(r.labels[n]) {
			if p.line <= line {
				return fmt.Sprintf(" (line %d of %s)", line-p.line+1, p.label)
			}
		}
	}
	return ""
}

const maxPrinted = 4000 // bytes of what a test printed that a report keeps

func printed(outputs []nbformat.Output) string {
	var b strings.Builder
	for _, o := range outputs {
		if o.Type == nbformat.Stream {
			b.WriteString(o.Text)
		}
	}
	s := strings.ToValidUTF8(b.String(), "\uFFFD")
	if len(s) > maxPrinted {
		s = strings.ToValidUTF8(s[:maxPrinted], "") + "…"
	}
	return s
}
