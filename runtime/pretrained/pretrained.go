// Package pretrained has a small model that was trained beforehand, so that a model can be used at once, on any machine.
//
// The model's files are those of Hugging Face's form: config.json, model.safetensors, tokenizer.json. How it was trained
// stands in training.json, which the command train in this folder has written with the rest:
//
//	go run ./runtime/pretrained/train
package pretrained

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/nn"
)

//go:embed opticks
var files embed.FS

// Opticks is a GPT of about a million parameters in GPT-2's form that was trained on Newton's Opticks, with its tokenizer. It writes like the book, and
// knows nothing else.
func Opticks(wishes ...nn.Option) (*nn.GPT, tokenizer.Tokenizer, error) {
	folder, err := fs.Sub(files, "opticks")
	if err != nil {
		return nil, nil, err
	}
	f, err := folder.Open("tokenizer.json")
	if err != nil {
		return nil, nil, fmt.Errorf("pretrained: %w", err)
	}
	defer f.Close()
	tok, err := tokenizer.Read("opticks", f)
	if err != nil {
		return nil, nil, fmt.Errorf("pretrained: %w", err)
	}
	m, err := checkpoint.LoadFS(folder, wishes...)
	if err != nil {
		return nil, nil, fmt.Errorf("pretrained: %w", err)
	}
	return m, tok, nil
}
