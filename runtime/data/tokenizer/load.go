package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/resident-go/resident/runtime/internal/draft"
)

// Load reads a tokenizer from a file in the form of Hugging Face's tokenizer.json, or from a folder with such a file or
// with GPT-2's two, vocab.json and merges.txt. Its name is that of the file without its extension, or that of the folder.
func Load(path string) (Tokenizer, error) {
	tok, err := load(path)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: load %s: %w", path, err)
	}
	return tok, nil
}

func load(path string) (Tokenizer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, errors.Unwrap(err) // the path is named already
	}
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if !info.IsDir() {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return read(name, data)
	}
	data, err := os.ReadFile(filepath.Join(path, "tokenizer.json"))
	if err == nil {
		return read(filepath.Base(path), data)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	vocab, err := os.ReadFile(filepath.Join(path, "vocab.json"))
	if err != nil {
		return nil, errors.New("the folder has neither tokenizer.json nor vocab.json and merges.txt")
	}
	merges, err := os.ReadFile(filepath.Join(path, "merges.txt"))
	if err != nil {
		return nil, err
	}
	return readGPT2(filepath.Base(path), vocab, merges)
}

// Read reads what [Load] reads from a file.
func Read(name string, r io.Reader) (Tokenizer, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: read %s: %w", name, err)
	}
	tok, err := read(name, data)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: read %s: %w", name, err)
	}
	return tok, nil
}

func read(name string, data []byte) (Tokenizer, error) {
	var f hfFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("not a tokenizer.json: %w", err)
	}
	switch t := f.Model.Type; {
	case t == "WordLevel":
		return readChars(name, &f)
	case t == "BPE" || t == "" && len(f.Model.Merges) > 0: // old files do not say
		return newBPE(name, &f)
	case t == "":
		return nil, errors.New("not a tokenizer.json: it has no model")
	default:
		return nil, fmt.Errorf("the model %q is not supported; BPE is", t)
	}
}

// Save writes a tokenizer as a tokenizer.json, which [Load] and Hugging Face's tokenizers read. It works for the tokenizers of this
// package. A file that is there is replaced, all at once.
func Save(tok Tokenizer, path string) error {
	if err := save(tok, path); err != nil {
		return fmt.Errorf("tokenizer: save %s: %w", path, err)
	}
	return nil
}

func save(tok Tokenizer, path string) error {
	m, ok := tok.(json.Marshaler)
	if !ok {
		return fmt.Errorf("a %T cannot be written as a file", tok)
	}
	data, err := m.MarshalJSON()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	return draft.Replace(path, func(w io.Writer) error {
		_, err := b.WriteTo(w)
		return err
	})
}
