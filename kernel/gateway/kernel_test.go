package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	jupyter "github.com/resident-go/resident/kernel" // a kernel is a type here
	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/nbformat"
)

const patience = 2 * time.Minute

// TestMain makes this test's executable a kernel, too: the real protocol in a process of its own, with an engine that understands a few words.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "kernel" {
		os.Exit(serveKernel(os.Args[2]))
	}
	os.Exit(m.Run())
}

func serveKernel(file string) int {
	switch os.Getenv("TEST_KERNEL") {
	case "broken":
		return 3
	case "silent":
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		<-ctx.Done()
		return 0
	}
	err := jupyter.Serve(context.Background(), jupyter.Config{
		ConnectionFile: file, HistoryFile: filepath.Join(filepath.Dir(file), "history"), Log: io.Discard,
		Start: func(context.Context, func(string)) (jupyter.Engine, error) { return words{}, nil },
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// What a flood is made of: more than waits in queues and buffers on the way to a client.
const floods, floodPiece = 2000, 50_000

// words is an engine whose cells are words: "say x" prints, "wait" waits for an interrupt, "exit" ends the process, "where" prints the folder,
// "flood" prints a hundred megabytes.
type words struct{}

func (words) Run(ctx context.Context, _ int, code string, sink nbformat.Sink) error {
	word, rest, _ := strings.Cut(code, " ")
	switch word {
	case "say":
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: rest})
	case "wait":
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: "waiting"})
		<-ctx.Done()
		return &nbformat.CellError{EName: "Interrupted", EValue: "by hand", Traceback: []string{"Interrupted"}}
	case "flood":
		for range floods {
			sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: strings.Repeat("x", floodPiece)})
		}
	case "exit":
		os.Exit(1)
	case "where":
		dir, err := os.Getwd()
		if err != nil {
			return err
		}
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: dir})
	}
	return nil
}

func (words) Prepare(string)                                             {}
func (words) Comm(context.Context, comm.Message, nbformat.Sink) error    { return nil }
func (words) Comms() map[string]string                                   { return nil }
func (words) Background(nbformat.Sink)                                   {}
func (words) Complete(string, int) (names []cell.Name, start, end int)   { return nil, 0, 0 }
func (words) Inspect(string, int, int) (data map[string]any, found bool) { return nil, false }
func (words) Close() error                                               { return nil }

// clock is a time that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

const testToken = "s3cret word"

// served is a gateway on a port of its own, with a clock that stands.
type served struct {
	*Gateway
	t     *testing.T
	http  *httptest.Server
	clock *clock
	logs  *lockedLog
}

type lockedLog struct {
	mu    sync.Mutex
	lines []string
}

func (l *lockedLog) logf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

func serve(t *testing.T, change func(*Config)) *served {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	logs := &lockedLog{}
	cfg := Config{
		Command:  func(file string) *exec.Cmd { return exec.Command(program, "kernel", file) },
		Root:     t.TempDir(),
		SpecName: "words", Spec: []byte(`{"display_name":"Words","language":"words","argv":[]}`),
		Files: os.DirFS(filepath.Join("..", "spec")), Access: Access{Token: testToken}, Version: "test", Logf: logs.logf,
	}
	if change != nil {
		change(&cfg)
	}
	s := &served{Gateway: New(cfg), t: t, clock: &clock{now: time.Unix(1_800_000_000, 0)}, logs: logs}
	s.kernels.now = s.clock.Now
	s.http = httptest.NewServer(s.Gateway)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		s.Gateway.Close(ctx)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.Error("the kernels did not end in time")
		}
		s.http.Close()
		if t.Failed() {
			t.Logf("log:\n%s", logs)
		}
	})
	return s
}
