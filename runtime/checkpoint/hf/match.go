package hf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// MismatchError says how the tensors of a file differ from those that a model needs.
type MismatchError struct {
	File    string
	Model   Model
	Missing []string // name and shape
	Unknown []string // name and shape
	Wrong   []string // name, what was found, what was expected
}

func (e *MismatchError) Error() string {
	m := e.Model
	text := fmt.Sprintf("%q is not the %s model of its configuration (vocabulary %d, %d layers, %d wide)", e.File, m.Form, m.Vocab, m.Layers, m.Embed)
	for _, kind := range []struct {
		title string
		list  []string
	}{{"missing", e.Missing}, {"not expected", e.Unknown}, {"wrong", e.Wrong}} {
		if n := len(kind.list); n > 0 {
			const most = 4
			text += "; " + kind.title + ": " + strings.Join(kind.list[:min(n, most)], ", ")
			if n > most {
				text += fmt.Sprintf(" and %d more", n-most)
			}
		}
	}
	return text
}

// Match compares the tensors of an open file with the parameters of a model: all must be there, in a type that becomes
// float32, and nothing else. The map it returns uses the names of this file. The error is a [*MismatchError] when the file
// belongs to another model.
func Match(r *safetensors.Reader, m Model) (Map, error) {
	out, err := m.Map()
	if err != nil {
		return nil, err
	}
	prefix := m.Form.names().prefix
	if _, ok := r.Info(m.Form.names().embed); ok {
		out.bare(prefix)
		prefix = ""
	}
	mismatch := &MismatchError{File: r.Name(), Model: m}
	left := map[string]bool{}
	for _, name := range r.Names() {
		left[name] = true
	}
	for _, e := range out {
		for _, p := range e.Theirs {
			if e.First == 0 { // else it was compared before
				mismatch.compare(r, p)
			}
			delete(left, p.Name)
		}
	}
	for _, name := range r.Names() {
		if left[name] && !m.ignores(name, prefix) {
			info, _ := r.Info(name)
			mismatch.Unknown = append(mismatch.Unknown, fmt.Sprintf("%q %v", name, info.Shape))
		}
	}
	if len(mismatch.Missing)+len(mismatch.Unknown)+len(mismatch.Wrong) > 0 {
		return nil, mismatch
	}
	if m.Tied && left[headName] {
		return out, sameData(r, headName, out[0].Theirs[0].Name)
	}
	return out, nil
}

// ignores tells whether a tensor that is no parameter may be there.
func (m Model) ignores(name, prefix string) bool {
	rest, ok := strings.CutPrefix(name, prefix)
	return m.Tied && name == headName || ok && m.Form.names().extra.MatchString(rest)
}

// compare notes what is wrong with one tensor.
func (e *MismatchError) compare(r *safetensors.Reader, want Part) {
	info, ok := r.Info(want.Name)
	switch {
	case !ok:
		e.Missing = append(e.Missing, fmt.Sprintf("%q %v", want.Name, want.Shape))
	case !slices.Equal(info.Shape, want.Shape):
		text := fmt.Sprintf("%q is %v, expected %v", want.Name, info.Shape, want.Shape)
		if e.otherVocabulary(info.Shape, want.Shape) {
			text += fmt.Sprintf(" (a vocabulary of %d)", info.Shape[0])
		}
		e.Wrong = append(e.Wrong, text)
	case !info.DType.Floats():
		e.Wrong = append(e.Wrong, fmt.Sprintf("%q holds %v, expected F64, F32, F16 or BF16", want.Name, info.DType))
	}
}

// otherVocabulary tells whether two shapes differ in the vocabulary alone.
func (e *MismatchError) otherVocabulary(got, want []int) bool {
	m := e.Model
	return slices.Equal(want, []int{m.Vocab, m.Embed}) && len(got) == 2 && got[1] == m.Embed
}

// sameData makes sure that a tied head, stored though it need not be, is the embedding.
func sameData(r *safetensors.Reader, head, embed string) error {
	a, err := r.Section(head)
	if err != nil {
		return err
	}
	b, err := r.Section(embed)
	if err != nil {
		return err
	}
	same, err := equal(a, b)
	if err == nil && !same {
		err = fmt.Errorf("the configuration ties the head to the embedding, but %q and %q differ", head, embed)
	}
	if err != nil {
		return fmt.Errorf("read %q: %w", r.Name(), err)
	}
	return nil
}

// equal compares two streams.
func equal(a, b io.Reader) (bool, error) {
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(a, x)
		k, errB := io.ReadFull(b, y)
		switch {
		case !bytes.Equal(x[:n], y[:k]):
			return false, nil
		case ended(errA) && ended(errB):
			return true, nil
		case errA != nil || errB != nil:
			return false, errors.Join(errA, errB)
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
