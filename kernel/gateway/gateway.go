// Package gateway speaks Jupyter's REST and WebSocket protocols, so that pages and front-end libraries can use kernels: it starts kernels as
// processes of their own and carries messages between WebSockets and the kernels' ZeroMQ sockets.
//
// Rules:
//   - a kernel is started by a command that is given a registration file (see package kernel). Its sockets lie in a folder that only this user can
//     read, and its ports are known when it has registered: nobody polls;
//   - each WebSocket has ZeroMQ connections of its own, so a reader that is slow holds up nobody else;
//   - a kernel that ends unasked is started again, under the same id, and its readers are told; one that keeps ending is dead;
//   - what the cells of a kernel show is kept while it lives, so that a page that is loaded again can show it (GET /api/kernels/ID/cells, which is ours alone);
//   - there is a limit on the number of kernels, and kernels that nobody uses are shut down;
//   - nothing is answered before host, origin and token are checked (see [Access]), whatever is asked for.
//
// The protocols are those of Jupyter Server: REST as its API description has it (kernels, kernelspecs, sessions, status; files are not served), WebSockets
// both as in [wire.WebSocketV1] and in the older JSON form.
//
// Not here: what cells mean (package kernel), how pages look.
package gateway

import (
	"context"
	"crypto/rand"
	"io/fs"
	"net/http"
	"os/exec"
	"time"

	"github.com/resident-go/resident/kernel/wire"
)

// Config says what is served.
type Config struct {
	// Command makes the command that serves one kernel, whose front end has written the registration file.
	Command func(file string) *exec.Cmd
	// Root is the folder that the paths of kernels and sessions are relative to. A kernel works in the folder of its path.
	Root string

	SpecName string // of the only kind of kernels there is
	Spec     []byte // its kernel.json
	Files    fs.FS  // what lies beside that: logos

	MaxKernels int           // default 10
	Idle       time.Duration // a kernel that had nothing to do for so long is shut down; 0 is never

	Access  Access
	Pages   http.Handler // what is served where the API is not; default nothing
	Version string
	Logf    func(format string, args ...any)
}

// Gateway is an HTTP handler with the kernels that it has started.
type Gateway struct {
	cfg      Config
	kernels  *pool
	sessions *sessions
	session  *wire.Session // for what the gateway says itself
	started  time.Time
	handler  http.Handler
}

// New returns a gateway without kernels. Close ends it.
func New(cfg Config) *Gateway {
	if cfg.MaxKernels == 0 {
		cfg.MaxKernels = 10
	}
	if cfg.Logf == nil {
		cfg.Logf = func(string, ...any) {}
	}
	g := &Gateway{cfg: cfg, kernels: newPool(&cfg), started: time.Now(),
		session: &wire.Session{ID: rand.Text(), Username: "resident", Now: time.Now}}
	g.sessions = newSessions(g.kernels)
	g.handler = cfg.Access.guard(g.routes())
	return g
}

func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.handler.ServeHTTP(w, r) }

// Close shuts all kernels down and tells their clients. It waits until they have ended; when the context ends, they are killed.
func (g *Gateway) Close(ctx context.Context) { g.kernels.close(ctx) }
