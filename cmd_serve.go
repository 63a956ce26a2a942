package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/kernel"
	"github.com/resident-go/resident/kernel/gateway"
	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/course"
	"github.com/resident-go/resident/lessons/live"
)

// serveFlags are the flags of "resident serve".
type serveFlags struct {
	listen, audience, token string
	hosts, origins          []string
	maxKernels              int
	idle                    time.Duration
}

// asWritten is the audience that is nobody: a lesson as it stands in its file.
const asWritten = "author"

func (p *Program) serveCommand() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve LESSON|COURSE|FOLDER",
		Short: "Serve lessons as pages whose cells can be edited and run",
		Long: `Serve shows a lesson (.md), a notebook (.ipynb), a course (course.yaml) or a folder of lessons in a browser. Its cells can be edited and run; each reader has a
kernel of their own, from the first cell they run. Pages follow their files as these change, and keep what readers have written.

Whoever has the address with the token can run any code as this user. A kernel takes two processes, and memory for what its cells keep.

The server also speaks Jupyter's protocols for kernels, at /api, so that other front ends can use the kernels.`,
		Args: cobra.ExactArgs(1),
		RunE: interruptible(func(ctx context.Context, args []string) error { return p.serve(ctx, args[0], f) }),
	}
	flags := c.Flags()
	flags.StringVar(&f.listen, "listen", "localhost:7007", "the `address` to listen on; readers' edits belong to the address")
	flags.StringVar(&f.audience, "for", string(lessons.ForStudents), "`whose` version to show: student, solution, grader, or author for the file as it stands")
	flags.StringVar(&f.token, "token", "", "the `word` that readers must know (default: chosen anew at each start)")
	flags.IntVar(&f.maxKernels, "max-kernels", 10, "the `number` of kernels that may run at a time")
	flags.DurationVar(&f.idle, "idle", time.Hour, "shut a kernel down that had nothing to do for this `time`; 0 is never")
	flags.StringSliceVar(&f.hosts, "allow-host", nil, "another `name` by which readers may call this host; may be repeated")
	flags.StringSliceVar(&f.origins, "allow-origin", nil, "another `origin` (scheme://host:port) whose pages may use the kernels, with the token; may be repeated")
	return c
}

func (p *Program) serve(ctx context.Context, place string, f serveFlags) error {
	switch {
	case f.maxKernels < 1:
		return fmt.Errorf("max-kernels is %d, want at least 1", f.maxKernels)
	case f.idle < 0:
		return fmt.Errorf("idle is %v, want 0 or more", f.idle)
	case f.token == "":
		f.token = rand.Text()
	}
	site, err := p.site(place, f)
	if err != nil {
		return err
	}
	g, err := p.gateway(site, f)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", f.listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stderr, "resident: serving %s at\n\n    http://%s/?token=%s\n\nCtrl-C ends it.\n", place, reachable(f.listen, ln), url.QueryEscape(f.token))
	return serveUntil(ctx, ln, g)
}

// site is the pages of a lesson or of a folder.
func (p *Program) site(place string, f serveFlags) (live.Config, error) {
	c := live.Config{Audience: lessons.Audience(f.audience), Logf: p.logf, Footer: "Served by resident " + version() + "."}
	switch {
	case f.audience == asWritten:
		c.Audience = ""
	case !slices.Contains(lessons.Audiences, c.Audience):
		return c, fmt.Errorf("serve for %q: want student, solution, grader or author", f.audience)
	}
	abs, err := filepath.Abs(place)
	if err != nil {
		return c, err
	}
	info, err := os.Stat(place)
	switch {
	case err != nil:
		return c, err
	case info.IsDir():
		c.Root = abs
		if file := filepath.Join(abs, "course.yaml"); exists(file) {
			c.Course = file
		}
	case course.IsCourse(abs):
		c.Root, c.Course = filepath.Dir(abs), abs
	case !live.IsLesson(abs):
		return c, fmt.Errorf("%s: want a lesson (.md), a notebook (.ipynb), a course (course.yaml) or a folder", place)
	default:
		c.Root, c.Lesson = filepath.Split(abs)
	}
	return c, nil
}

func (p *Program) logf(format string, args ...any) {
	fmt.Fprintf(p.Stderr, "resident: "+format+"\n", args...)
}

func (p *Program) gateway(site live.Config, f serveFlags) (*gateway.Gateway, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	spec := kernel.Spec{Program: program}
	file, err := spec.File()
	if err != nil {
		return nil, err
	}
	return gateway.New(gateway.Config{
		Command: func(file string) *exec.Cmd {
			c := exec.Command(program, append(p.Switches.args(), "kernel", file)...)
			c.Stderr = p.Stderr
			c.Env = append(c.Environ(), startupVariable+"=") // what a lesson shows is not to depend on whose home it is
			return c
		},
		Root:       site.Root,
		SpecName:   kernel.SpecName,
		Spec:       file,
		Files:      kernel.SpecFiles(),
		MaxKernels: f.maxKernels,
		Idle:       f.idle,
		Access:     gateway.Access{Token: f.token, Hosts: append(f.hosts, readersHost(f.listen)), Origins: f.origins},
		Pages:      live.New(site),
		Version:    version(),
		Logf:       p.logf,
	}), nil
}

// serveUntil serves until the context ends, shuts all kernels down, and then ends what pages still listen to.
func serveUntil(ctx context.Context, ln net.Listener, g *gateway.Gateway) error {
	requests, endRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer endRequests()
	server := &http.Server{
		Handler: g,
		// What anybody can have of it who knows no token. Answers have no limit: events and messages go on as long as a page is open.
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(ln) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	g.Close(ending)
	endRequests()
	return errors.Join(err, server.Shutdown(ending))
}

// reachable is the address under which readers on this host reach the server.
func reachable(listen string, ln net.Listener) string {
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return net.JoinHostPort(readersHost(listen), port)
}

// readersHost is the host of an address to listen on, as readers on this host call it.
func readersHost(listen string) string {
	host, _, err := net.SplitHostPort(listen)
	if err != nil || host == "" || net.ParseIP(host).IsUnspecified() {
		return "localhost"
	}
	return host
}
