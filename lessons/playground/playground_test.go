package playground

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func model(weights string) fstest.MapFS {
	return fstest.MapFS{
		"config.json":       {Data: []byte("{}")},
		"tokenizer.json":    {Data: []byte("{\"version\": 1}")},
		"model.safetensors": {Data: []byte(weights)},
		"README.md":         {Data: []byte("not for the page")},
	}
}

var block = regexp.MustCompile(`<script type="application/gzip" id="playground-([\w-]+)">([A-Za-z0-9+/=]*)</script>\n`)

// blocks are the blocks of a page, as its script unpacks them.
func blocks(t *testing.T, html string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, m := range block.FindAllStringSubmatch(html, -1) {
		packed, err := base64.StdEncoding.DecodeString(m[2])
		if err != nil {
			t.Fatal(err)
		}
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[m[1]] = string(data)
	}
	if rest := block.ReplaceAllString(html, ""); rest != "" {
		t.Errorf("the blocks have more than blocks: %.200s", rest)
	}
	return all
}

func TestPage(t *testing.T) {
	p := NewPage(&Parts{Program: compress([]byte("\x00asm")), Exec: []byte("class Go {}"), Model: model("common"), Text: "a text"})
	if !p.Empty() {
		t.Error("a new page is not empty")
	}
	var html strings.Builder
	for _, add := range []struct {
		model   fs.FS
		prompts []string
	}{{nil, nil}, {nil, []string{`<b> & "q"`}}, {model("own"), nil}} {
		s, err := p.Add(add.model, add.prompts)
		if err != nil {
			t.Fatal(err)
		}
		html.WriteString(s)
	}
	for _, want := range []string{
		`id="playground-1" aria-labelledby="playground-1-title" data-model="model"`,
		`id="playground-2" aria-labelledby="playground-2-title" data-model="model"`,
		`id="playground-3" aria-labelledby="playground-3-title" data-model="model-2"`,
		`<option value="&lt;b&gt; &amp; &#34;q&#34;" selected>&lt;b&gt; &amp; &#34;q&#34;</option>`,
	} {
		if !strings.Contains(html.String(), want) {
			t.Errorf("the playgrounds lack %s", want)
		}
	}
	got := blocks(t, p.Blocks())
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, []string{"model", "model-2", "program", "script", "text"}) {
		t.Errorf("the blocks are %q", names)
	}
	if got["program"] != "\x00asm" || got["text"] != "a text" || !strings.HasPrefix(got["script"], "class Go {}\n// The worker") {
		t.Errorf("the blocks hold %.80q", got)
	}
	for name, weights := range map[string]string{"model": "common", "model-2": "own"} {
		z, err := zip.NewReader(strings.NewReader(got[name]), int64(len(got[name])))
		if err != nil {
			t.Fatal(err)
		}
		data, err := fs.ReadFile(z, "model.safetensors")
		if err != nil || string(data) != weights || len(z.File) != 3 {
			t.Errorf("%s has weights %q of %d files, %v", name, data, len(z.File), err)
		}
	}
}

func TestPageWithoutModel(t *testing.T) {
	broken := model("w")
	delete(broken, "tokenizer.json")
	_, err := NewPage(&Parts{}).Add(broken, nil)
	if want := "playground: pack the model: open tokenizer.json: file does not exist"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestBuild compiles the program from the sources of this module, and takes it from the cache the second time.
func TestBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the runtime for browsers")
	}
	cache := t.TempDir()
	for _, wantCompiled := range []bool{true, false} {
		compiled := false
		parts, err := Build(t.Context(), os.DirFS("../.."), cache, func(string) { compiled = true })
		if err != nil {
			t.Fatal(err)
		}
		if compiled != wantCompiled {
			t.Errorf("compiled %v, want %v", compiled, wantCompiled)
		}
		r, err := gzip.NewReader(bytes.NewReader(parts.Program))
		if err != nil {
			t.Fatal(err)
		}
		magic := make([]byte, 4)
		if _, err := io.ReadFull(r, magic); err != nil || string(magic) != "\x00asm" {
			t.Errorf("the program begins with %q, %v", magic, err)
		}
		const most = 2_600_000 // bytes: a page carries them
		if len(parts.Program) > most {
			t.Errorf("the program has %d bytes, at most %d are allowed", len(parts.Program), most)
		}
		if !strings.Contains(string(parts.Exec), "globalThis.Go = class") || len(parts.Text) < 10_000 {
			t.Errorf("%d bytes of script and %d of text", len(parts.Exec), len(parts.Text))
		}
		if _, err := NewPage(parts).Add(nil, nil); err != nil {
			t.Error(err)
		}
	}
}

// TestBuildSays has sources that cannot be built, and what is said of them.
func TestBuildSays(t *testing.T) {
	sources := fstest.MapFS{
		"go.mod": {Data: []byte("module m\n\ngo 1.26\n")}, "go.sum": {},
		excerpt: {Data: []byte("text")}, pretrained + "/config.json": {},
		program + "/main.go": {Data: []byte("package main\n\nfunc main() { broken() }\n")},
	}
	_, err := Build(t.Context(), sources, t.TempDir(), func(string) {})
	if err == nil || !strings.Contains(err.Error(), "build the playground: go -C") || !strings.Contains(err.Error(), "undefined: broken") {
		t.Errorf("error %v", err)
	}
	delete(sources, excerpt)
	if _, err := Build(t.Context(), sources, t.TempDir(), func(string) {}); err == nil || !strings.Contains(err.Error(), excerpt) {
		t.Errorf("error %v, want one about %s", err, excerpt)
	}
}
