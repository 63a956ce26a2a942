package gateway

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/resident-go/resident/kernel/wire"
	"github.com/resident-go/resident/kernel/zmtp"
)

// How long a kernel may take to register, to end when it was asked, and to end when it was told.
const (
	startGrace    = 30 * time.Second
	shutdownGrace = 3 * time.Second
	termGrace     = 2 * time.Second
)

// registrationPort is above those that kernels choose.
const registrationPort = 65535

// process is a kernel's process, from its registration to its end.
type process struct {
	cmd     *exec.Cmd
	folder  string // of its sockets
	codec   *wire.Codec
	session *wire.Session
	ports   ports
	iopub   *zmtp.Conn // subscribed before anybody can use the kernel

	asked  atomic.Bool   // to end
	exited chan struct{} // closed when the process is gone
}

// ports are what a kernel registers.
type ports struct {
	Shell   int `json:"shell_port,string"`
	IOPub   int `json:"iopub_port,string"`
	Stdin   int `json:"stdin_port,string"`
	Control int `json:"control_port,string"`
}

// start starts a kernel and waits until it has registered.
func start(ctx context.Context, command func(file string) *exec.Cmd, dir string) (*process, error) {
	folder, err := os.MkdirTemp("", "resident-")
	if err != nil {
		return nil, fmt.Errorf("start kernel: %w", err)
	}
	p := &process{
		folder: folder, exited: make(chan struct{}),
		session: &wire.Session{ID: rand.Text(), Username: "resident", Now: time.Now},
	}
	if err := p.start(ctx, command, dir); err != nil {
		os.RemoveAll(folder)
		return nil, fmt.Errorf("start kernel: %w", err)
	}
	return p, nil
}

func (p *process) start(ctx context.Context, command func(file string) *exec.Cmd, dir string) error {
	key := rand.Text()
	p.codec = wire.NewCodec(key)
	router, err := zmtp.ListenRouter(p.endpoint(registrationPort), zmtp.Options{})
	if err != nil {
		return err
	}
	defer router.Close(context.WithoutCancel(ctx))
	content, err := json.Marshal(map[string]any{
		"kernel_id": p.session.ID, "transport": "ipc", "registration_ip": p.address(), "registration_port": registrationPort,
		"key": key, "signature_scheme": "hmac-sha256",
	})
	if err != nil {
		return err
	}
	file := filepath.Join(p.folder, "registration.json")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return err
	}
	p.cmd = command(file)
	p.cmd.Dir = dir
	// The kernel ends when this process is gone, and does not hear the terminal's interrupt.
	p.cmd.Env = append(p.cmd.Environ(), "JPY_PARENT_PID="+strconv.Itoa(os.Getpid()))
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go p.wait()
	if err = p.registered(ctx, router); err == nil {
		p.iopub, err = p.subscribe(ctx)
	}
	if err != nil {
		p.kill()
	}
	return err
}

func (p *process) wait() {
	p.cmd.Wait() // how it ended is in ProcessState
	os.RemoveAll(p.folder)
	close(p.exited)
}

// registered waits for the kernel's ports and answers.
func (p *process) registered(ctx context.Context, router *zmtp.Router) error {
	ctx, cancel := context.WithTimeout(ctx, startGrace)
	defer cancel()
	select {
	case frames := <-router.Messages():
		content, err := p.codec.DecodeContent(frames)
		if err == nil {
			err = json.Unmarshal(content, &p.ports)
		}
		if err != nil {
			return fmt.Errorf("its registration: %w", err)
		}
		return router.Send(append(frames[:1:1], p.codec.EncodeContent([]byte(`{"status":"ok"}`))...))
	case <-p.exited:
		return fmt.Errorf("it ended before it had registered: %v", p.cmd.ProcessState)
	case <-ctx.Done():
		return fmt.Errorf("it does not register: %w", ctx.Err())
	}
}

// address is what the files of its sockets begin with.
func (p *process) address() string { return filepath.Join(p.folder, "k") }

func (p *process) endpoint(port int) string { return "ipc://" + p.address() + "-" + strconv.Itoa(port) }

// ask sends a request on control and does not wait for the answer.
func (p *process) ask(ctx context.Context, c wire.Content) error {
	m, err := p.session.Request(c)
	if err != nil {
		return err
	}
	frames, err := p.codec.Encode(m)
	if err != nil {
		return err
	}
	_, err = zmtp.Ask(ctx, p.endpoint(p.ports.Control), frames)
	return err
}

// interrupt returns when the kernel has answered.
func (p *process) interrupt(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownGrace)
	defer cancel()
	return p.ask(ctx, wire.InterruptRequest{})
}

// stop ends the process: it is asked, told, and killed at last. It returns when the process is gone.
func (p *process) stop(ctx context.Context, restart bool) {
	p.asked.Store(true)
	asking, cancel := context.WithTimeout(ctx, shutdownGrace)
	defer cancel()
	if err := p.ask(asking, wire.ShutdownRequest{Restart: restart}); err == nil && p.ends(asking, shutdownGrace) {
		return
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	if !p.ends(ctx, termGrace) {
		p.kill()
	}
}

func (p *process) ends(ctx context.Context, within time.Duration) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-p.exited:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// kill takes along whatever else is in the kernel's process group.
func (p *process) kill() {
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.exited
}
