package playground

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/resident-go/resident/runtime/data"
)

// Study chooses the text that the model learns from, from the next [Playground.Step] on. It must be long enough for a few windows of what the model sees.
func (p *Playground) Study(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("playground: study: the text is not UTF-8")
	}
	set := data.Tokens(p.tok, text)
	if least := 2 * batchTokens; set.Len() < least {
		return fmt.Errorf("playground: study: the text has %d tokens, want at least %d", set.Len(), least)
	}
	p.work.Lock()
	defer p.work.Unlock()
	p.text = set.Split(0.9)
	if p.student == nil {
		return nil
	}
	block := min(batchTokens, p.student.model.Config.BlockSize)
	batches, err := p.text.Training(data.Batching{Size: batchRows, Block: block, Seed: 1})
	if err != nil {
		return fmt.Errorf("playground: study: %w", err)
	}
	p.student.batches = batches
	return nil
}
