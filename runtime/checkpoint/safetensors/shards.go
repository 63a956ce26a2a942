package safetensors

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/resident-go/resident/runtime/internal/draft"
)

// WriteModel writes a model into a folder, which is made when it is not there: one file, or several of at most limit bytes
// of data each (a larger tensor gets a file of its own) and an index. A limit of 0 is none. Tensors stay in the order in
// which they are given, and each file gets the metadata.
//
// The model takes the place of the one that was in the folder, whose files are removed when they have other names. Until
// all data is on the disk nothing is touched.
func WriteModel(folder string, tensors []Tensor, metadata map[string]string, limit int64) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	s, err := split(tensors, limit)
	if err != nil {
		return fmt.Errorf("write %s: %w", quoted(folder), err)
	}
	old := modelFiles(folder)
	if err := s.write(folder, metadata); err != nil {
		return err
	}
	for _, name := range old {
		if !slices.Contains(s.names(), name) {
			if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// shards is a model cut into files.
type shards struct {
	groups         [][]Tensor
	elements, size int64
}

// split fills file after file.
func split(tensors []Tensor, limit int64) (*shards, error) {
	s := &shards{groups: [][]Tensor{nil}}
	if err := checkNames(tensors); err != nil {
		return nil, err
	}
	filled := int64(0)
	for _, t := range tensors {
		size, err := t.Size()
		if err != nil {
			return nil, err
		}
		if limit > 0 && filled > 0 && filled+size > limit {
			s.groups, filled = append(s.groups, nil), 0
		}
		last := len(s.groups) - 1
		s.groups[last] = append(s.groups[last], t)
		filled += size
		if s.size += size; s.size < 0 {
			return nil, fmt.Errorf("tensor %s: the model is too large", quoted(t.Name))
		}
		s.elements += int64(Info{Shape: t.Shape}.Elements())
	}
	return s, nil
}

func (s *shards) file(i int) string {
	if len(s.groups) == 1 {
		return FileName
	}
	return fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, len(s.groups))
}

func (s *shards) names() []string {
	var names []string
	for i := range s.groups {
		names = append(names, s.file(i))
	}
	if len(names) > 1 {
		names = append(names, IndexName)
	}
	return names
}

func (s *shards) index() *index {
	x := &index{tensors: map[string]string{}}
	for i, g := range s.groups {
		for _, t := range g {
			x.tensors[t.Name] = s.file(i)
		}
	}
	return x
}

// write drafts all files before it publishes the first.
func (s *shards) write(folder string, metadata map[string]string) (err error) {
	var drafts []draft.Draft
	defer func() {
		if err != nil {
			for _, d := range drafts {
				d.Discard()
			}
		}
	}()
	for i, name := range s.names() {
		d, err := draft.New(filepath.Join(folder, name), func(w io.Writer) error {
			if i < len(s.groups) {
				return Write(w, s.groups[i], metadata)
			}
			return s.index().encode(w, s.elements, s.size)
		})
		if err != nil {
			return err
		}
		drafts = append(drafts, d)
	}
	for _, d := range drafts {
		if err := d.Publish(); err != nil {
			return err
		}
	}
	return nil
}

var shardName = regexp.MustCompile(`^model-\d{5}-of-\d{5}\.safetensors$`)

// modelFiles lists what belongs to the model in a folder: the single file, the index, and the files it names, as far as
// they are named as we name them.
func modelFiles(folder string) []string {
	names := []string{FileName, IndexName}
	if x, err := readIndex(filepath.Join(folder, IndexName)); err == nil {
		names = append(names, slices.DeleteFunc(x.files, func(f string) bool { return !shardName.MatchString(f) })...)
	}
	return slices.DeleteFunc(names, func(f string) bool { return !exists(filepath.Join(folder, f)) })
}
