package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// desk is a recorder with a person in front who writes the document.
type desk struct {
	recorder
	told []string
}

func (d *desk) Page(data map[string]any) {
	_, text, _ := strings.Cut(data["text/plain"].(string), "func ")
	d.told = append(d.told, fmt.Sprintf("page %.6q html %t", text, data["text/html"] != nil))
}

func (d *desk) NextCell(code string, replace bool) {
	d.told = append(d.told, fmt.Sprintf("next %q %t", code, replace))
}

// TestDesk has cells with something for who writes the notebook, and what is shown where nobody does.
func TestDesk(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "piece.go"), []byte("a := 1\n%time\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	const next = "import \"github.com/resident-go/resident/kernel/display\"\ndisplay.NextCell(\"x := 1\")\ndisplay.NextCell(\"x := 2\")"
	rows := []struct{ code, told, shows, alone string }{
		{"strings.Fields?", `[page "Fields" html true]`, "", "func Fields(s string)"},
		{"?os.Exit\n7", `[page "Exit(c" html true]`, "[result] 7\n", "func Exit(code int)"},
		{"%doc -src -page strings.Fields", `[page "Fields" html true]`, "", "func Fields(s string)"},
		{"%doc -page nothing.At.All", "[]", "DirectiveError", "DirectiveError"},
		{"%fmt\nx:=1\nundefined( x)", `[next "x := 1\nundefined(x)" true]`, "", "x := 1\nundefined(x)\n"},
		{"%capture copy.txt\n%fmt\nx:=1", `[next "%capture copy.txt\nx := 1" true]`, "", "%capture copy.txt\nx := 1\n"},
		{"%load -edit piece.go\nnever(run)", `[next "a := 1\n%time" true]`, "", "-edit is for front ends in which cells are written"},
		{next, `[next "x := 1" false next "x := 2" false]`, "", ""},
		{next + "\n%time", `[next "x := 1" false next "x := 2" false]`, "time: ", "time: "},
	}
	e := newTestEngine(t, Options{Dir: dir})
	for i, r := range rows {
		d := &desk{}
		err := e.Run(t.Context(), i+1, r.code, d)
		got := d.String()
		if err != nil {
			got += err.Error()
		}
		if !strings.Contains(got, r.shows) || r.shows == "" && got != "" {
			t.Errorf("%s: showed %q, expected %q", r.code, got, r.shows)
		}
		if told := fmt.Sprint(d.told); told != r.told {
			t.Errorf("%s: told %s, expected %s", r.code, told, r.told)
		}
		if got := runCell(t, e, i+1, r.code); !strings.Contains(got, r.alone) || r.alone == "" && got != "" {
			t.Errorf("%s: without anybody in front shows %q, expected %q", r.code, got, r.alone)
		}
	}
}
