package kernel

import (
	"context"

	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/kernel/wire"
)

// commKinds are the messages on comms.
var commKinds = map[string]bool{string(comm.Opened): true, string(comm.Sent): true, string(comm.Closed): true}

// answerComm hands a message on a comm to the engine. What is shown and sent because of it has it as parent. While there is no
// engine nobody has opened a comm, and nobody has a target.
func (k *kernel) answerComm(ctx context.Context, m *wire.Message) error {
	r, err := wire.Parse[wire.CommRequest](m)
	if err != nil {
		return err
	}
	message := comm.Message{
		Kind: comm.Kind(m.Header.Type), ID: r.CommID, Target: r.TargetName, Data: r.Data, Metadata: m.Metadata, Buffers: m.Buffers,
	}
	out := k.newOutput(func() *wire.Message { return m }, 0)
	defer out.end()
	e := k.engine.ready()
	if e == nil {
		if message.Kind == comm.Opened {
			out.Comm(comm.Message{Kind: comm.Closed, ID: r.CommID})
		}
		return nil
	}
	if failed := k.guard(func() { err = e.Comm(ctx, message, out) }); failed != nil {
		err = failed
	}
	if err != nil {
		failure, broken := asCellError(err)
		out.Output(failure.Output())
		if broken {
			k.log.Printf("engine broke: %v", err)
			k.engine.discard(e)
		}
	}
	return nil
}

func (k *kernel) answerCommInfo(_ context.Context, m *wire.Message) error {
	r, err := wire.Parse[wire.CommRequest](m)
	if err != nil {
		return err
	}
	comms := wire.Dict{}
	if e := k.engine.ready(); e != nil {
		for id, target := range e.Comms() {
			if r.TargetName == "" || r.TargetName == target {
				comms[id] = map[string]any{"target_name": target}
			}
		}
	}
	k.reply(wire.Shell, m, wire.CommInfoReply{Status: "ok", Comms: comms})
	return nil
}

// contentOfComm is a comm message as it is published.
func contentOfComm(m comm.Message) wire.Content {
	beside := wire.Enclosure{Metadata: wire.Object(m.Metadata), Buffers: m.Buffers}
	data := wire.Object(m.Data)
	switch m.Kind {
	case comm.Opened:
		return wire.CommOpen{CommID: m.ID, TargetName: m.Target, Data: data, Enclosure: beside}
	case comm.Closed:
		return wire.CommClose{CommID: m.ID, Data: data, Enclosure: beside}
	}
	return wire.CommMsg{CommID: m.ID, Data: data, Enclosure: beside}
}
