package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/resident-go/resident/kernel/wire"
)

func testHistory(t *testing.T, path string) *history {
	t.Helper()
	h := openHistory(path, func(format string, args ...any) { t.Errorf(format, args...) })
	return h
}

func TestHistoryQueries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "history.jsonl")
	first := testHistory(t, path)
	for i, code := range []string{"x := 1", "y := 2", "x := 1"} {
		first.add(i+1, code)
	}
	h := testHistory(t, path)
	h.add(1, "fmt.Println(x)\nx := 1")
	h.add(2, "[a]+")
	h.result(2, "7")

	stop := func(n int) *int { return &n }
	rows := []struct {
		name string
		req  wire.HistoryRequest
		want string
	}{
		{"tail", wire.HistoryRequest{Access: "tail", N: 2}, `[[2 1 "fmt.Println(x)\nx := 1"] [2 2 "[a]+"]]`},
		{"tail over sessions", wire.HistoryRequest{Access: "tail", N: 3}, `[[1 3 "x := 1"] [2 1 "fmt.Println(x)\nx := 1"] [2 2 "[a]+"]]`},
		{"tail of more than there is", wire.HistoryRequest{Access: "tail", N: 99, Session: 7}, `[[1 1 "x := 1"] [1 2 "y := 2"] [1 3 "x := 1"] [2 1 "fmt.Println(x)\nx := 1"] [2 2 "[a]+"]]`},
		{"tail with results", wire.HistoryRequest{Access: "tail", N: 2, Output: true}, `[[2 1 ["fmt.Println(x)\nx := 1" <nil>]] [2 2 ["[a]+" "7"]]]`},
		{"range of this session", wire.HistoryRequest{Access: "range", Start: 2}, `[[2 2 "[a]+"]]`},
		{"range of the session before", wire.HistoryRequest{Access: "range", Session: -1, Start: 1, Stop: stop(3)}, `[[1 1 "x := 1"] [1 2 "y := 2"]]`},
		{"range by number", wire.HistoryRequest{Access: "range", Session: 1, Start: 3, Stop: stop(4)}, `[[1 3 "x := 1"]]`},
		{"range of no session", wire.HistoryRequest{Access: "range", Session: 9}, `[]`},
		{"search", wire.HistoryRequest{Access: "search", Pattern: "x*"}, `[[1 1 "x := 1"] [1 3 "x := 1"]]`},
		{"search over lines", wire.HistoryRequest{Access: "search", Pattern: "*x := ?"}, `[[1 1 "x := 1"] [1 3 "x := 1"] [2 1 "fmt.Println(x)\nx := 1"]]`},
		{"search the last", wire.HistoryRequest{Access: "search", Pattern: "*x := ?", N: 2}, `[[1 3 "x := 1"] [2 1 "fmt.Println(x)\nx := 1"]]`},
		{"search unique keeps the latest", wire.HistoryRequest{Access: "search", Pattern: "x*", Unique: true}, `[[1 3 "x := 1"]]`},
		{"search is not a regular expression", wire.HistoryRequest{Access: "search", Pattern: "[a]+"}, `[[2 2 "[a]+"]]`},
		{"search matches the whole", wire.HistoryRequest{Access: "search", Pattern: "x"}, `[]`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if got := fmt.Sprintf("%+v", quoteStrings(h.answer(r.req))); got != r.want {
				t.Errorf("got  %s\nwant %s", got, r.want)
			}
		})
	}
}

// TestHistoryBegins: however much has been remembered, a session begins after a look at the end of it.
func TestHistoryBegins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	var lines strings.Builder
	for s := range 20_000 {
		fmt.Fprintf(&lines, `{"s":%d,"n":0,"c":"","t":"2026-01-01T00:00:00Z"}`+"\n"+`{"s":%d,"n":1,"c":"x := 1"}`+"\n", s+1, s+1)
	}
	lines.WriteString(`{"s":7,"n":2,"c":"a session that goes on"}` + "\n" + `{"s":20000,"n":2,"c":"broken`)
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	want := 20_000
	if allocs := testing.AllocsPerRun(3, func() {
		want++
		if h := testHistory(t, path); h.session != want {
			t.Errorf("session %d, expected %d", h.session, want)
		}
	}); allocs > 200 {
		t.Errorf("%v allocations to begin a session after 20,000 others, expected at most 200", allocs)
	}
}

func quoteStrings(l [][]any) [][]any {
	var quoted [][]any
	for _, row := range l {
		var q []any
		for _, v := range row {
			switch v := v.(type) {
			case string:
				q = append(q, fmt.Sprintf("%q", v))
			case []any:
				q = append(q, quoteStrings([][]any{v})[0])
			default:
				q = append(q, v)
			}
		}
		quoted = append(quoted, q)
	}
	return quoted
}

// TestHistoryOfManyKernels: kernels that write at the same time have sessions of their own and lose nothing.
func TestHistoryOfManyKernels(t *testing.T) {
	const kernels, cells = 8, 50
	path := filepath.Join(t.TempDir(), "history.jsonl")
	var wg sync.WaitGroup
	for range kernels {
		wg.Go(func() {
			h := testHistory(t, path)
			for i := range cells {
				h.add(i+1, strings.Repeat("x", i*100))
			}
		})
	}
	wg.Wait()
	next := map[int]int{}
	for _, e := range testHistory(t, path).entries() {
		next[e.Session]++
		if e.Line != next[e.Session] || len(e.Code) != (e.Line-1)*100 {
			t.Fatalf("session %d: line %d with %d bytes, want line %d", e.Session, e.Line, len(e.Code), next[e.Session])
		}
	}
	for s := 1; s <= kernels; s++ {
		if next[s] != cells {
			t.Errorf("session %d has %d lines, want %d", s, next[s], cells)
		}
	}
}

// TestHistoryAfterACrash: a line that was half-written, and one that is not JSON, cost nobody else anything.
func TestHistoryAfterACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	if err := os.WriteFile(path, []byte("{\"s\":4,\"n\":1,\"c\":\"kept\"}\nnonsense\n{\"s\":5,\"n\":1,\"c\":\"ha"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := testHistory(t, path)
	h.add(1, "new")
	got := fmt.Sprint(h.entries())
	if want := "[{4 1 kept} {5 1 new}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHistoryIsCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	var b strings.Builder
	code := strings.Repeat("x", 2*historyBytes/historyKeep)
	for i := range historyKeep + 5 {
		fmt.Fprintf(&b, "{\"s\":1,\"n\":%d,\"c\":%q}\n", i+1, code)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	h := testHistory(t, path)
	es := h.entries()
	if len(es) != historyKeep || es[0].Line != 6 || h.session != 2 {
		t.Errorf("%d entries from line %d, session %d; want %d from line 6, session 2", len(es), es[0].Line, h.session, historyKeep)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "history-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("files left over: %q, %v", left, err)
	}
}

// TestHistoryWithoutAHome: inputs of this session are remembered all the same, and the log says why no others are.
func TestHistoryWithoutAHome(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var logged []string
	h := openHistory(filepath.Join(file, "history.jsonl"), func(f string, args ...any) { logged = append(logged, fmt.Sprintf(f, args...)) })
	h.add(1, "x")
	if got := fmt.Sprint(h.answer(wire.HistoryRequest{Access: "tail"})); got != "[[1 1 x]]" {
		t.Errorf("got %s", got)
	}
	if len(logged) != 1 || !strings.Contains(logged[0], "will be forgotten") {
		t.Errorf("logged %q", logged)
	}
}
