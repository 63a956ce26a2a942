// Package playground makes a page compute: a small model that readers can ask, look into and train, in a file that opens from disk.
//
// The program is the runtime, compiled to WebAssembly (runtime/playground/inbrowser), and lies in the page together with the
// model, compressed. A worker runs it, so that the page stays quick. [Build] makes the program, once for each
// version of the sources and of Go. What readers see of numbers, and the words for them, come from runtime/playground: a widget in
// a notebook shows the same.
package playground

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"slices"
	"strings"
)

var (
	// CSS is the style of playgrounds, in terms of a lesson's page.
	//
	//go:embed page.css
	CSS string
	// Script goes to the end of the page.
	//
	//go:embed page.js
	Script string

	//go:embed worker.js
	worker string
	//go:embed section.html.tmpl
	sectionTemplate string

	section = template.Must(template.New("section").Parse(sectionTemplate))
)

// Policy is what a page's content security policy has to allow: this one script, its worker, and WebAssembly.
func Policy() string {
	sum := sha256.Sum256([]byte(Script))
	return fmt.Sprintf("script-src 'sha256-%s' 'wasm-unsafe-eval'; worker-src blob:", base64.StdEncoding.EncodeToString(sum[:]))
}

// Parts are what all playgrounds of a page have in common.
type Parts struct {
	Program []byte // WebAssembly, compressed with gzip
	Exec    []byte // Go's support for it, JavaScript
	Model   fs.FS  // config.json, model.safetensors and tokenizer.json of the model that is asked if a cell has none of its own
	Text    string // what it learns from
}

// Page collects what a page needs for its playgrounds.
type Page struct {
	parts  *Parts
	models []packed
	count  int // of playgrounds
}

// packed is the content of a block.
type packed struct {
	id   string
	data []byte // compressed
}

// NewPage begins a page.
func NewPage(parts *Parts) *Page { return &Page{parts: parts} }

// Add puts one more playground on the page, and returns its HTML. A model of its own is the same files as [Parts.Model]; nil is that
// one. Without prompts, the program has some.
func (p *Page) Add(model fs.FS, prompts []string) (string, error) {
	block, size, err := p.model(model)
	if err != nil {
		return "", err
	}
	p.count++
	var b strings.Builder
	err = section.Execute(&b, map[string]any{
		"ID":      fmt.Sprintf("playground-%d", p.count),
		"Model":   block,
		"Prompts": prompts,
		"Size":    fmt.Sprintf("%.1f MB", float64(size+len(p.parts.Program))*4/3/1e6),
	})
	return b.String(), err
}

// model packs a model, unless it is the common one and has been packed.
func (p *Page) model(model fs.FS) (block string, size int, err error) {
	id := fmt.Sprintf("model-%d", len(p.models)+1)
	if model == nil {
		model, id = p.parts.Model, "model"
	}
	for _, m := range p.models {
		if m.id == id {
			return id, len(m.data), nil
		}
	}
	archive, err := archiveOf(model)
	if err != nil {
		return "", 0, fmt.Errorf("playground: pack the model: %w", err)
	}
	data := compress(archive)
	p.models = append(p.models, packed{id, data})
	return id, len(data), nil
}

// Empty reports whether there is no playground.
func (p *Page) Empty() bool { return p.count == 0 }

// Blocks is HTML that carries programs and models, for the end of the page.
func (p *Page) Blocks() string {
	blocks := append(slices.Clip(p.models),
		packed{"program", p.parts.Program},
		packed{"script", compress([]byte(string(p.parts.Exec) + "\n" + worker))},
		packed{"text", compress([]byte(p.parts.Text))})
	var b strings.Builder
	for _, block := range blocks {
		// A script of a type that browsers do not know is data.
		fmt.Fprintf(&b, "<script type=\"application/gzip\" id=\"playground-%s\">%s</script>\n", block.id, base64.StdEncoding.EncodeToString(block.data))
	}
	return b.String()
}

// archiveOf is a zip archive of a model's files, not compressed.
func archiveOf(model fs.FS) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"config.json", "tokenizer.json", "model.safetensors"} {
		data, err := fs.ReadFile(model, name)
		if err != nil {
			return nil, err
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(data); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

func compress(data []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = io.Copy(w, bytes.NewReader(data))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // memory does not refuse to be written
	}
	return b.Bytes()
}
