package engine

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSymbolDoc compares with go doc, which reads the same sources. Of long lists of constants go doc shows all.
func TestSymbolDoc(t *testing.T) {
	tc, err := FindToolchain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		path, symbol string
		part         bool // what we have is a part of what go doc says
	}{
		{"strings", "Repeat", false}, {"strings", "Builder.WriteString", false}, {"strings", "Builder", false}, {"strings", "Reader", false},
		{"io", "Reader", false}, {"io", "Reader.Read", false}, {"io", "EOF", true}, {"io", "Copy", false}, {"sort", "Interface.Len", false},
		{"time", "Second", true}, {"time", "Time.Year", false}, {"time", "Duration", true}, {"math", "Pi", false}, {"os", "Args", false},
		{"os", "File.Chmod", false}, {"slices", "SortFunc", false}, {"maps", "Keys", false}, {"sync/atomic", "Pointer.Load", false},
		{"net/http", "Get", false}, {"net/http", "Server.Shutdown", false}, {"fmt", "Stringer", false}, {"net/http", "Handler", true}, {"errors", "As", false},
		{"encoding/json", "Marshal", false}, {"go/ast", "FuncDecl", false}, {"bufio", "Scanner", true},
		{"fmt", "", true}, {"strings", "", true}, {"net/http", "", true},
	}
	for _, row := range rows {
		args := []string{"doc", row.path}
		if row.symbol != "" {
			args = append(args, row.symbol)
		}
		out, err := exec.Command(tc.Go, args...).Output()
		if err != nil {
			t.Fatal(row.path, row.symbol, err)
		}
		want := strings.TrimSpace(string(out))
		got := symbolDoc(filepath.Join(tc.Root, "src", row.path), row.path, row.symbol, false)
		if row.part && (got == "" || !strings.HasPrefix(words(want), words(got))) || !row.part && got != want {
			t.Errorf("%s.%s reads\n%s\n--- but for go doc ---\n%s", row.path, row.symbol, got, want)
		}
	}
}

// TestSymbolDocOwnWay has what go doc does otherwise: it shows long lists as a whole, and few of the functions that return a type.
func TestSymbolDocOwnWay(t *testing.T) {
	tc, err := FindToolchain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		path, symbol string
		source       bool
		want         string // "" for nothing
	}{
		{"unicode", "Letter", false, "var Letter = _L // Letter/L is the set"},
		{"net/http", "StatusTeapot", false, "const StatusTeapot = 418"},
		{"context", "Context", false, "\nfunc WithCancel(parent Context) (ctx Context, cancel CancelFunc)\n"},
		{"net/http", "Server.Addr", false, "type Server struct { // Addr optionally specifies the TCP address"},
		{"strings", "Repeat", true, "\tif count < 0 {"},
		{"strings", "Builder", true, "\taddr *Builder"},
		{"builtin", "len", false, "func len(v Type) int\n    The len built-in function"},
		{"builtin", "error", false, "type error interface {"},
		{"bufio", "ReadWriter.ReadString", false, ""}, // comes from an embedded type
		{"strings", "Nothing", false, ""},
		{"strings", "Builder.Nothing", false, ""},
		{"no/such/package", "X", false, ""},
	}
	for _, row := range rows {
		got := symbolDoc(filepath.Join(tc.Root, "src", row.path), row.path, row.symbol, row.source)
		if !strings.Contains(words(got), words(row.want)) || (got == "") != (row.want == "") {
			t.Errorf("%s.%s reads\n%s\nexpected %q in it", row.path, row.symbol, got, row.want)
		}
	}
}

// words is a text without the spaces between its words.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }
