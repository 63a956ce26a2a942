package kernel

import (
	"fmt"
	"strings"
	"testing"

	"github.com/resident-go/resident/kernel/wire"
)

// TestQueue feeds events and compares effects. Jobs are named: a cell by a capital letter (A stops on error, A! does
// not, A~ is silent, A- is not stored), any other request by a small letter. "ok" and "fail" end the running job and
// answer it; "ended", "failed" and "answered" are these two steps one by one.
func TestQueue(t *testing.T) {
	rows := []struct{ name, events, want string }{
		{"one cell", "A ok", "start A 1;"},
		{"cells count", "A ok B ok C", "start A 1;; start B 2;; start C 3"},
		{"a failed cell counts", "A fail B", "start A 1;; start B 2"},
		{"one at a time", "A B C ok ok ok", "start A 1; prepare B;; start B 2, prepare C; start C 3;"},
		{"silent does not count", "A ok B~ ok C", "start A 1;; start B~ 1;; start C 2"},
		{"not stored does not count", "B- ok A ok", "start B- 0;; start A 1;"},
		{"other requests keep their place", "A i B j ok ok ok ok", "start A 1;; prepare B;; start i 1; start B 2; start j 2;"},
		{"a failure takes the cells behind it", "A B i C fail ok", "start A 1; prepare B;;; abort B, abort C, start i 1;"},
		{"unless it was told not to", "A! B fail ok", "start A! 1; prepare B; start B 2;"},
		{"what comes after a failure runs", "A B fail C ok", "start A 1; prepare B; abort B; start C 2;"},
		{"a silent failure takes them too", "A~ B fail", "start A~ 0; prepare B; abort B"},
		{"a failed request takes nothing", "i A fail", "start i 0; prepare A; start A 1"},
		{"aborted cells do not count", "A B fail C", "start A 1; prepare B; abort B; start C 2"},
		{"what comes after the failure was seen runs", "A B failed C i answered ok", "start A 1; prepare B;;;; abort B, start C 2; start i 2"},
		{"a cell that comes between end and answer is not prepared", "A ended B answered", "start A 1;;; start B 2"},
		{"stop between end and answer", "A B failed stop answered", "start A 1; prepare B;; abort B, cancel;"},
		{"interrupt cancels the cell", "A B interrupt fail C", "start A 1; prepare B; cancel; abort B; start C 2"},
		{"interrupt with nothing running", "interrupt A ok interrupt B", "; start A 1;;; start B 2"},
		{"interrupt does not cancel other requests", "i interrupt ok", "start i 0;;"},
		{"interrupt twice", "A interrupt interrupt", "start A 1; cancel; cancel"},
		{"stop aborts and cancels", "A B i C stop fail D", "start A 1; prepare B;;; abort B, abort C, cancel;;"},
		{"stop when idle", "stop A", ";"},
		{"stop twice", "A stop stop", "start A 1; cancel;"},
		{"prepare is said once", "A B C i ok", "start A 1; prepare B;;; start B 2, prepare C"},
		{"prepare looks past other requests", "i j A", "start i 0;; prepare A"},
		{"prepare again after an abort", "A B fail C D", "start A 1; prepare B; abort B; start C 2; prepare D"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			q := newQueue(new(int))
			var got []string
			for event := range strings.FieldsSeq(r.events) {
				got = append(got, describe(event2effects(q, event)))
			}
			if s := squeeze(strings.Join(got, ";")); s != squeeze(r.want) {
				t.Errorf("events %s\ngot  %s\nwant %s", r.events, s, squeeze(r.want))
			}
		})
	}
}

// squeeze makes spaces around ; not matter.
func squeeze(s string) string {
	parts := strings.Split(s, ";")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, ";")
}

func event2effects(q *queue, event string) []effect {
	switch event {
	case "ok", "fail":
		if q.running.execute != nil {
			q.ended(event == "fail")
		}
		return q.finish()
	case "ended", "failed":
		q.ended(event == "failed")
		return nil
	case "answered":
		return q.finish()
	case "interrupt":
		return q.interrupt()
	case "stop":
		return q.stop()
	}
	return q.arrive(jobOf(event))
}

// jobOf makes a job from its name, as in TestQueue; "*" marks a comm message.
func jobOf(event string) job {
	j := job{req: &wire.Message{Header: wire.Header{ID: event}}, comm: strings.HasSuffix(event, "*")}
	if event[0] >= 'A' && event[0] <= 'Z' {
		j.execute = &wire.ExecuteRequest{
			Silent:       strings.HasSuffix(event, "~"),
			StoreHistory: !strings.HasSuffix(event, "-"),
			StopOnError:  !strings.HasSuffix(event, "!"),
		}
	}
	return j
}

func describe(effects []effect) string {
	var s []string
	for _, e := range effects {
		shell := ""
		if e.shell != "" {
			shell = e.shell + ":"
		}
		switch {
		case e.start != nil:
			s = append(s, fmt.Sprintf("%sstart %s %d", shell, e.start.req.Header.ID, e.count))
		case e.abort != nil:
			s = append(s, shell+"abort "+e.abort.req.Header.ID)
		case e.prepare != nil:
			s = append(s, shell+"prepare "+e.prepare.req.Header.ID)
		case e.cancel:
			s = append(s, shell+"cancel")
		}
	}
	return strings.Join(s, ", ")
}
