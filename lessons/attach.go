package lessons

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/resident-go/resident/nbformat"
)

// detach takes what is attached to cells out of a notebook: each becomes a file, and the cell's text refers to that. The notebook that was given stays as
// it is.
func detach(nb *nbformat.Notebook) (*nbformat.Notebook, map[string][]byte, error) {
	out := *nb
	out.Cells = slices.Clone(nb.Cells)
	files := map[string][]byte{}
	for i := range out.Cells {
		c := &out.Cells[i]
		for _, name := range slices.Sorted(maps.Keys(c.Attachments)) {
			data, err := attached(c.Attachments[name])
			if err != nil {
				return nil, nil, fmt.Errorf("cell %d: attachment %q: %w", i+1, name, err)
			}
			if name != path.Base(name) || strings.ContainsAny(name, "\\:") || strings.HasPrefix(name, ".") {
				return nil, nil, fmt.Errorf("cell %d: attachment %q: want the name of a file, without a folder", i+1, name)
			}
			file := freeName(files, name, data)
			files[file] = data
			for _, form := range []func(string) string{url.PathEscape, func(s string) string { return s }} {
				c.Source = strings.ReplaceAll(c.Source, "attachment:"+form(name), form(file))
			}
		}
	}
	return &out, files, nil
}

// attached is the content of an attachment in the first of its types.
func attached(bundle map[string]any) ([]byte, error) {
	kinds := slices.Sorted(maps.Keys(bundle))
	if len(kinds) == 0 {
		return nil, errors.New("it is empty")
	}
	text := mimeText(bundle[kinds[0]])
	if strings.HasPrefix(kinds[0], "text/") || kinds[0] == "image/svg+xml" {
		return []byte(text), nil
	}
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
}

// freeName is a name that no other file has: front ends call every pasted picture image.png.
func freeName(files map[string][]byte, name string, data []byte) string {
	ext := path.Ext(name)
	for n, free := 2, name; ; n++ {
		if other, taken := files[free]; !taken || bytes.Equal(other, data) {
			return free
		}
		free = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext)
	}
}
