package kernel

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/resident-go/resident/kernel/wire"
)

// entry is one input: the code of a cell that was counted.
type entry struct {
	Session int    `json:"s"`
	Line    int    `json:"n"`
	Code    string `json:"c"`
}

// history remembers inputs, those of earlier sessions and of other kernels too. Results are kept for this session only.
type history struct {
	logf    func(string, ...any)
	session int
	file    *historyFile // nil when there is none to be had

	mu      sync.Mutex
	own     []entry // of this session; all there is without a file
	results map[int]string
}

// openHistory begins a session. A history that cannot be stored is worth a line in the log, and no more: the home of
// this person may be read-only.
func openHistory(path string, logf func(string, ...any)) *history {
	h := &history{logf: logf, session: 1, results: map[int]string{}}
	file := &historyFile{path: path}
	session, err := file.begin(time.Now())
	if err != nil {
		logf("inputs will be forgotten when the kernel ends: %v", err)
		return h
	}
	h.file, h.session = file, session
	return h
}

func (h *history) add(line int, code string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := entry{h.session, line, code}
	h.own = append(h.own, e)
	if h.file == nil {
		return
	}
	if err := h.file.add(e); err != nil {
		h.logf("store input: %v", err)
	}
}

// maxResult is the most bytes of a result that are kept: they stay in memory.
const maxResult = 16 << 10

func (h *history) result(line int, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if text != "" && len(text) <= maxResult {
		h.results[line] = text
	}
}

// entries returns all inputs, oldest first.
func (h *history) entries() []entry {
	if h.file != nil {
		stored, err := h.file.read()
		if err == nil {
			return stored
		}
		h.logf("read history: %v", err)
	}
	return h.own
}

// answer finds what a history_request asks for.
func (h *history) answer(r wire.HistoryRequest) wire.List[[]any] {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []entry
	switch r.Access {
	case "tail":
		found = lastOf(h.entries(), r.N)
	case "range":
		found = rangeOf(h.entries(), h.session, r)
	case "search":
		found = search(h.entries(), r)
	}
	list := wire.List[[]any]{}
	for _, e := range found {
		list = append(list, []any{e.Session, e.Line, h.shown(e, r.Output)})
	}
	return list
}

// shown is an entry's input, with its result when that is asked for; null where it is not known.
func (h *history) shown(e entry, withResult bool) any {
	if !withResult {
		return e.Code
	}
	var result any
	if text, ok := h.results[e.Line]; ok && e.Session == h.session {
		result = text
	}
	return []any{e.Code, result}
}

// lastOf returns the last n entries, all of them when n is not positive.
func lastOf(es []entry, n int) []entry {
	if n > 0 && n < len(es) {
		return es[len(es)-n:]
	}
	return es
}

// rangeOf returns the lines from start up to but not including stop of one session: 0 is the current one, -1 the one
// before it.
func rangeOf(es []entry, current int, r wire.HistoryRequest) []entry {
	session := r.Session
	if session <= 0 {
		session += current
	}
	var found []entry
	for _, e := range es {
		if e.Session == session && e.Line >= r.Start && (r.Stop == nil || *r.Stop <= 0 || e.Line < *r.Stop) {
			found = append(found, e)
		}
	}
	return found
}

// search returns the last n entries that match a glob pattern as a whole; of equal ones the latest, when unique.
func search(es []entry, r wire.HistoryRequest) []entry {
	pattern := r.Pattern
	if pattern == "" {
		pattern = "*"
	}
	match := glob(pattern)
	var found []entry
	seen := map[string]bool{}
	for _, e := range slices.Backward(es) {
		if r.N > 0 && len(found) == r.N {
			break
		}
		if match(e.Code) && !(r.Unique && seen[e.Code]) {
			seen[e.Code] = true
			found = append(found, e)
		}
	}
	slices.Reverse(found)
	return found
}

// glob returns the matcher of a pattern in which * stands for any text, line ends included, and ? for one character.
func glob(pattern string) func(string) bool {
	var re strings.Builder
	re.WriteString(`(?s)\A`)
	for _, c := range pattern {
		switch c {
		case '*':
			re.WriteString(`.*`)
		case '?':
			re.WriteString(`.`)
		default:
			re.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	re.WriteString(`\z`)
	return regexp.MustCompile(re.String()).MatchString
}
