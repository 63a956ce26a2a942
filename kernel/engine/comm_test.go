package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/nbformat"
)

// front is a recorder that listens to comms. It writes their messages where they come among the output, and gives each comm a
// short name: k1, k2.
type front struct {
	recorder
	request string
	names   *names
}

type names struct {
	mu  sync.Mutex
	ids []string
}

// of is the short name of a comm.
func (n *names) of(id string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	at := slices.Index(n.ids, id)
	if at < 0 {
		at, n.ids = len(n.ids), append(n.ids, id)
	}
	return fmt.Sprintf("k%d", at+1)
}

// id is the id of the comm with that short name.
func (n *names) id(t *testing.T, name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var at int
	if _, err := fmt.Sscanf(name, "k%d", &at); err != nil || at > len(n.ids) {
		t.Fatalf("no comm %s among %v", name, n.ids)
	}
	return n.ids[at-1]
}

func (f *front) Comm(m comm.Message) {
	name := f.names.of(m.ID)
	f.mu.Lock()
	defer f.mu.Unlock()
	fmt.Fprintf(&f.b, "[%s]", strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s %s %q", m.Kind, name, m.Target, m.Data, m.Metadata, m.Buffers)), " "))
}

func (f *front) Request() string { return f.request }

const clock = `import "github.com/resident-go/resident/kernel/comm"
turns := 0
var k *comm.Comm
comm.Handle("clock", func(c *comm.Comm, m comm.Message) {
	fmt.Printf("opened %s %s %q", m.Data, m.Metadata, m.Buffers)
	k = c
	c.OnMessage(func(m comm.Message) {
		turns++
		fmt.Print("a")
		c.Send(map[string]int{"turn": turns}, m.Buffers...)
		fmt.Print("b", comm.Seam.Request())
	})
	c.OnClose(func(comm.Message) { fmt.Print("closed") })
})
`

// TestComm has a session of cells and messages; what each shows is compared.
func TestComm(t *testing.T) {
	open := func(id, target string) comm.Message {
		return comm.Message{Kind: comm.Opened, ID: id, Target: target, Data: []byte(`{"x":1}`), Metadata: []byte(`{"version":"1"}`), Buffers: [][]byte{{0, 255}}}
	}
	say := func(id, data string) comm.Message {
		return comm.Message{Kind: comm.Sent, ID: id, Data: []byte(data), Buffers: [][]byte{[]byte("raw")}}
	}
	rows := []struct {
		name  string
		cell  string
		m     comm.Message
		shows string
		comms string // open afterwards
	}{
		{name: "nobody has the target", m: open("x", "clock"), shows: "[comm_close k1 []]", comms: "map[]"},
		{name: "a cell takes a target", cell: clock, comms: "map[]"},
		{name: "a front end opens", m: open("x", "clock"), shows: `opened {"x":1} {"version":"1"} ["\x00\xff"]`, comms: "map[x:clock]"},
		{name: "and sends", m: say("x", `{}`), shows: `a[comm_msg k1 {"turn":1} ["raw"]]brequest`, comms: "map[x:clock]"},
		{name: "on another comm", m: say("y", `{}`), comms: "map[x:clock]"},
		{name: "a cell sees what happened and answers", cell: "k.Send(map[string]bool{\"cell\": true})\nturns", shows: "[comm_msg k1 {\"cell\":true} []][result] 1\n", comms: "map[x:clock]"},
		{name: "a cell opens", cell: "c, err := comm.Open(\"front\", nil, map[string]string{\"version\": \"2\"}, []byte{7})\nc.OnMessage(func(m comm.Message) { panic(string(m.Data)) })",
			shows: `[comm_open k2 front {"version":"2"} ["\a"]]`, comms: "map[k2:front x:clock]"},
		{name: "a panic", m: say("k2", `{"no":1}`), shows: `panic: {"no":1}`, comms: "map[k2:front x:clock]"},
		{name: "an exit", cell: "c.OnMessage(func(comm.Message) { os.Exit(3) })", comms: "map[k2:front x:clock]"},
		{name: "ends the callback alone", m: say("k2", `{}`), shows: "exit", comms: "map[k2:front x:clock]"},
		{name: "what cannot be sent", cell: "c.Send(7)", shows: "[result] send on the comm of front: int is no JSON object\n", comms: "map[k2:front x:clock]"},
		{name: "a cell closes", cell: "c.Close()\nc.Close()\nc.Send(nil)", shows: "[comm_close k2 []][result] nil\n", comms: "map[x:clock]"},
		{name: "a front end closes", m: comm.Message{Kind: comm.Closed, ID: "x"}, shows: "closed", comms: "map[]"},
	}
	e := newTestEngine(t, Options{})
	names := &names{}
	for i, r := range rows {
		f := &front{request: "request", names: names}
		var err error
		if r.m.Kind == "" {
			err = e.Run(t.Context(), i+1, r.cell, f)
		} else {
			if strings.HasPrefix(r.m.ID, "k") {
				r.m.ID = names.id(t, r.m.ID)
			}
			err = e.Comm(t.Context(), r.m, f)
		}
		got := f.String()
		var failed *nbformat.CellError
		if errors.As(err, &failed) {
			got += colours.ReplaceAllString(strings.Join(failed.Traceback, "\n"), "")
		} else if err != nil {
			t.Fatalf("%s: the engine broke: %v", r.name, err)
		}
		if failed == nil && got != r.shows || failed != nil && (r.shows == "" || !strings.Contains(got, r.shows)) {
			t.Errorf("%s: showed %s\nexpected %s", r.name, got, r.shows)
		}
		open := map[string]string{}
		for id, target := range e.Comms() {
			if id != "x" {
				id = names.of(id)
			}
			open[id] = target
		}
		if got := fmt.Sprint(open); got != r.comms {
			t.Errorf("%s: open are %s, expected %s", r.name, got, r.comms)
		}
	}
}

// TestCommDuringCell sends messages while a cell runs: what the callback prints and sends is its own, what the cell prints
// meanwhile the cell's, in the order in which each made it.
func TestCommDuringCell(t *testing.T) {
	e := newTestEngine(t, Options{})
	names := &names{}
	runCell(t, e, 1, clock+"stop := make(chan bool)")
	message := func(m comm.Message) string {
		t.Helper()
		f := &front{request: "r", names: names}
		if err := e.Comm(t.Context(), m, f); err != nil {
			t.Fatal(err)
		}
		return f.String()
	}
	message(comm.Message{Kind: comm.Opened, ID: "x", Target: "clock"})
	runCell(t, e, 2, `lines := 0
k.OnMessage(func(m comm.Message) {
	if string(m.Data) == "{}" {
		close(stop)
		return
	}
	for i := range 200 {
		fmt.Print("c", i, " ")
		if i%50 == 0 {
			k.Send(nil)
			fmt.Fprint(os.Stderr, "e")
		}
	}
})`)
	started := make(chan bool, 1)
	cell := &recorder{onText: func(string) {
		select {
		case started <- true:
		default:
		}
	}}
	ended := make(chan error, 1)
	go func() {
		ended <- e.Run(t.Context(), 3, "for {\n\tselect {\n\tcase <-stop:\n\t\treturn\n\tdefault:\n\t}\n\tfmt.Print(\"m\", lines, \" \")\n\tlines++\n}", cell)
	}()
	<-started
	var want strings.Builder
	for i := range 200 {
		fmt.Fprintf(&want, "c%d ", i)
		if i%50 == 0 {
			want.WriteString("[comm_msg k1 []][stderr]e")
		}
	}
	if got := message(comm.Message{Kind: comm.Sent, ID: "x", Data: []byte(`{"go":1}`)}); got != want.String() {
		t.Errorf("the callback showed %q\nexpected %q", got, want.String())
	}
	if names, _, _ := e.Complete("lin", 3); !slices.Contains(texts(names), "lines") {
		t.Errorf("completion while the cell runs: %v", names)
	}
	message(comm.Message{Kind: comm.Sent, ID: "x", Data: []byte(`{}`)})
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	n := strings.Count(cell.String(), "m")
	want.Reset()
	for i := range n {
		fmt.Fprintf(&want, "m%d ", i)
	}
	if got := cell.String(); got != want.String() {
		t.Errorf("the cell showed %q", got)
	}
	if got := runCell(t, e, 4, "lines"); got != fmt.Sprintf("[result] %d\n", n) {
		t.Errorf("the cell printed %d, the variable says %s", n, got)
	}
}

// TestCellsTogether runs a cell while another runs, as in a subshell: each has its own output, and an interrupt its own cell.
func TestCellsTogether(t *testing.T) {
	e := newTestEngine(t, Options{Grace: ages})
	runCell(t, e, 1, "n := 0\nwake := make(chan bool)\nfunc moved() bool { return n > 0 }") // a loop works on a copy of what no function reaches
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	started := make(chan bool, 1)
	slow := &recorder{onText: func(s string) {
		if strings.Contains(s, "begin") {
			started <- true
		}
	}}
	ended := make(chan error, 1)
	go func() {
		ended <- e.Run(ctx, 2, "fmt.Print(\"begin \")\n<-wake\nfmt.Print(\"woken\")\nfor { n++ }", slow)
	}()
	<-started
	if got := runCell(t, e, 3, "m := 41\nfmt.Print(\"other \")\nm + 1"); got != "other [result] 42\n" {
		t.Errorf("the second cell showed %q", got)
	}
	if ce := interruptCell(t, e, 4, "for { if m++; m == 1000 { fmt.Println(\"ready\") } }"); ce.EName != "Interrupted" {
		t.Errorf("the interrupted cell ended with %v", ce)
	}
	runCell(t, e, 5, "wake <- true\nfor !moved() { runtime.Gosched() }")
	cancel()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "its variables keep") {
		t.Errorf("the first cell ended with %v", err)
	}
	if got := slow.String(); got != "begin woken" {
		t.Errorf("the first cell showed %q", got)
	}
	if got := runCell(t, e, 6, "fmt.Println(n > 0, m >= 1000)"); got != "true true\n" {
		t.Errorf("afterwards: %q", got)
	}
}

// TestCommInterrupted: a callback that does not end is interrupted, and a cell that runs meanwhile is not.
func TestCommInterrupted(t *testing.T) {
	e := newTestEngine(t, Options{Grace: ages})
	runCell(t, e, 1, clock)
	if err := e.Comm(t.Context(), comm.Message{Kind: comm.Opened, ID: "x", Target: "clock"}, &recorder{}); err != nil {
		t.Fatal(err)
	}
	runCell(t, e, 2, "k.OnMessage(func(comm.Message) { for { if turns++; turns == 1000 { fmt.Println(\"ready\") } } })\nwake := make(chan bool)")
	ended := make(chan error, 1)
	cell := &recorder{}
	go func() { ended <- e.Run(t.Context(), 3, "fmt.Print(\"a\"); <-wake; fmt.Print(\"b\")", cell) }()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	callback := &recorder{onText: func(string) { cancel() }}
	err := e.Comm(ctx, comm.Message{Kind: comm.Sent, ID: "x", Data: []byte("{}")}, callback)
	if err == nil || !strings.Contains(err.Error(), "Interrupted") {
		t.Errorf("the callback ended with %v", err)
	}
	runCell(t, e, 4, "wake <- true")
	if err := <-ended; err != nil || cell.String() != "ab" {
		t.Errorf("the cell showed %q and ended with %v", cell, err)
	}
	if got := runCell(t, e, 5, "turns >= 1000"); got != "[result] true\n" {
		t.Errorf("the variable afterwards: %s", got)
	}
}

// TestCommLost: a callback that kills the worker says so, the comms are closed, and the next cell runs in another worker.
func TestCommLost(t *testing.T) {
	e := newTestEngine(t, Options{})
	background := &front{names: &names{}}
	e.Background(background)
	runCell(t, e, 1, clock)
	if err := e.Comm(t.Context(), comm.Message{Kind: comm.Opened, ID: "x", Target: "clock"}, &recorder{}); err != nil {
		t.Fatal(err)
	}
	runCell(t, e, 2, "k.OnMessage(func(comm.Message) { syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} })")
	err := e.Comm(t.Context(), comm.Message{Kind: comm.Sent, ID: "x", Data: []byte("{}")}, &recorder{})
	if err == nil || !strings.Contains(err.Error(), "WorkerDied") {
		t.Errorf("the callback ended with %v", err)
	}
	if got := e.Comms(); len(got) > 0 {
		t.Errorf("open are %v", got)
	}
	if got := background.String(); got != "[comm_close k1 []]" {
		t.Errorf("the front end was told %s", got)
	}
	if got := runCell(t, e, 3, "6*7"); got != "[result] 42\n" {
		t.Errorf("the next cell: %s", got)
	}
}

// TestCommLeft: what was left with a comm is said when the session ends, and once. A comm that was closed has nothing to say.
func TestCommLeft(t *testing.T) {
	e := newTestEngine(t, Options{})
	background := &front{names: &names{}}
	e.Background(background)
	const cell = "import \"github.com/resident-go/resident/kernel/comm\"\nk, _ := comm.Open(\"t\", nil, nil)\nk.Leave(map[string]int{\"n\": 1})\nk.Leave(map[string]int{\"n\": 2})\n" +
		"closed, _ := comm.Open(\"t\", nil, nil)\nclosed.Leave(nil)\nclosed.Close()\nclosed.Leave(nil)\nfmt.Sprint(k.Leave(7))"
	f := &front{names: background.names}
	if err := e.Run(t.Context(), 1, cell, f); err != nil {
		t.Fatal(err)
	}
	if got, want := f.String(), "[comm_open k1 t []][comm_open k2 t []][comm_close k2 []][result] \"leave a message on the comm of t: int is no JSON object\"\n"; got != want {
		t.Errorf("the cell told the front end %s\nexpected %s", got, want)
	}
	runCell(t, e, 2, "%restart")
	runCell(t, e, 3, "%restart")
	if got, want := background.String(), `[comm_msg k1 {"n":2} []]`; got != want {
		t.Errorf("the front end was told %s, expected %s", got, want)
	}
	if got := e.Comms(); len(got) > 0 {
		t.Errorf("open are %v", got)
	}
}

// TestCommBeforeDirective has a cell whose parts send messages: none of them is the last.
func TestCommBeforeDirective(t *testing.T) {
	e := newTestEngine(t, Options{})
	f := &front{request: "request-1", names: &names{}}
	code := "import \"github.com/resident-go/resident/kernel/comm\"\nc, _ := comm.Open(\"t\", nil, nil)\nfmt.Println(comm.Seam.Request())\n!echo behind\n%capture copy.txt\nc.Send(nil);"
	if err := e.Run(t.Context(), 1, code, f); err != nil {
		t.Fatal(err)
	}
	if got, want := f.String(), "[comm_open k1 t []]request-1\nbehind\n[comm_msg k1 []]"; got != want {
		t.Errorf("showed %s\nexpected %s", got, want)
	}
}
