package nbformat

// The version that Write writes.
const (
	Major = 4
	Minor = 5
)

// Notebook is a document of nbformat 4.5.
type Notebook struct {
	// Minor is 5, or more when the file came from a later 4.x. Anything below 5 is written as 5.
	Minor    int
	Metadata map[string]any
	Cells    []Cell
	Extra    map[string]any // top-level fields this version does not know, kept as they are
}

// CellType names the three kinds of cell of nbformat 4.
type CellType string

const (
	Code     CellType = "code"
	Markdown CellType = "markdown"
	Raw      CellType = "raw"
)

// Cell is one cell of a notebook.
//
// A cell whose type this version does not know (from a later 4.x) has ID, Metadata and Extra only.
type Cell struct {
	Type     CellType
	ID       string // written as [Read] would make it when it is empty or taken
	Source   string
	Metadata map[string]any

	// Attachments are the files that the text refers to: name -> MIME type -> content. Nil means that the file says nothing.
	Attachments map[string]map[string]any

	Outputs        []Output // code cells
	ExecutionCount int      // code cells; 0 is null (a 0 that a file itself has stays in Extra)

	Extra map[string]any // fields this version does not know, kept as they are
}

func (t CellType) known() bool { return t == Code || t == Markdown || t == Raw }
