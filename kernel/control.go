package kernel

import (
	"math"
	"os"
	"runtime"

	"github.com/resident-go/resident/kernel/wire"
)

// controlRequests are the requests on control. They are answered one after the other, also while a cell runs.
var controlRequests = map[string]func(*kernel, *wire.Message) error{
	"kernel_info_request": func(k *kernel, m *wire.Message) error {
		k.reply(wire.Control, m, k.info())
		return nil
	},
	"connect_request": func(k *kernel, m *wire.Message) error {
		k.reply(wire.Control, m, k.ports())
		return nil
	},
	"interrupt_request": func(k *kernel, m *wire.Message) error {
		k.tell(event{kind: interrupt})
		k.reply(wire.Control, m, wire.StatusReply{Status: "ok"})
		return nil
	},
	"create_subshell_request": (*kernel).createSubshell,
	"delete_subshell_request": (*kernel).deleteSubshell,
	"list_subshell_request":   (*kernel).listSubshells,
	"usage_request":           (*kernel).answerUsage,
	"shutdown_request":        func(k *kernel, m *wire.Message) error { return k.shutdown(wire.Control, m) },
}

func (k *kernel) serveControl() {
	for {
		select {
		case frames := <-k.control.Messages():
			m := k.receive(wire.Control, frames)
			if m == nil {
				continue
			}
			answer := controlRequests[m.Header.Type]
			if answer == nil {
				k.log.Printf("message on control dropped: unknown type %q", m.Header.Type)
				continue
			}
			k.during(m, func() {
				if err := answer(k, m); err != nil {
					k.log.Printf("message on control dropped: %v", err)
				}
			})
		case <-k.stopped:
			return
		}
	}
}

// shutdown answers first, on the channel and to all who listen, and then ends the kernel.
func (k *kernel) shutdown(channel string, m *wire.Message) error {
	r, err := wire.Parse[wire.ShutdownRequest](m)
	if err != nil {
		return err
	}
	answer := wire.ShutdownReply{Status: "ok", Restart: r.Restart}
	k.reply(channel, m, answer)
	k.announce(m, answer)
	k.stop()
	return nil
}

func (k *kernel) info() wire.KernelInfoReply {
	return wire.KernelInfoReply{
		Status:                "ok",
		ProtocolVersion:       wire.ProtocolVersion,
		Implementation:        "resident",
		ImplementationVersion: k.cfg.Version,
		LanguageInfo: wire.LanguageInfo{
			Name:              "go",
			Version:           k.cfg.GoVersion,
			MIMEType:          "text/x-go",
			FileExtension:     ".go",
			PygmentsLexer:     "go",
			CodemirrorMode:    "go",
			NBConvertExporter: "script",
		},
		SupportedFeatures: wire.List[string]{"kernel subshells"},
		Banner:            "Go " + k.cfg.GoVersion + " (resident " + k.cfg.Version + "): native cells that stay loaded",
		HelpLinks: wire.List[wire.HelpLink]{
			{Text: "A Tour of Go", URL: "https://go.dev/tour/"},
			{Text: "Go standard library", URL: "https://pkg.go.dev/std"},
			{Text: "Go language specification", URL: "https://go.dev/ref/spec"},
		},
	}
}

// answerUsage has the names that ipykernel gives to what it measures.
func (k *kernel) answerUsage(m *wire.Message) error {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	answer := wire.UsageReply{Status: "ok", Hostname: host, PID: os.Getpid(), CPUCount: runtime.NumCPU()}
	if u, err := k.meter.Read(); err == nil { // elsewhere than on Linux nobody is told more
		answer.CPUCount, answer.KernelCPU, answer.KernelMemory = u.Processors, &u.CPU, &u.Memory
		if !math.IsNaN(u.HostCPU) {
			answer.HostCPUPercent = &u.HostCPU
		}
		h := u.Host
		answer.HostVirtualMemory = wire.Dict{
			"total": h.Total, "available": h.Available, "percent": math.Round(10*h.Percent()) / 10, "used": h.Used(), "free": h.Free, "active": h.Active,
			"inactive": h.Inactive, "buffers": h.Buffers, "cached": h.Cached, "shared": h.Shared, "slab": h.Slab,
		}
	}
	k.reply(wire.Control, m, answer)
	return nil
}

func (k *kernel) ports() wire.ConnectReply {
	c := k.conn
	return wire.ConnectReply{Status: "ok", Shell: c.Shell, IOPub: c.IOPub, Stdin: c.Stdin, HB: c.HB, Control: c.Control}
}
