package tokenizer

import (
	"encoding/json"
	"strings"
	"testing"
)

// With their module the forms are at hand (example_test.go imports it); a program without is told what to import.
func TestNormalForms(t *testing.T) {
	const angstrom = "\u212b" // ANGSTROM SIGN, an example of UAX #15
	for _, row := range []struct{ form, want string }{
		{"NFC", "\u00c5"}, {"NFD", "A\u030a"}, {"NFKC", "\u00c5"}, {"NFKD", "A\u030a"},
	} {
		p := pipeline{normalizer: json.RawMessage(`{"type":"` + row.form + `"}`)}
		if err := p.parse(); err != nil {
			t.Fatal(err)
		}
		if got := p.normal[0](angstrom, true); got != row.want {
			t.Errorf("%s of %q is %q, want %q", row.form, angstrom, got, row.want)
		}
		form, _ := normalForms.LoadAndDelete(row.form)
		err := new(pipeline{normalizer: p.normalizer}).parse()
		if err == nil || !strings.Contains(err.Error(), `import _ "github.com/resident-go/resident/runtime/data/tokenizer/norm"`) {
			t.Errorf("without %s the error is %v", row.form, err)
		}
		normalForms.Store(row.form, form)
	}
}
