package live

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons"
)

const lesson = `---
lesson:
  title: Light
---
# Light

Some *prose*.

` + "```go name=\"one\"" + `
fmt.Println("<&>")
// Output: <&>
` + "```" + `

` + "```go name=\"two\" hide=\"code\" tags=[\"skip-execution\"]" + `
func double(n int) int {
	// BEGIN SOLUTION
	return 2 * n
	// END SOLUTION
}
` + "```" + `

` + "```go deps=[] exercise=\"double\" name=\"answer\"" + `
var answer = double(21)
` + "```" + `

` + "```go deps=[\"one\"] exercise=\"double\" memory=\"1GB\" name=\"tested\" points=3 role=\"test\" seed=7 weight=0.5" + `
check(double)
` + "```" + `

` + "```go deps=[] frozen=true name=\"alone\" role=\"check\"" + `
alone
` + "```" + `

` + "```go expect=\"panic\"" + `
panic("now")
` + "```" + `

` + "```go .noeval" + `
never
` + "```" + `
`

// folder is a root with a lesson, a part with another one, and things that are none.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"light.md": lesson, "part/more about it.md": "# More\n", "broken.md": "```go nam=\"x\"\n```\n\n```go tol=1\n```\n",
		"secret.txt": "secret", ".hidden/a.md": "# Hidden", "empty.ipynb": `{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}`,
	} {
		write(t, dir, name, text)
	}
	return dir
}

func get(s http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

func write(t *testing.T, root, name, text string) (file string) {
	t.Helper()
	file = filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestPages: each row is an address, and what is, or is not, there.
func TestPages(t *testing.T) {
	root := folder(t)
	all := Config{Root: root, Audience: lessons.ForStudents}
	author := Config{Root: root}
	one := Config{Root: root, Lesson: "light.md"}
	order := write(t, root, "course.yaml", "title: All about light\nparts:\n  - caption: First\n    chapters: [{file: part/more about it.md, title: Before}]\n"+
		"  - chapters: [{file: light.md, due: 2030-01-02T12:00:00Z}]\n")
	wrong := write(t, root, "wrong/course.yaml", "title: x\nchapters: [{file: none.md}]\n")
	inOrder := Config{Root: root, Course: order}
	rows := []struct {
		name   string
		cfg    Config
		path   string
		status int
		want   []string
		not    []string
	}{
		{"a lesson", all, "/lessons/light.md", 200, []string{
			"<title>Light</title>", "<em>prose</em>", `src="/static/live.js"`, `href="/static/live.css"`, `<meta name="lesson-digest" content="`,
			`data-cell="one" data-source="fmt.Println(&#34;&lt;&amp;&gt;&#34;)`, `id="cell-two" data-skip`, `data-hide="code"`, "not implemented yet", `data-may-fail`,
		}, []string{"return 2 * n", "<meta http-equiv", "BEGIN SOLUTION"}},
		{"as its author has it", author, "/lessons/light.md", 200, []string{"return 2 * n", "BEGIN SOLUTION"}, nil},
		{"code that does not run is no live cell", all, "/lessons/light.md", 200, []string{`class="cell noeval"`}, []string{`data-source="never`}},
		{"what a cell needs, and runs under", all, "/lessons/light.md", 200, []string{
			`data-needs="one answer" data-terms="{&#34;memory&#34;:&#34;1GB&#34;,&#34;seed&#34;:7}" data-test="1.5 points" data-answers="answer"`,
			`id="cell-alone" data-may-fail data-lock data-needs="" data-test=""`,
		}, nil},
		{"a notebook", all, "/lessons/empty.ipynb", 200, []string{"<article>"}, nil},
		{"in a folder, with a space", all, "/lessons/part/more%20about%20it.md", 200, []string{"<title>More</title>"}, nil},
		{"what is no lesson", all, "/lessons/broken.md", 422, []string{
			"broken.md is not a lesson yet", "<li><code>broken.md:1:7: unknown attribute", "<li><code>broken.md:4:", `src="/static/live.js"`,
		}, []string{"<article>", root}},
		{"the list", all, "/", 200, []string{
			`<a href="/lessons/light.md">Light</a>`, `<a href="/lessons/part/more%20about%20it.md">More</a>`, `<a href="/lessons/broken.md">broken.md</a>`, "unknown attribute",
		}, []string{"Hidden", "secret", root}},
		{"a course", inOrder, "/", 200, []string{
			"<h1>All about light</h1>", "<h2>First</h2>", `<ol class="index" start="2">`, `<a href="/lessons/part/more%20about%20it.md">Before</a>`, `<a href="/lessons/light.md">Light</a><p>Due 2 January 2030, 12:00</p>`,
		}, []string{"broken.md"}},
		{"a lesson of a course", inOrder, "/lessons/light.md", 200, []string{`<a href="/">All about light</a>`, `<a rel="prev" href="/lessons/part/more%20about%20it.md">← Before</a>`}, nil},
		{"a lesson beside a course", inOrder, "/lessons/broken.md", 422, []string{"is not a lesson yet"}, nil},
		{"what is no course", Config{Root: filepath.Dir(wrong), Course: wrong}, "/", 422, []string{"course.yaml is not", "none.md"}, []string{root}},
		{"the only one", one, "/", 302, nil, nil},
		{"the only one itself", one, "/lessons/light.md", 200, []string{"<article>"}, nil},
		{"another than the only one", one, "/lessons/part/more%20about%20it.md", 404, nil, []string{"More"}},
		{"none", all, "/lessons/none.md", 404, nil, nil},
		{"another file", all, "/lessons/secret.txt", 404, nil, []string{"secret"}},
		{"a hidden folder", all, "/lessons/.hidden/a.md", 404, nil, []string{"Hidden"}},
		{"above", all, "/lessons/%2e%2e/light.md", 404, nil, nil},
		{"above, coded", all, "/lessons/..%2flight.md", 404, nil, nil},
		{"events of none", all, "/events/secret.txt", 404, nil, nil},
		{"no script", all, "/static/none.js", 404, nil, nil},
		{"licenses", all, "/static/LICENSES.txt", 200, []string{"@codemirror/view", "@jupyterlab/services"}, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w := get(New(row.cfg), row.path)
			if w.Code != row.status {
				t.Errorf("status %d, expected %d", w.Code, row.status)
			}
			for _, text := range row.want {
				if !strings.Contains(w.Body.String(), text) {
					t.Errorf("lacks %q", text)
				}
			}
			for _, text := range row.not {
				if strings.Contains(w.Body.String(), text) {
					t.Errorf("has %q", text)
				}
			}
			if t.Failed() {
				t.Logf("%.4000s", w.Body)
			}
		})
	}
}

// TestPolicy: the page's policy allows scripts of this site alone, and nothing in the page would need more.
func TestPolicy(t *testing.T) {
	s := New(Config{Root: folder(t)})
	for _, path := range []string{"/", "/lessons/light.md", "/lessons/broken.md"} {
		w := get(s, path)
		p := w.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
			if !strings.Contains(p, want) {
				t.Errorf("%s: the policy lacks %q: %s", path, want, p)
			}
		}
		for _, tag := range regexp.MustCompile(`<script[^>]*>`).FindAllString(w.Body.String(), -1) {
			if !strings.Contains(tag, `src="/static/`) {
				t.Errorf("%s: %s", path, tag)
			}
		}
	}
}

func TestStatic(t *testing.T) {
	s := New(Config{Root: t.TempDir()})
	w := get(s, "/static/live.js")
	if kind := w.Header().Get("Content-Type"); w.Code != 200 || kind != "text/javascript; charset=utf-8" {
		t.Fatalf("status %d, %s", w.Code, kind)
	}
	r := httptest.NewRequest("GET", "/static/live.js", nil)
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	again := httptest.NewRecorder()
	s.ServeHTTP(again, r)
	if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("status %d, %d bytes", again.Code, again.Body.Len())
	}
}

func TestMarkdown(t *testing.T) {
	s := New(Config{Root: t.TempDir()})
	for text, row := range map[string]struct {
		status int
		want   string
	}{
		"a **bold** word":                    {200, "<p>a <strong>bold</strong> word</p>\n"},
		strings.Repeat("x", maxMarkdown+1):   {413, ""},
		"```go\nfmt.Println()\n```":          {200, `<pre class="chroma"`},
		"<script>alert(1)</script> and <b>x": {200, ""},
	} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("POST", "/markdown", strings.NewReader(text)))
		if w.Code != row.status || !strings.Contains(w.Body.String(), row.want) {
			t.Errorf("%.40q: status %d %.200s", text, w.Code, w.Body)
		}
	}
}

// TestEvents: a page is told how its lesson is, and how it is after a change; what is told is what the page says of itself.
func TestEvents(t *testing.T) {
	root := folder(t)
	s := New(Config{Root: root})
	server := httptest.NewServer(s)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/events/light.md", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	lines := bufio.NewReader(a.Body)
	next := func() string {
		t.Helper()
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if digest, ok := strings.CutPrefix(line, "data: "); ok {
				return strings.TrimSpace(digest)
			}
		}
	}
	shown := func() string {
		m := regexp.MustCompile(`<meta name="lesson-digest" content="([^"]+)">`).FindStringSubmatch(get(s, "/lessons/light.md").Body.String())
		if m == nil {
			t.Fatal("the page has no digest")
		}
		return m[1]
	}
	if told := next(); told != shown() {
		t.Errorf("told %s, the page is %s", told, shown())
	}
	file := filepath.Join(root, "light.md")
	for _, text := range []string{strings.Replace(lesson, "prose", "other prose", 1), "```go nam=\"x\"\n```\n", lesson} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		for told := next(); told != shown(); told = next() { // a page that was half written may have been seen
		}
	}
	cancel()
	if _, err := io.ReadAll(a.Body); err == nil {
		t.Error("the events went on")
	}
}
