package kernel

import (
	"context"
	"unicode/utf8"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/kernel/wire"
)

// shellRequests are the requests on shell except execute_request. An error means that the message is malformed.
var shellRequests map[string]func(*kernel, context.Context, *wire.Message) error

func init() {
	shellRequests = map[string]func(*kernel, context.Context, *wire.Message) error{
		"kernel_info_request": (*kernel).answerInfo,
		"connect_request":     (*kernel).answerPorts,
		"is_complete_request": (*kernel).answerIsComplete,
		"complete_request":    (*kernel).answerComplete,
		"inspect_request":     (*kernel).answerInspect,
		"history_request":     (*kernel).answerHistory,
		"comm_info_request":   (*kernel).answerCommInfo,
		"comm_open":           (*kernel).answerComm,
		"comm_msg":            (*kernel).answerComm,
		"comm_close":          (*kernel).answerComm,
	}
}

func (k *kernel) answerInfo(_ context.Context, m *wire.Message) error {
	k.reply(wire.Shell, m, k.info())
	return nil
}

func (k *kernel) answerPorts(_ context.Context, m *wire.Message) error {
	k.reply(wire.Shell, m, k.ports())
	return nil
}

// answerIsComplete needs no engine: a console that gets no answer within a second gives up asking, and the engine may
// still be starting.
func (k *kernel) answerIsComplete(_ context.Context, m *wire.Message) error {
	r, err := wire.Parse[wire.CodeRequest](m)
	if err != nil {
		return err
	}
	status, indent := cell.IsComplete(r.Code)
	k.reply(wire.Shell, m, wire.IsCompleteReply{Status: status, Indent: indent})
	return nil
}

func (k *kernel) answerComplete(_ context.Context, m *wire.Message) error {
	r, err := wire.Parse[wire.CodeRequest](m)
	if err != nil {
		return err
	}
	cursor := clampCursor(r)
	answer := wire.CompleteReply{Status: "ok", CursorStart: cursor, CursorEnd: cursor}
	if e := k.engine.ready(); e != nil {
		k.guard(func() {
			names, start, end := e.Complete(r.Code, cursor)
			answer = completeReply(names, start, end)
		})
	}
	k.reply(wire.Shell, m, answer)
	return nil
}

func (k *kernel) answerInspect(_ context.Context, m *wire.Message) error {
	r, err := wire.Parse[wire.CodeRequest](m)
	if err != nil {
		return err
	}
	answer := wire.InspectReply{Status: "ok"}
	if e := k.engine.ready(); e != nil {
		k.guard(func() {
			data, found := e.Inspect(r.Code, clampCursor(r), r.DetailLevel)
			answer.Data, answer.Found = data, found
		})
	}
	k.reply(wire.Shell, m, answer)
	return nil
}

// completeReply lists names. The key in metadata is the one that IPython has given what it knows of a name, and that front ends
// look for.
func completeReply(names []cell.Name, start, end int) wire.CompleteReply {
	answer := wire.CompleteReply{Status: "ok", CursorStart: start, CursorEnd: end, Metadata: wire.Dict{}}
	about := []any{}
	for _, n := range names {
		answer.Matches = append(answer.Matches, n.Text)
		about = append(about, map[string]any{"start": start, "end": end, "text": n.Text, "type": n.Type, "signature": n.Signature})
	}
	answer.Metadata["_jupyter_types_experimental"] = about
	return answer
}

// clampCursor keeps the cursor inside the code: some front ends count UTF-16 units instead of code points.
func clampCursor(r wire.CodeRequest) int {
	return max(0, min(r.CursorPos, utf8.RuneCountInString(r.Code)))
}

func (k *kernel) answerHistory(_ context.Context, m *wire.Message) error {
	r, err := wire.Parse[wire.HistoryRequest](m)
	if err != nil {
		return err
	}
	k.reply(wire.Shell, m, wire.HistoryReply{Status: "ok", History: k.history.answer(r)})
	return nil
}
