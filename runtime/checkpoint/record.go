package checkpoint

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// Record says which tensors a model had at some moment. It is written beside the weights, or into their file.
type Record struct {
	Root        Digest         `json:"root"`
	Made        time.Time      `json:"made"` // in UTC, to the second
	Description string         `json:"description,omitempty"`
	Tensors     []TensorDigest `json:"tensors"` // by name
}

// TensorDigest is one tensor of a Record.
type TensorDigest struct {
	Name   string `json:"name"`
	DType  string `json:"dtype"` // as the safetensors format spells it
	Shape  []int  `json:"shape"`
	Digest Digest `json:"digest"`
}

// metadataKey is where a record stands among the metadata of a safetensors file.
const metadataKey = "resident.record"

// NewRecord digests tensors. It is an error when two have the same name or one cannot be read.
func NewRecord(tensors []safetensors.Tensor, made time.Time, description string) (Record, error) {
	r := Record{Made: made.UTC().Truncate(time.Second), Description: description}
	for _, t := range tensors {
		d, err := DigestOf(t)
		if err != nil {
			return Record{}, err
		}
		r.Tensors = append(r.Tensors, TensorDigest{t.Name, t.DType.String(), append([]int{}, t.Shape...), d})
	}
	slices.SortFunc(r.Tensors, byName)
	if name, twice := repeated(r.Tensors); twice {
		return Record{}, fmt.Errorf("record: tensor %q is there twice", name)
	}
	r.Root = rootOf(r.Tensors)
	return r, nil
}

// repeated finds a name that stands twice among sorted tensors.
func repeated(sorted []TensorDigest) (name string, found bool) {
	for i := 1; i < len(sorted); i++ {
		if sorted[i].Name == sorted[i-1].Name {
			return sorted[i].Name, true
		}
	}
	return "", false
}

// ParseRecord reads a record in JSON and makes sure that its root is that of its tensors.
func ParseRecord(text []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(text, &r); err != nil {
		return Record{}, fmt.Errorf("record: %w", err)
	}
	slices.SortFunc(r.Tensors, byName)
	if name, twice := repeated(r.Tensors); twice {
		return Record{}, fmt.Errorf("record: tensor %q is there twice", name)
	}
	if root := rootOf(r.Tensors); root != r.Root {
		return Record{}, fmt.Errorf("record: its root is %s, but its tensors make %s", r.Root.Short(), root.Short())
	}
	return r, nil
}

// AddTo returns metadata for a safetensors file with the record in it; the metadata given stays as it is, and may be nil.
func (r Record) AddTo(metadata map[string]string) (map[string]string, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	out := map[string]string{}
	maps.Copy(out, metadata)
	out[metadataKey] = string(text)
	return out, nil
}

// RecordIn finds the record among the metadata of a safetensors file.
func RecordIn(metadata map[string]string) (r Record, found bool, err error) {
	text, found := metadata[metadataKey]
	if !found {
		return Record{}, false, nil
	}
	r, err = ParseRecord([]byte(text))
	return r, true, err
}

// String says it in one line.
func (r Record) String() string {
	elements := 0
	for _, t := range r.Tensors {
		elements += safetensors.Info{Shape: t.Shape}.Elements()
	}
	text := fmt.Sprintf("root %s: %d tensors, %d numbers, %s", r.Root.Short(), len(r.Tensors), elements, r.Made.Format(time.RFC3339))
	if r.Description != "" {
		text += ", " + r.Description
	}
	return text
}

// VerifyFile digests the tensors of an open file and compares them with the record in its metadata, which it returns. When
// they differ the error is a [*ChangedError].
func VerifyFile(file *safetensors.Reader) (Record, error) {
	want, found, err := RecordIn(file.Metadata())
	switch {
	case err != nil:
		return Record{}, fmt.Errorf("verify %q: %w", file.Name(), err)
	case !found:
		return Record{}, fmt.Errorf("verify %q: it holds no record", file.Name())
	}
	got, err := NewRecord(file.Tensors(), want.Made, want.Description)
	if err != nil {
		return want, fmt.Errorf("verify %q: %w", file.Name(), err)
	}
	if d := Diff(want, got); !d.Same() {
		return want, fmt.Errorf("verify %q: %w", file.Name(), &ChangedError{d})
	}
	return want, nil
}
