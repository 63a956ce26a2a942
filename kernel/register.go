package kernel

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/resident-go/resident/kernel/zmtp"
)

// registration is what a registration file has instead of ports: where to say which ones the kernel has chosen. See "Kernel startup
// handshake" in the messaging specification, version 5.6.
type registration struct {
	KernelID string `json:"kernel_id"`
	IP       string `json:"registration_ip"`
	Port     int    `json:"registration_port"`
}

// registrationGrace is how long a kernel waits for the answer before it gives up.
const registrationGrace = 30 * time.Second

// chosen are the ports of a kernel that registers. The specification has them as text.
type chosen struct {
	KernelID string `json:"kernel_id"`
	Shell    int    `json:"shell_port,string"`
	IOPub    int    `json:"iopub_port,string"`
	Stdin    int    `json:"stdin_port,string"`
	Control  int    `json:"control_port,string"`
	HB       int    `json:"hb_port,string"`
}

// choose makes a registration file the connection file of a kernel whose sockets are beside the registration's. TCP ports are chosen when they are
// bound. With ipc the port is a suffix of the socket's file.
func (c *connection) choose() {
	c.IP = c.Registration.IP
	if c.Transport != "ipc" {
		return
	}
	first := 1 + rand.IntN(60_000)
	for i, port := range []*int{&c.Shell, &c.IOPub, &c.Stdin, &c.Control, &c.HB} {
		*port = first + i
	}
}

// bound notes the port that a socket was given.
func bound(port *int, addr net.Addr) {
	if t, ok := addr.(*net.TCPAddr); ok {
		*port = t.Port
	}
}

// register says which ports were chosen, and waits until that was heard.
func (l *link) register(ctx context.Context) error {
	r, c := l.conn.Registration, l.conn
	if r == nil {
		return nil
	}
	content, err := json.Marshal(chosen{KernelID: r.KernelID, Shell: c.Shell, IOPub: c.IOPub, Stdin: c.Stdin, Control: c.Control, HB: c.HB})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, registrationGrace)
	defer cancel()
	answer, err := zmtp.Ask(ctx, connection{Transport: c.Transport, IP: r.IP}.endpoint(r.Port), l.codec.EncodeContent(content))
	if err == nil {
		_, err = l.codec.DecodeContent(answer)
	}
	if err != nil {
		return fmt.Errorf("register the kernel's ports: %w", err)
	}
	return nil
}
