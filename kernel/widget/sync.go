package widget

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/resident-go/resident/kernel/comm"
)

// Both sides keep the state of a model; the messages in this file keep them the same.

const (
	protocol      = "2.1.0"
	target        = "jupyter.widget"
	controlTarget = "jupyter.widget.control"
)

// opened are the models that the front end knows, in the order in which it came to know them.
var opened struct {
	sync.Mutex
	models []*model
	listen sync.Once
}

// open makes the model known to the front end, after those that it refers to, and returns its id.
func (m *model) open() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.comm != nil {
		return m.comm.ID()
	}
	opened.listen.Do(func() { comm.Handle(controlTarget, listen) })
	data, buffers := m.pack(m.state)
	c, err := comm.Open(target, data, map[string]any{"version": protocol}, buffers...)
	if err != nil {
		panic(fmt.Sprintf("widget: %s: %v", m.kind.model, err)) // a property that JSON cannot hold
	}
	m.comm = c
	if err := c.Leave(map[string]any{"method": "update", "state": m.afterwards(), "buffer_paths": []any{}}); err != nil {
		panic(fmt.Sprintf("widget: %s: %v", m.kind.model, err))
	}
	c.OnMessage(m.receive)
	c.OnClose(func(comm.Message) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.comm = nil
		forget(m)
	})
	opened.Lock()
	defer opened.Unlock()
	opened.models = append(opened.models, m)
	return c.ID()
}

// ended is what a person is told who points at a widget whose session has ended.
const ended = "The session behind this has ended. Run its cell again."

// afterwards is the state that the front end is to have when the session has ended without closing the widget: it stays where it is, looks as front
// ends have widgets look whose kernel is gone, and cannot be used. What has no place of its own on the page stays as it is; m.mu is held.
func (m *model) afterwards() map[string]any {
	state := map[string]any{}
	if classes, ok := m.state["_dom_classes"].([]string); ok {
		state["_dom_classes"] = append(slices.Clone(classes), "jupyter-widgets-disconnected")
	}
	if _, ok := m.state["description"]; ok { // without one, front ends cannot show a tooltip
		state["tooltip"] = ended
	}
	if _, ok := m.state["disabled"]; ok {
		state["disabled"] = true
	}
	return state
}

func forget(m *model) {
	opened.Lock()
	defer opened.Unlock()
	opened.models = slices.DeleteFunc(opened.models, func(other *model) bool { return other == m })
}

// pack makes state what travels: references become names, bytes become buffers.
func (m *model) pack(state map[string]any) (data map[string]any, buffers [][]byte) {
	flat, paths := map[string]any{}, [][]any{}
	for key, value := range state {
		switch value := value.(type) {
		case *model:
			flat[key] = "IPY_MODEL_" + value.open()
		case []*model:
			names := make([]string, len(value))
			for i, child := range value {
				names[i] = "IPY_MODEL_" + child.open()
			}
			flat[key] = names
		case []byte:
			paths = append(paths, []any{key})
			buffers = append(buffers, value)
		default:
			flat[key] = value
		}
	}
	return map[string]any{"state": flat, "buffer_paths": paths}, buffers
}

// send tells the front end about some of the state, if it knows the model; m.mu is held.
func (m *model) send(method string, state map[string]any) {
	if m.comm == nil {
		return
	}
	data, buffers := m.pack(state)
	data["method"] = method
	if err := m.comm.Send(data, buffers...); err != nil {
		panic(fmt.Sprintf("widget: %s: %v", m.kind.model, err))
	}
}

// message is what a front end says on the comm of a model.
type message struct {
	Method  string         `json:"method"`
	State   map[string]any `json:"state"`
	Paths   [][]any        `json:"buffer_paths"`
	Content map[string]any `json:"content"`
}

// receive takes what the front end says about the model.
func (m *model) receive(raw comm.Message) {
	var msg message
	if err := json.Unmarshal(raw.Data, &msg); err != nil {
		fmt.Printf("widget: %s: a message of the front end: %v\n", m.kind.model, err)
		return
	}
	switch msg.Method {
	case "update":
		for i, path := range msg.Paths {
			if key, ok := firstOf(path).(string); ok && len(path) == 1 && i < len(raw.Buffers) {
				msg.State[key] = raw.Buffers[i]
			}
		}
		m.take(msg.State)
	case "request_state":
		m.change(func() func() {
			m.send("update", m.state)
			return nil
		})
	case "custom":
		if m.custom != nil {
			m.custom(msg.Content)
		}
	}
}

func firstOf(path []any) any {
	if len(path) == 0 {
		return nil
	}
	return path[0]
}

// take takes over state that the front end has set. It is sent back, so that every view of the model shows the same, and the one
// that was changed knows that we know.
func (m *model) take(state map[string]any) {
	m.change(func() (then func()) {
		for key, value := range state {
			switch old, known := m.state[key]; old.(type) {
			case *model, []*model:
				delete(state, key) // what holds what is ours to say
			default:
				if !known {
					delete(state, key)
					continue
				}
				m.state[key] = value
			}
		}
		m.send("echo_update", state)
		if m.update != nil {
			then = m.update(state)
		}
		return then
	})
}

// listen answers front ends that ask for the state of all models: those that have come after them, such as a page that was
// loaded again.
func listen(c *comm.Comm, _ comm.Message) {
	c.OnMessage(func(raw comm.Message) {
		var msg message
		if json.Unmarshal(raw.Data, &msg) == nil && msg.Method == "request_states" {
			data, buffers := allStates()
			c.Send(data, buffers...)
		}
	})
}

func allStates() (data map[string]any, buffers [][]byte) {
	opened.Lock()
	models := slices.Clone(opened.models)
	opened.Unlock()
	states, paths := map[string]any{}, [][]any{}
	for _, m := range models {
		id, packed, more := m.whole()
		if id == "" {
			continue
		}
		states[id] = map[string]any{
			"model_name": m.kind.model, "model_module": m.kind.module, "model_module_version": m.kind.version,
			"state": packed["state"],
		}
		for _, path := range packed["buffer_paths"].([][]any) {
			paths = append(paths, append([]any{id, "state"}, path...))
		}
		buffers = append(buffers, more...)
	}
	return map[string]any{"method": "update_states", "states": states, "buffer_paths": paths}, buffers
}

// whole is the whole state, packed, and the id under which the front end knows the model; "" when it does not.
func (m *model) whole() (id string, packed map[string]any, buffers [][]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.comm == nil {
		return "", nil, nil
	}
	packed, buffers = m.pack(m.state)
	return m.comm.ID(), packed, buffers
}
