package nbformat

// OutputType names the four kinds of output of nbformat 4.
type OutputType string

const (
	Stream        OutputType = "stream"
	DisplayData   OutputType = "display_data"
	ExecuteResult OutputType = "execute_result"
	ErrorOutput   OutputType = "error"
)

// Output is one output of a code cell (nbformat 4, "output").
type Output struct {
	Type OutputType

	Name string // stream: "stdout" or "stderr"
	Text string // stream

	Data           map[string]any // display_data, execute_result: MIME type -> string, or a JSON value for JSON types
	Metadata       map[string]any // display_data, execute_result
	ExecutionCount int            // execute_result; 0 is null

	EName, EValue string // error
	Traceback     []string

	Extra map[string]any // fields this version does not know, kept as they are

	// DisplayID and Update are transient: they travel on the wire and are never stored in a file. An Output with a
	// DisplayID replaces what earlier outputs with that id show; with Update set it shows nothing of its own.
	DisplayID string
	Update    bool
}

// Sink receives what a running cell shows, in order. Calls come one at a time.
type Sink interface {
	Output(Output)
	// ClearOutput removes what the cell has shown so far; with wait, only when the next output arrives.
	ClearOutput(wait bool)
	// Input asks the person in front for a line. It returns io.EOF at the end of input, and an error that says so
	// when nobody can be asked.
	Input(prompt string, password bool) (string, error)
}

// Desk is what a Sink is besides when a person in front of it writes the document.
type Desk interface {
	// Page shows something to be read beside the document, by MIME type: in a pager, where there is one.
	Page(data map[string]any)
	// NextCell offers code: in place of the cell's own, or in a new cell below it.
	NextCell(code string, replace bool)
}

// CellError is the failure of one cell: what a Jupyter error output holds. The session lives on.
type CellError struct {
	EName, EValue string
	Traceback     []string
}

func (e *CellError) Error() string { return e.EName + ": " + e.EValue }

// Output returns the error as the output that front ends show.
func (e *CellError) Output() Output {
	return Output{Type: ErrorOutput, EName: e.EName, EValue: e.EValue, Traceback: e.Traceback}
}
