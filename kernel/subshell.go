package kernel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/resident-go/resident/kernel/wire"
)

// Front ends create, delete and list subshells on control, while the main shell works. The shell loop owns the shells, so it is
// told what to do.

func (k *kernel) createSubshell(m *wire.Message) error {
	id := newID()
	k.tellAndWait(event{kind: changed, change: func(s *shells) []effect {
		s.create(id)
		return nil
	}})
	k.reply(wire.Control, m, wire.CreateSubshellReply{Status: "ok", SubshellID: id})
	return nil
}

func (k *kernel) deleteSubshell(m *wire.Message) error {
	r, err := wire.Parse[wire.SubshellRequest](m)
	if err != nil {
		return err
	}
	known := false
	k.tellAndWait(event{kind: changed, change: func(s *shells) []effect {
		if known = r.SubshellID != "" && s.known(r.SubshellID); known {
			return s.remove(r.SubshellID)
		}
		return nil
	}})
	if !known {
		k.reply(wire.Control, m, noSubshell(r.SubshellID))
		return nil
	}
	k.reply(wire.Control, m, wire.StatusReply{Status: "ok"})
	return nil
}

func (k *kernel) listSubshells(m *wire.Message) error {
	var ids []string
	k.tellAndWait(event{kind: changed, change: func(s *shells) []effect {
		ids = slices.Clone(s.ids)
		return nil
	}})
	k.reply(wire.Control, m, wire.ListSubshellReply{Status: "ok", SubshellIDs: ids})
	return nil
}

// refuseShell answers a request to a shell that does not exist, or not any more.
func (k *kernel) refuseShell(m *wire.Message) {
	failure := noSubshell(m.Header.SubshellID)
	k.log.Printf("%s refused: %s", m.Header.Type, failure.EValue)
	switch {
	case m.Header.Type == "execute_request":
		k.reply(wire.Shell, m, wire.ExecuteError{Status: "error", EName: failure.EName, EValue: failure.EValue})
	case strings.HasSuffix(m.Header.Type, "_request"):
		k.reply(wire.Shell, m, failure)
	}
}

func noSubshell(id string) wire.ErrorReply {
	return wire.ErrorReply{Status: "error", EName: "NoSubshell", EValue: fmt.Sprintf("there is no subshell %q", id)}
}
