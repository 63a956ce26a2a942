package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// List is a list that is never null.
type List[T any] []T

func (l List[T]) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	return marshal([]T(l))
}

// Dict is a JSON object that is never null.
type Dict map[string]any

func (d Dict) MarshalJSON() ([]byte, error) {
	if d == nil {
		return []byte("{}"), nil
	}
	return marshal(map[string]any(d))
}

// marshal is json.Marshal without the escapes for HTML: sources and HTML displays travel shorter and readable.
func marshal(v any) ([]byte, error) {
	if c, ok := v.(shown); ok {
		return c.appendTo(nil)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// Requests. Parse reads them.

// ExecuteRequest asks to run a cell.
type ExecuteRequest struct {
	Code            string            `json:"code"`
	Silent          bool              `json:"silent"`
	StoreHistory    bool              `json:"store_history"`
	UserExpressions map[string]string `json:"user_expressions"`
	AllowStdin      bool              `json:"allow_stdin"`
	StopOnError     bool              `json:"stop_on_error"`
}

func (r *ExecuteRequest) defaults() { r.StoreHistory, r.StopOnError = true, true }

// CodeRequest is the content of complete_request, inspect_request and is_complete_request. CursorPos counts code points.
type CodeRequest struct {
	Code        string `json:"code"`
	CursorPos   int    `json:"cursor_pos"`
	DetailLevel int    `json:"detail_level"`
}

// HistoryRequest asks for earlier inputs.
type HistoryRequest struct {
	Output  bool   `json:"output"`
	Raw     bool   `json:"raw"`
	Access  string `json:"hist_access_type"` // range, tail, search
	Session int    `json:"session"`          // range: 0 is this one, negative counts back
	Start   int    `json:"start"`
	Stop    *int   `json:"stop"`
	N       int    `json:"n"`
	Pattern string `json:"pattern"`
	Unique  bool   `json:"unique"`
}

// CommRequest is the content of comm_open, comm_msg, comm_close and comm_info_request.
type CommRequest struct {
	CommID     string          `json:"comm_id"`
	TargetName string          `json:"target_name"`
	Data       json.RawMessage `json:"data"`
}

// SubshellRequest is the content of delete_subshell_request.
type SubshellRequest struct {
	SubshellID string `json:"subshell_id"`
}

// ShutdownRequest asks the kernel to end, perhaps to be started again.
type ShutdownRequest struct {
	Restart bool `json:"restart"`
}

// InterruptRequest asks on control that what runs be interrupted.
type InterruptRequest struct{}

// InputReply is the answer to an InputRequest.
type InputReply struct {
	Status string `json:"status"`
	Value  string `json:"value"`
	EName  string `json:"ename"`
	EValue string `json:"evalue"`
}

// Parse reads the content of a request, after checking it against the table of the protocol.
func Parse[T any](m *Message) (T, error) {
	var v T
	if err := checkRequest(m); err != nil {
		return v, err
	}
	if d, ok := any(&v).(interface{ defaults() }); ok {
		d.defaults()
	}
	if err := json.Unmarshal(m.Content, &v); err != nil {
		return v, fmt.Errorf("%s: %w", m.Header.Type, err)
	}
	return v, nil
}

// Replies.

type answer struct{}

func (answer) MsgType() string { return "" }

// ErrorReply says that a request failed.
type ErrorReply struct {
	answer
	Status    string       `json:"status"` // "error"
	EName     string       `json:"ename"`
	EValue    string       `json:"evalue"`
	Traceback List[string] `json:"traceback"`
}

// ExecuteReply ends a cell that did not fail.
type ExecuteReply struct {
	answer
	Status          string     `json:"status"` // "ok"; of one that was not run at all StatusReply says "aborted"
	ExecutionCount  int        `json:"execution_count"`
	Payload         List[Dict] `json:"payload"`
	UserExpressions Dict       `json:"user_expressions"`
}

// ExecuteError ends a cell that failed.
type ExecuteError struct {
	answer
	Status          string       `json:"status"` // "error"
	ExecutionCount  int          `json:"execution_count"`
	Payload         List[Dict]   `json:"payload"`
	UserExpressions Dict         `json:"user_expressions"`
	EName           string       `json:"ename"`
	EValue          string       `json:"evalue"`
	Traceback       List[string] `json:"traceback"`
}

// StatusReply is an answer that says nothing but how it went.
type StatusReply struct {
	answer
	Status string `json:"status"`
}

// InspectReply describes what is at the cursor.
type InspectReply struct {
	answer
	Status   string `json:"status"`
	Found    bool   `json:"found"`
	Data     Dict   `json:"data"`
	Metadata Dict   `json:"metadata"`
}

// CompleteReply lists what may stand in place of the code points from CursorStart to CursorEnd.
type CompleteReply struct {
	answer
	Status      string       `json:"status"`
	Matches     List[string] `json:"matches"`
	CursorStart int          `json:"cursor_start"`
	CursorEnd   int          `json:"cursor_end"`
	Metadata    Dict         `json:"metadata"`
}

// IsCompleteReply says whether Enter should run the code. Indent is always there: front ends read it unasked.
type IsCompleteReply struct {
	answer
	Status string `json:"status"` // complete, incomplete, invalid, unknown
	Indent string `json:"indent"`
}

// HistoryReply holds entries [session, line, input] or [session, line, [input, output]].
type HistoryReply struct {
	answer
	Status  string      `json:"status"`
	History List[[]any] `json:"history"`
}

// CommInfoReply lists open comms: id -> {target_name}.
type CommInfoReply struct {
	answer
	Status string `json:"status"`
	Comms  Dict   `json:"comms"`
}

// CreateSubshellReply names the new subshell.
type CreateSubshellReply struct {
	answer
	Status     string `json:"status"`
	SubshellID string `json:"subshell_id"`
}

// ListSubshellReply lists the subshells that there are, without the main shell.
type ListSubshellReply struct {
	answer
	Status      string       `json:"status"`
	SubshellIDs List[string] `json:"subshell_id"`
}

// ConnectReply repeats the ports.
type ConnectReply struct {
	answer
	Status  string `json:"status"`
	Shell   int    `json:"shell_port"`
	IOPub   int    `json:"iopub_port"`
	Stdin   int    `json:"stdin_port"`
	HB      int    `json:"hb_port"`
	Control int    `json:"control_port"`
}

// LanguageInfo tells front ends how to show and store code.
type LanguageInfo struct {
	Name              string `json:"name"`
	Version           string `json:"version"`
	MIMEType          string `json:"mimetype"`
	FileExtension     string `json:"file_extension"`
	PygmentsLexer     string `json:"pygments_lexer"`
	CodemirrorMode    string `json:"codemirror_mode"`
	NBConvertExporter string `json:"nbconvert_exporter"`
}

// HelpLink is an entry of the front end's help menu.
type HelpLink struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// KernelInfoReply says who we are.
type KernelInfoReply struct {
	answer
	Status                string         `json:"status"`
	ProtocolVersion       string         `json:"protocol_version"`
	Implementation        string         `json:"implementation"`
	ImplementationVersion string         `json:"implementation_version"`
	LanguageInfo          LanguageInfo   `json:"language_info"`
	Banner                string         `json:"banner"`
	Debugger              bool           `json:"debugger"`
	HelpLinks             List[HelpLink] `json:"help_links"`
	SupportedFeatures     List[string]   `json:"supported_features"`
}

// UsageReply says what the kernel and its processes take of the machine. Where that cannot be measured, only the first fields are there.
type UsageReply struct {
	answer
	Status            string   `json:"status"`
	Hostname          string   `json:"hostname"`
	PID               int      `json:"pid"`
	CPUCount          int      `json:"cpu_count"`
	KernelCPU         *float64 `json:"kernel_cpu,omitempty"`       // percent, 100 is one processor
	KernelMemory      *int64   `json:"kernel_memory,omitempty"`    // bytes
	HostCPUPercent    *float64 `json:"host_cpu_percent,omitempty"` // 100 is all processors
	HostVirtualMemory Dict     `json:"host_virtual_memory,omitempty"`
}

// ShutdownReply repeats whether a restart was asked for.
type ShutdownReply struct {
	answer
	Status  string `json:"status"`
	Restart bool   `json:"restart"`
}

// Published on iopub, and asked on stdin.

// Status says whether the kernel works on the parent request.
type Status struct {
	State string `json:"execution_state"` // starting, busy, idle; of whoever watches over the kernel: restarting, dead
}

// ExecuteInput repeats the code of a cell that begins, for other front ends.
type ExecuteInput struct {
	Code           string `json:"code"`
	ExecutionCount int    `json:"execution_count"`
}

// Stream is text that the cell printed.
type Stream struct {
	Name string `json:"name"` // stdout, stderr
	Text string `json:"text"`
}

// DisplayData shows something rich; its Transient may hold a display_id.
type DisplayData struct {
	Data      Dict `json:"data"`
	Metadata  Dict `json:"metadata"`
	Transient Dict `json:"transient"`
}

// UpdateDisplayData replaces what earlier displays with the same display_id show.
type UpdateDisplayData DisplayData

// ExecuteResult shows the value of a cell.
type ExecuteResult struct {
	ExecutionCount int  `json:"execution_count"`
	Data           Dict `json:"data"`
	Metadata       Dict `json:"metadata"`
	Transient      Dict `json:"transient"`
}

// Error shows why a cell failed.
type Error struct {
	EName     string       `json:"ename"`
	EValue    string       `json:"evalue"`
	Traceback List[string] `json:"traceback"`
}

// ClearOutput removes what the cell has shown.
type ClearOutput struct {
	Wait bool `json:"wait"`
}

// CommOpen opens a comm for a target of the front ends.
type CommOpen struct {
	CommID     string `json:"comm_id"`
	TargetName string `json:"target_name"`
	Data       Object `json:"data"`
	Enclosure  `json:"-"`
}

// CommMsg says something on a comm.
type CommMsg struct {
	CommID    string `json:"comm_id"`
	Data      Object `json:"data"`
	Enclosure `json:"-"`
}

// CommClose ends a comm.
type CommClose struct {
	CommID    string `json:"comm_id"`
	Data      Object `json:"data"`
	Enclosure `json:"-"`
}

// Enclosure is what a message may carry beside its content.
type Enclosure struct {
	Metadata Object
	Buffers  [][]byte
}

// enclosing is content with an Enclosure.
type enclosing interface {
	enclosed() (metadata json.RawMessage, buffers [][]byte)
}

func (e Enclosure) enclosed() (json.RawMessage, [][]byte) { return e.Metadata.raw(), e.Buffers }

// Object is a JSON object as it was encoded elsewhere; none is {}.
type Object json.RawMessage

func (o Object) MarshalJSON() ([]byte, error) { return o.raw(), nil }

func (o Object) raw() json.RawMessage {
	if len(o) == 0 {
		return json.RawMessage("{}")
	}
	return json.RawMessage(o)
}

// IOPubWelcome confirms a subscription.
type IOPubWelcome struct {
	Subscription string `json:"subscription"`
}

// InputRequest asks the person in front for a line.
type InputRequest struct {
	Prompt   string `json:"prompt"`
	Password bool   `json:"password"`
}

func (ShutdownRequest) MsgType() string   { return "shutdown_request" }
func (InterruptRequest) MsgType() string  { return "interrupt_request" }
func (Status) MsgType() string            { return "status" }
func (ExecuteInput) MsgType() string      { return "execute_input" }
func (Stream) MsgType() string            { return "stream" }
func (DisplayData) MsgType() string       { return "display_data" }
func (UpdateDisplayData) MsgType() string { return "update_display_data" }
func (ExecuteResult) MsgType() string     { return "execute_result" }
func (Error) MsgType() string             { return "error" }
func (ClearOutput) MsgType() string       { return "clear_output" }
func (CommOpen) MsgType() string          { return "comm_open" }
func (CommMsg) MsgType() string           { return "comm_msg" }
func (CommClose) MsgType() string         { return "comm_close" }
func (IOPubWelcome) MsgType() string      { return "iopub_welcome" }
func (InputRequest) MsgType() string      { return "input_request" }
