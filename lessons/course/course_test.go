package course_test

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/course"
)

var files = map[string]string{
	"course.yaml":   "title: A <course>\nchapters:\n  - file: light.md\n  - file: sub/motion.md\n",
	"light.md":      "# Light\n\nRays `</script>` are refracted.\n\n## Über Farben\n\nA prism parts *colours*.\n\n```go .noeval\nspectrum := split(ray)\n```\n\n#### Small\n\nNewton's cradle ring.\n",
	"sub/motion.md": "# Motion\n\nSee [light](../light.md#light).\n\n## Force\n\n| a | b |\n|---|---|\n| mass | refraction |\n",
}

// build builds the course above into a folder.
func build(t *testing.T, what string) string {
	t.Helper()
	in, out := t.TempDir(), t.TempDir()
	put := func(dir string) func(string, []byte) error {
		return func(name string, data []byte) error {
			name = filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				return err
			}
			return os.WriteFile(name, data, 0o666)
		}
	}
	for name, text := range files {
		if err := put(in)(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := course.Read(filepath.Join(in, "course.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	run := func(_ context.Context, l *lessons.Lesson) (*lessons.Report, error) { return lessons.Unrun(l), nil }
	if err := c.Build(t.Context(), course.Options{For: what, Run: run, Write: put(out)}); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSearch asks the contents, opened from disk in a real browser, and follows what is found.
func TestSearch(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium")
	}
	site := build(t, course.HTML)
	link := regexp.MustCompile(`<li><a href="([^"]*)">`)
	for _, row := range []struct {
		page, query string
		want        []string // links, the best first
		text        string
	}{
		{"light.html", "refract", []string{"light.html#light", "sub/motion.html#force"}, "2 sections"},
		{"sub/motion.html", "refract", []string{"../light.html#light", "motion.html#force"}, "2 sections"},
		{"sub/motion.html", "über", []string{"../light.html#ber-farben"}, "1 section"},
		{"sub/motion.html", "", nil, `<p class="count" role="status"></p>`},
		{"", "refract", []string{"light.html#light", "sub/motion.html#force"}, "2 sections"},
		{"", "REFRACTED rays", []string{"light.html#light"}, "<mark>Rays</mark> &lt;/script&gt; are <mark>refracted</mark>."},
		{"", "uber spectrum ring", []string{"light.html#ber-farben"}, "Light: <mark>Über</mark> Farben</a><p>A prism parts colours. <mark>spectrum</mark> := split(ray) Small Newton’s cradle"},
		{"", "light", []string{"light.html#light", "light.html#ber-farben", "sub/motion.html#motion"}, "3 sections"},
		{"", "fraction", nil, "Nothing found."}, // within a word
		{"", "", nil, `<p class="count" role="status"></p>`},
	} {
		url := "file://" + filepath.Join(site, cmp.Or(row.page, "index.html")) + "#q=" + strings.ReplaceAll(row.query, " ", "+")
		out, err := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu",
			"--user-data-dir="+filepath.Join(t.TempDir(), "profile"), "--dump-dom", url).Output()
		if err != nil {
			t.Fatal(err)
		}
		dom := string(out)
		_, results, _ := strings.Cut(dom, `<ol class="results">`)
		results, _, _ = strings.Cut(results, "</ol>")
		var got []string
		for _, m := range link.FindAllStringSubmatch(results, -1) {
			got = append(got, m[1])
		}
		if !slices.Equal(got, row.want) || !strings.Contains(dom, row.text) {
			t.Errorf("%s: %q: got %q, want %q and %s, in\n%s", row.page, row.query, got, row.want, row.text, results)
		}
	}
}

// TestAnchors: what the search leads to is there.
func TestAnchors(t *testing.T) {
	site := build(t, course.HTML)
	index, err := os.ReadFile(filepath.Join(site, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`"u":"([^"#]*)#([^"]*)"`).FindAllSubmatch(index, -1)
	if len(links) != 4 {
		t.Errorf("%d sections, want 4: %s", len(links), index)
	}
	for _, m := range links {
		page, err := os.ReadFile(filepath.Join(site, string(m[1])))
		if err != nil || !strings.Contains(string(page), `id="`+string(m[2])+`"`) {
			t.Errorf("%s has no anchor %s (%v)", m[1], m[2], err)
		}
	}
}
