package lessons_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/resident-go/resident/lessons"
)

var still = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// render runs a lesson with the runner of commands, on a clock that stands still.
func render(t *testing.T, name, src string) string {
	t.Helper()
	l, err := lessons.Parse(name, []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	report, err := lessons.Run(t.Context(), l, commands{}, lessons.Options{Now: func() time.Time { return still }})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	p := lessons.Page{Files: fstest.MapFS{"dot.svg": {Data: []byte("<svg/>")}}}
	if err := p.WriteHTML(&b, report); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPage(t *testing.T) {
	pairs(t, "testdata/page.txtar", ".md", func(t *testing.T, f txtar.File) string {
		_, article, _ := strings.Cut(render(t, f.Name, string(f.Data)), "<article>\n")
		article, _, _ = strings.Cut(article, "</article>")
		return article
	})
}

// TestPageOpenCell says that a notebook's cell that leaves something open does not swallow the cells behind it.
func TestPageOpenCell(t *testing.T) {
	for _, open := range []string{"<!-- open", "```sh\nopen", "    indented", "- list\n\n  ```\n  open", "<pre>"} {
		l := &lessons.Lesson{File: "a.ipynb", Cells: []*lessons.Cell{
			{Kind: lessons.Prose, Source: open},
			{Kind: lessons.Code, Source: "out reached"},
			{Kind: lessons.Prose, Source: "## Behind"},
		}}
		report, err := lessons.Run(t.Context(), l, commands{}, lessons.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := (lessons.Page{}).WriteHTML(&b, report); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`<pre class="stdout" tabindex="0">reached</pre>`, `<h2 id="behind"><a class="anchor" href="#behind">Behind`} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("behind %q the page lacks %s", open, want)
			}
		}
	}
}

// TestPageMakesNoRequest opens a page that tries its best in a real browser, and counts what reaches a server. Two things hold it
// back, what is taken out of HTML and the page's policy, and each of them alone is enough. Without both, the server notices.
func TestPageMakesNoRequest(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium")
	}
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	defer server.Close()
	page := render(t, "a.md", strings.ReplaceAll(`
<img src="SERVER/prose.png"> ![markdown](SERVER/markdown.png)

~~~go
html "<img src='SERVER/1.png'><script>fetch('SERVER/2')</script><link rel='stylesheet' href='SERVER/3.css'>"
html "<style>@import 'SERVER/4.css'; body { background: url(SERVER/5.png) }</style><iframe src='SERVER/6'></iframe>"
svg "<svg xmlns='http://www.w3.org/2000/svg'><image href='SERVER/7.png'/></svg>"
markdown "![](SERVER/8.png)"
~~~
`, "SERVER", server.URL))
	hostile := fmt.Sprintf("<article><img src='%s/1.png'><script>fetch('%[1]s/2')</script><style>@import '%[1]s/3.css'</style>", server.URL)
	const policy = `<meta http-equiv="Content-Security-Policy"`
	for _, test := range []struct {
		name, page string
		requests   bool
	}{
		{"as it is", page, false},
		{"without its policy", strings.Replace(page, policy, `<meta name="x"`, 1), false},
		{"with HTML as it was", strings.Replace(page, "<article>", hostile, 1), false},
		{"without both", strings.Replace(strings.Replace(page, policy, `<meta name="x"`, 1), "<article>", hostile, 1), true},
	} {
		requests.Store(0)
		dir := t.TempDir()
		file := filepath.Join(dir, "page.html")
		if err := os.WriteFile(file, []byte(test.page), 0o666); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu",
			"--user-data-dir="+filepath.Join(dir, "profile"), "--dump-dom", "file://"+file)
		dom, err := cmd.Output()
		if err != nil || !bytes.Contains(dom, []byte("<article>")) {
			t.Fatalf("%s: chromium did not open the page: %v", test.name, err)
		}
		if n := requests.Load(); (n > 0) != test.requests {
			t.Errorf("%s: the page made %d requests", test.name, n)
		}
	}
}
