package kernel

import (
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

func (k *kernel) ports() wire.ConnectReply {
	c := k.conn
	return wire.ConnectReply{Status: "ok", Shell: c.Shell, IOPub: c.IOPub, Stdin: c.Stdin, HB: c.HB, Control: c.Control}
}
