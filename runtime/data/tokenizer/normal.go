package tokenizer

import (
	"fmt"
	"sync"
)

// normalForms are Unicode's normal forms by name.
var normalForms sync.Map

// RegisterNormalForm says how text is brought into one of Unicode's normal forms (UAX #15): NFC, NFD, NFKC or NFKD. Package
// runtime/data/tokenizer/norm does it for all of them. They are not in this package because few files ask for one, and whoever
// loads no such file need not have the module that knows Unicode's tables.
func RegisterNormalForm(name string, form func(text string) string) { normalForms.Store(name, form) }

// changeForm brings texts into a normal form.
func (p *pipeline) changeForm(name string) error {
	form, ok := normalForms.Load(name)
	if !ok {
		return fmt.Errorf(`it asks for Unicode's %s, which this program does not have: import _ "github.com/resident-go/resident/runtime/data/tokenizer/norm"`, name)
	}
	p.change(form.(func(string) string))
	return nil
}
