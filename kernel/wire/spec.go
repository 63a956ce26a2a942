package wire

// The channels on which messages travel.
const (
	Shell   = "shell"
	Control = "control"
	IOPub   = "iopub"
	Stdin   = "stdin"
)

// kind is the type of a field's value.
type kind int

const (
	text kind = iota
	integer
	number
	boolean
	object
	texts      // list of strings
	list       // list of anything
	objects    // list of objects
	mimeBundle // MIME type -> string, or a JSON value for JSON types
)

// field is one entry of a content object.
type field struct {
	name     string
	kind     kind
	optional bool
	oneOf    []string
}

func (f field) maybe() field { f.optional = true; return f }

func (f field) among(values ...string) field { f.oneOf = values; return f }

func fields(kind kind, names ...string) []field {
	var fs []field
	for _, n := range names {
		fs = append(fs, field{name: n, kind: kind})
	}
	return fs
}

// message is what the protocol says about one msg_type.
type message struct {
	channels []string
	fields   []field
	status   bool // a reply whose fields depend on its status, see replyFields
	orphan   bool // may have no parent
	foreign  bool // may carry fields that are not listed
}

var (
	code      = field{name: "code", kind: text}
	cursorPos = field{name: "cursor_pos", kind: integer}
	metadata  = field{name: "metadata", kind: object}
	transient = field{name: "transient", kind: object}
	data      = field{name: "data", kind: mimeBundle}
	count     = field{name: "execution_count", kind: integer}
	commID    = field{name: "comm_id", kind: text}
	commData  = field{name: "data", kind: object}
	subshell  = field{name: "subshell_id", kind: text}
	target    = field{name: "target_name", kind: text}
)

var shellOnly = []string{Shell}
var shellAndControl = []string{Shell, Control}
var iopubOnly = []string{IOPub}

func request(on []string, fs ...field) message {
	return message{channels: on, fields: fs, foreign: true, orphan: true}
}

func reply(on []string, fs ...field) message { return message{channels: on, fields: fs, status: true} }

func published(fs ...field) message { return message{channels: iopubOnly, fields: fs} }

// spec is the messaging protocol 5.5: every message that a kernel understands or sends, and what it holds.
var spec = map[string]message{
	// shell, asked by the front end
	"execute_request": request(shellOnly, code,
		field{name: "silent", kind: boolean}.maybe(),
		field{name: "store_history", kind: boolean}.maybe(),
		field{name: "user_expressions", kind: object}.maybe(),
		field{name: "allow_stdin", kind: boolean}.maybe(),
		field{name: "stop_on_error", kind: boolean}.maybe()),
	"inspect_request":     request(shellOnly, code, cursorPos, field{name: "detail_level", kind: integer}.maybe()),
	"complete_request":    request(shellOnly, code, cursorPos),
	"is_complete_request": request(shellOnly, code),
	"history_request": request(shellOnly,
		field{name: "output", kind: boolean}.maybe(),
		field{name: "raw", kind: boolean}.maybe(),
		field{name: "hist_access_type", kind: text}.among("range", "tail", "search"),
		field{name: "session", kind: integer}.maybe(),
		field{name: "start", kind: integer}.maybe(),
		field{name: "stop", kind: integer}.maybe(),
		field{name: "n", kind: integer}.maybe(),
		field{name: "pattern", kind: text}.maybe(),
		field{name: "unique", kind: boolean}.maybe()),
	"comm_info_request":   request(shellOnly, target.maybe()),
	"connect_request":     request(shellAndControl),
	"kernel_info_request": request(shellAndControl),
	"shutdown_request":    request(shellAndControl, field{name: "restart", kind: boolean}),
	"interrupt_request":   request(shellAndControl), // on shell from VS Code

	"create_subshell_request": request([]string{Control}),
	"delete_subshell_request": request([]string{Control}, subshell),
	"list_subshell_request":   request([]string{Control}),

	"usage_request": request([]string{Control}), // not in the specification: ipykernel's, for extensions that watch over kernels

	// shell and control, answered by the kernel
	"execute_reply": reply(shellOnly, count,
		field{name: "payload", kind: objects}, field{name: "user_expressions", kind: object}),
	"inspect_reply": reply(shellOnly, field{name: "found", kind: boolean}, data, metadata),
	"complete_reply": reply(shellOnly, field{name: "matches", kind: texts},
		field{name: "cursor_start", kind: integer}, field{name: "cursor_end", kind: integer}, metadata),
	"is_complete_reply": {channels: shellOnly, fields: []field{
		field{name: "status", kind: text}.among("complete", "incomplete", "invalid", "unknown"),
		{name: "indent", kind: text}}},
	"history_reply":   reply(shellOnly, field{name: "history", kind: list}),
	"comm_info_reply": reply(shellOnly, field{name: "comms", kind: object}),
	"connect_reply": reply(shellAndControl,
		fields(integer, "shell_port", "iopub_port", "stdin_port", "hb_port", "control_port")...),
	"kernel_info_reply": reply(shellAndControl, append(
		fields(text, "protocol_version", "implementation", "implementation_version", "banner"),
		field{name: "language_info", kind: object}, field{name: "help_links", kind: objects},
		field{name: "debugger", kind: boolean}, field{name: "supported_features", kind: texts})...),
	"shutdown_reply":  reply([]string{Shell, Control, IOPub}, field{name: "restart", kind: boolean}),
	"interrupt_reply": reply(shellAndControl),

	"create_subshell_reply": reply([]string{Control}, subshell),
	"delete_subshell_reply": reply([]string{Control}),
	"list_subshell_reply":   reply([]string{Control}, field{name: "subshell_id", kind: texts}),
	"usage_reply": reply([]string{Control}, field{name: "hostname", kind: text},
		field{name: "pid", kind: integer}, field{name: "cpu_count", kind: integer},
		field{name: "kernel_cpu", kind: number}.maybe(), field{name: "kernel_memory", kind: integer}.maybe(),
		field{name: "host_cpu_percent", kind: number}.maybe(), field{name: "host_virtual_memory", kind: object}.maybe()),

	// iopub
	"status": {channels: iopubOnly, orphan: true, fields: []field{
		field{name: "execution_state", kind: text}.among("starting", "busy", "idle")}},
	"iopub_welcome":       {channels: iopubOnly, orphan: true, fields: fields(text, "subscription")},
	"execute_input":       published(code, count),
	"stream":              published(field{name: "name", kind: text}.among("stdout", "stderr"), field{name: "text", kind: text}),
	"display_data":        published(data, metadata, transient.maybe()),
	"update_display_data": published(data, metadata, transient),
	"execute_result":      published(count, data, metadata, transient.maybe()),
	"error":               published(errorFields...),
	"clear_output":        published(field{name: "wait", kind: boolean}),

	// comms, both ways
	"comm_open":  {channels: []string{Shell, IOPub}, orphan: true, fields: []field{commID, target, commData}, foreign: true},
	"comm_msg":   {channels: []string{Shell, IOPub}, orphan: true, fields: []field{commID, commData}, foreign: true},
	"comm_close": {channels: []string{Shell, IOPub}, orphan: true, fields: []field{commID, commData}, foreign: true},

	// stdin
	"input_request": {channels: []string{Stdin}, fields: []field{
		{name: "prompt", kind: text}, {name: "password", kind: boolean}}},
	"input_reply": {channels: []string{Stdin}, orphan: true, foreign: true,
		fields: []field{field{name: "value", kind: text}.maybe()}},
}

var errorFields = append(fields(text, "ename", "evalue"), field{name: "traceback", kind: texts})

// replyFields returns the fields of a reply whose status is given: an error replaces what the reply would say,
// except for execute_reply, which carries the count of a cell that was run.
func (m message) replyFields(msgType, status string) []field {
	fs := []field{field{name: "status", kind: text}.among("ok", "error", "aborted")}
	if status == "ok" || status == "error" && msgType == "execute_reply" {
		fs = append(fs, m.fields...)
	}
	if status == "error" {
		fs = append(fs, errorFields...)
	}
	return fs
}
