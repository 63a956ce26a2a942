// Package live serves lessons as pages whose cells can be edited and run.
//
// A [Site] is an HTTP handler. It renders lessons as package lessons does, without outputs, and adds a script (folder web, built into folder assets) that
// turns the cells into editors and runs them through Jupyter's REST and WebSocket protocols, at /api of the same origin. Who answers there is not
// this package's business: it hands out pages and starts nothing.
//
// Rules:
//   - a page is rendered from the file at each request; when the file changes, open pages are told and fetch it anew;
//   - a lesson with solutions in it is shown as students get it, unless its author wants otherwise;
//   - a file that is no lesson gets a page that says why, and becomes a lesson when it is put right;
//   - the content security policy of pages allows the scripts of this site and nothing inline: what a cell displays cannot run in the page;
//   - only lessons below the root are served, and no other file.
package live

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/resident-go/resident/lessons"
)

//go:embed assets
var assets embed.FS

// Config says what is served.
type Config struct {
	Root     string           // the folder of the lessons
	Course   string           // a course file in Root, whose order lessons are listed in; none when empty
	Lesson   string           // the only lesson that is served, relative to Root; all there are when empty
	Audience lessons.Audience // for whom lessons are built; as they stand when empty
	Footer   string           // a line under each lesson
	Logf     func(format string, args ...any)
}

// Site is a handler for /, /lessons/, /events/, /static/ and /markdown. Its events end with their requests' contexts.
type Site struct {
	cfg Config
	mux *http.ServeMux
}

// New returns the site.
func New(cfg Config) *Site {
	if cfg.Logf == nil {
		cfg.Logf = func(string, ...any) {}
	}
	s := &Site{cfg: cfg, mux: http.NewServeMux()}
	s.mux.HandleFunc("GET /{$}", s.index)
	s.mux.HandleFunc("GET /lessons/{path...}", s.lesson)
	s.mux.HandleFunc("GET /events/{path...}", s.events)
	s.mux.HandleFunc("POST /markdown", s.markdown)
	s.mux.HandleFunc("GET /static/{file}", static)
	return s
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// policy is the content security policy of pages. Editors and widgets bring styles of their own.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src data: blob:; " +
	"font-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

func writePage(w http.ResponseWriter, status int, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(page) // who has left needs no page
}

// static serves the script and what belongs to it. Browsers ask each time whether it is still the same: after an update of the program it is not.
func static(w http.ResponseWriter, r *http.Request) {
	name := path.Join("assets", r.PathValue("file"))
	content, err := fs.ReadFile(assets, name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	kind := map[string]string{".js": "text/javascript", ".css": "text/css", ".txt": "text/plain"}[path.Ext(name)]
	w.Header().Set("Content-Type", kind+"; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	tag := `"` + digest(content) + `"`
	w.Header().Set("ETag", tag)
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Write(content)
}
