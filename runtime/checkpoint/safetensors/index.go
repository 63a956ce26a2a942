package safetensors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// The names of a model's files in its folder.
const (
	FileName  = "model.safetensors"
	IndexName = "model.safetensors.index.json"
)

// index says which file of a model in several files holds which tensor. The metadata beside it (total_size) is advice to
// people, and not read: published models have it wrong.
type index struct {
	files   []string          // sorted
	tensors map[string]string // tensor to file
}

// parseIndex reads the JSON text of an index.
func parseIndex(text []byte) (*index, error) {
	if !utf8.Valid(text) {
		return nil, fault("", "the index is not valid UTF-8")
	}
	p := &parser{json.NewDecoder(bytes.NewReader(text))}
	p.UseNumber()
	var x *index
	err := p.object("the index", func(key string) (err error) {
		if key != "weight_map" {
			return p.skip()
		}
		x, err = p.weightMap()
		return err
	})
	if err != nil {
		return nil, err
	}
	if x == nil {
		return nil, fault("", "weight_map is missing")
	}
	return x, p.end()
}

func (p *parser) weightMap() (*index, error) {
	x := &index{tensors: map[string]string{}}
	err := p.object("weight_map", func(tensor string) error {
		file, err := p.text("the file of " + quoted(tensor))
		if err != nil {
			return err
		}
		if !plainName(file) {
			return fault(tensor, "is in the file %s, expected the name of a file in the same folder", quoted(file))
		}
		x.tensors[tensor] = file
		return nil
	})
	for _, file := range x.tensors {
		x.files = append(x.files, file)
	}
	slices.Sort(x.files)
	x.files = slices.Compact(x.files)
	return x, err
}

// plainName tells whether a file name cannot lead out of its folder.
func plainName(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsAny(s, `/\:`+"\x00") && filepath.IsLocal(s)
}

// encode writes an index as transformers does.
func (x *index) encode(w io.Writer, elements, size int64) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(map[string]any{
		"metadata":   map[string]int64{"total_parameters": elements, "total_size": size},
		"weight_map": x.tensors,
	})
}

// join makes one Reader of the files that an index names.
func (x *index) join(name, folder string) (*Reader, error) {
	out := &Reader{name: name, tensors: make(map[string]entry, len(x.tensors))}
	var metadata []map[string]string
	for _, file := range x.files {
		r, err := openFile(filepath.Join(folder, file))
		if err == nil {
			out.files = append(out.files, r.files...)
			metadata = append(metadata, r.metadata)
			err = out.add(r, file, x)
		}
		if err != nil {
			out.Close()
			return nil, fmt.Errorf("read the model %s: %w", quoted(name), err)
		}
	}
	out.metadata = agreed(metadata)
	for _, tensor := range slices.Sorted(maps.Keys(x.tensors)) {
		if _, ok := out.tensors[tensor]; !ok {
			out.Close()
			return nil, &FormatError{name, tensor, "the index expects it in " + quoted(x.tensors[tensor]) + ", which does not hold it"}
		}
	}
	return out, nil
}

// add takes the tensors of one file, which must be those that the index expects there.
func (r *Reader) add(part *Reader, file string, x *index) error {
	for _, tensor := range part.order {
		switch want, ok := x.tensors[tensor]; {
		case !ok:
			return &FormatError{part.name, tensor, "the index does not name it"}
		case want != file:
			return &FormatError{part.name, tensor, "the index expects it in " + quoted(want)}
		}
		r.order = append(r.order, tensor)
		r.tensors[tensor] = part.tensors[tensor]
	}
	return nil
}

// agreed are the entries of several files' metadata that no two of them contradict.
func agreed(all []map[string]string) map[string]string {
	var out map[string]string
	contested := map[string]bool{}
	for _, m := range all {
		if m != nil && out == nil {
			out = map[string]string{}
		}
		for k, v := range m {
			if old, ok := out[k]; ok && old != v {
				contested[k] = true
			}
			out[k] = v
		}
	}
	maps.DeleteFunc(out, func(k, _ string) bool { return contested[k] })
	return out
}
