package lessons

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/resident-go/resident/lessons/playground"
)

// strictPolicy allows a page what it holds itself, and nothing that runs.
const strictPolicy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; media-src data:; form-action 'none'; base-uri 'none'"

// HasPlayground says whether the lesson's page computes, if it is given the parts for it.
func (l *Lesson) HasPlayground() bool {
	for _, c := range l.Cells {
		if c.Kind == Code && c.Attrs.Role == Playground {
			return true
		}
	}
	return false
}

// living reports whether a cell becomes a playground on this page.
func (b *pageBuilder) living(c *Cell) bool {
	return b.playgrounds != nil && c.Attrs.Role == Playground
}

// playground is the playground of a cell. Its attributes may name a folder beside the lesson with a model of its own, as package
// checkpoint saves it, and prompts to begin with: x-model="graduate" x-prompts=["Light is","If a Prism"].
func (b *pageBuilder) playground(c *Cell) string {
	var folder string
	var prompts []string
	for _, a := range c.Attrs.All {
		var err error
		switch a.Key {
		case "x-model":
			err = json.Unmarshal(a.Value, &folder)
		case "x-prompts":
			err = json.Unmarshal(a.Value, &prompts)
		}
		if err != nil {
			b.err = fmt.Errorf("%v: %s: %w", a.Pos, a.Key, err)
			return ""
		}
	}
	model, err := b.model(folder)
	html := ""
	if err == nil {
		html, err = b.playgrounds.Add(model, prompts)
	}
	if err != nil && folder != "" {
		err = fmt.Errorf("x-model %q: %w", folder, err)
	}
	if err != nil {
		b.err = fmt.Errorf("%v: %w", c.Pos, err)
	}
	return html
}

// model is a folder beside the lesson, nil if there is no name for it.
func (b *pageBuilder) model(folder string) (fs.FS, error) {
	switch {
	case folder == "":
		return nil, nil
	case b.page.Files == nil || !fs.ValidPath(folder):
		return nil, errors.New("it is no folder beside the lesson")
	}
	return fs.Sub(b.page.Files, folder)
}

// addPlaygrounds adds to a page what its playgrounds need.
func (b *pageBuilder) addPlaygrounds(h *rendered) {
	if b.playgrounds == nil || b.playgrounds.Empty() {
		return
	}
	h.css += playground.CSS
	h.policy += "; " + playground.Policy()
	h.blocks = b.playgrounds.Blocks()
	h.script = playground.Script
}
