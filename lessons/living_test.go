package lessons_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/playground"
)

var graduate = fstest.MapFS{
	"graduate/config.json": {Data: []byte("{}")}, "graduate/tokenizer.json": {Data: []byte("{}")}, "graduate/model.safetensors": {Data: []byte("w")},
}

// living renders a lesson with one cell of the role playground.
func living(t *testing.T, attrs string, parts *playground.Parts) (string, error) {
	t.Helper()
	l, err := lessons.Parse("a.md", []byte("# A\n\n```go "+attrs+"\nout in a notebook\n```\n\nBehind.\n"))
	if err != nil {
		t.Fatal(err)
	}
	report, err := lessons.Run(t.Context(), l, commands{}, lessons.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	err = lessons.Page{Files: graduate, Playground: parts}.WriteHTML(&b, report)
	return b.String(), err
}

func computing(t *testing.T) *playground.Parts {
	t.Helper()
	common, err := fs.Sub(graduate, "graduate")
	if err != nil {
		t.Fatal(err)
	}
	return &playground.Parts{Program: []byte("program"), Exec: []byte("exec"), Model: common, Text: "text"}
}

func TestLivingPage(t *testing.T) {
	for _, row := range []struct {
		attrs     string
		parts     bool
		want, not string
	}{
		{`role="playground"`, true, `class="playground" id="playground-1"`, `in a notebook</pre>`},
		{`role="playground"`, true, `out</span>`, ``}, // the code is shown
		{`hide="code" role="playground"`, true, `class="playground"`, `class="cell`},
		{`hide="all" role="playground"`, true, `Behind`, `class="playground"`},
		{`role="playground"`, false, `in a notebook</pre>`, `class="playground"`},
		{`role="demo"`, true, `in a notebook</pre>`, `<script`},
		{`role="playground" x-model="graduate"`, true, `data-model="model-1"`, `in a notebook</pre>`},
		{`role="playground" x-prompts=["Light is","If"]`, true, `<option value="If">If</option>`, ``},
	} {
		p := computing(t)
		if !row.parts {
			p = nil
		}
		html, err := living(t, row.attrs, p)
		switch {
		case err != nil:
			t.Errorf("%s: %v", row.attrs, err)
		case !strings.Contains(html, row.want):
			t.Errorf("%s: the page lacks %s", row.attrs, row.want)
		case row.not != "" && strings.Contains(html, row.not):
			t.Errorf("%s: the page has %s", row.attrs, row.not)
		}
	}
}

// The page's policy lets exactly the script run that is in it.
func TestLivingPagePolicy(t *testing.T) {
	html, err := living(t, `role="playground"`, computing(t))
	if err != nil {
		t.Fatal(err)
	}
	script := regexp.MustCompile(`(?s)<script>(.*)</script>`).FindStringSubmatch(html)
	if script == nil {
		t.Fatal("the page has no script")
	}
	sum := sha256.Sum256([]byte(script[1]))
	for _, want := range []string{
		"script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "' 'wasm-unsafe-eval'", "worker-src blob:", "default-src 'none'",
	} {
		if !strings.Contains(strings.ReplaceAll(html, "&#43;", "+"), strings.ReplaceAll(want, "'", "&#39;")) {
			t.Errorf("the policy lacks %s", want)
		}
	}
}

func TestLivingPageErrors(t *testing.T) {
	for attrs, want := range map[string]string{
		`role="playground" x-model="gone"`:    `a.md:3:1: x-model "gone": playground: pack the model: open config.json: file does not exist`,
		`role="playground" x-model="../up"`:   `a.md:3:1: x-model "../up": it is no folder beside the lesson`,
		`role="playground" x-model=1`:         `x-model: json: cannot unmarshal number`,
		`role="playground" x-prompts="Light"`: `x-prompts: json: cannot unmarshal string`,
	} {
		if _, err := living(t, attrs, computing(t)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", attrs, err, want)
		}
	}
}
