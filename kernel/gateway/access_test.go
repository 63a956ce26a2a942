package gateway

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
)

// TestAccess: who is let in. Each row is a request and what comes of it; "yes" is the page's own answer.
func TestAccess(t *testing.T) {
	a := Access{Token: testToken, Hosts: []string{"lab.example", ""}, Origins: []string{"https://book.example"}}
	const here = "localhost:7007"
	const ours = "http://" + here
	cookie := "resident-7007=" + a.cookie()
	rows := []struct {
		name           string
		method, target string
		header         map[string]string
		status         int
		say            string
	}{
		{"nothing", "GET", "/", nil, 403, "token is missing"},
		{"nothing, a person", "GET", "/", map[string]string{"Accept": "text/html,*/*"}, 403, "Forbidden: the token is missing or wrong"},
		{"a name with markup in it, a person", "GET", "/", map[string]string{"Accept": "text/html", "Host": "<b>"}, 403, "Forbidden: this server does not go by the name <b>"},
		{"the token in the header", "GET", "/api", map[string]string{"Authorization": "token " + testToken}, 200, "yes"},
		{"as a bearer", "POST", "/api", map[string]string{"Authorization": "Bearer " + testToken}, 200, "yes"},
		{"a wrong token", "GET", "/api", map[string]string{"Authorization": "token wrong"}, 403, "token is missing or wrong"},
		{"an empty token", "GET", "/api?token=", map[string]string{"Authorization": "token "}, 403, "token is missing or wrong"},
		{"a wrong token in the header and a right one in the query", "GET", "/api/x?token=s3cret+word", map[string]string{"Authorization": "token wrong"}, 403, "token"},
		{"the token in the query of the API", "GET", "/api/x?token=s3cret+word", nil, 200, "yes"},
		{"the token in the query of a page", "GET", "/lessons/a.md?x=1&token=s3cret+word", nil, 303, "/lessons/a.md?x=1"},
		{"a page's address that leads elsewhere", "GET", "//evil.example/?token=s3cret+word", nil, 303, "/evil.example/"},
		{"the cookie", "GET", "/", map[string]string{"Cookie": cookie}, 200, "yes"},
		{"the cookie of another port", "GET", "/", map[string]string{"Cookie": "resident-7008=" + a.cookie()}, 403, "token"},
		{"a cookie with the token itself", "GET", "/", map[string]string{"Cookie": "resident-7007=" + testToken}, 403, "token"},
		{"the cookie, a change, our page", "POST", "/api/x", map[string]string{"Cookie": cookie, "Origin": ours}, 200, "yes"},
		{"the cookie, a change, nobody knows from where", "POST", "/api/x", map[string]string{"Cookie": cookie}, 403, "token"},
		{"the cookie, another port", "POST", "/api/x", map[string]string{"Cookie": cookie, "Origin": "http://localhost:8888"}, 403, "pages of http://localhost:8888"},
		{"the cookie, another origin that only reads", "GET", "/api/x", map[string]string{"Cookie": cookie, "Origin": "http://evil.example"}, 403, "pages of"},
		{"the cookie, a file on the disk", "POST", "/api/x", map[string]string{"Cookie": cookie, "Origin": "null"}, 403, "pages of null"},
		{"the token, another origin", "GET", "/api/x", map[string]string{"Authorization": "token " + testToken, "Origin": "http://evil.example"}, 403, "pages of"},
		{"the token, an origin that is allowed", "GET", "/api/x", map[string]string{"Authorization": "token " + testToken, "Origin": "https://book.example"}, 200, "yes"},
		{"the cookie, an origin that is allowed", "GET", "/api/x", map[string]string{"Cookie": cookie, "Origin": "https://book.example"}, 403, "token"},
		{"may it?", "OPTIONS", "/api/x", map[string]string{"Origin": "https://book.example"}, 204, ""},
		{"may another?", "OPTIONS", "/api/x", map[string]string{"Origin": "https://evil.example"}, 403, "pages of"},
		{"the cookie, a WebSocket of nobody knows where", "GET", "/api/x", map[string]string{"Cookie": cookie, "Upgrade": "websocket"}, 403, "token"},
		{"the cookie, a WebSocket of ours", "GET", "/api/x", map[string]string{"Cookie": cookie, "Upgrade": "websocket", "Origin": ours}, 200, "yes"},

		{"a name that was bound to our address", "GET", "/", map[string]string{"Cookie": cookie, "Host": "evil.example:7007"}, 403, "does not go by the name"},
		{"with the right token", "GET", "/api", map[string]string{"Authorization": "token " + testToken, "Host": "evil.example"}, 403, "does not go by the name"},
		{"a name that is allowed", "GET", "/api", map[string]string{"Authorization": "token " + testToken, "Host": "LAB.example"}, 200, "yes"},
		{"another address of the loopback", "GET", "/api", map[string]string{"Authorization": "token " + testToken, "Host": "127.1.2.3:1"}, 200, "yes"},
		{"version 6", "GET", "/api", map[string]string{"Authorization": "token " + testToken, "Host": "[::1]:7007"}, 200, "yes"},
		{"an address elsewhere", "GET", "/api", map[string]string{"Authorization": "token " + testToken, "Host": "192.0.2.1"}, 403, "does not go by the name"},
		{"no name", "GET", "/api", map[string]string{"Authorization": "token " + testToken, "Host": ""}, 403, "does not go by the name"},
	}
	h := a.guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "yes") }))
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := httptest.NewRequest(row.method, row.target, nil)
			r.Host = here
			for name, value := range row.header {
				if name == "Host" {
					r.Host = value
					continue
				}
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			said := w.Body.String() + w.Header().Get("Location")
			if w.Code != row.status || !strings.Contains(said, row.say) {
				t.Errorf("status %d %q, expected %d %q", w.Code, said, row.status, row.say)
			}
			if kind := w.Header().Get("Content-Type"); w.Code == 403 && strings.Contains(kind, "html") {
				t.Errorf("a refusal is %s", kind)
			}
			if allowed := w.Header().Get("Access-Control-Allow-Origin"); allowed != "" && allowed != "https://book.example" {
				t.Errorf("the origin %q may read the answer", allowed)
			}
			if strings.Contains(said, testToken) {
				t.Errorf("the answer has the token in it: %q", said)
			}
		})
	}
	if (Access{}).hasToken(httptest.NewRequest("GET", "/?token=", nil)) {
		t.Error("a gateway without a token lets in who has none")
	}
}

// TestHeaders: what every answer says to browsers.
func TestHeaders(t *testing.T) {
	s := serve(t, nil)
	for _, path := range []string{"/api", "/nowhere", "/api/contents"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Host, r.Header = "localhost", http.Header{"Authorization": {"token " + testToken}}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		for name, value := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Access-Control-Allow-Origin": "",
		} {
			if got := w.Header().Get(name); got != value {
				t.Errorf("%s: %s is %q, expected %q", path, name, got, value)
			}
		}
	}
}

// TestForeignWebSocket: no kernel for pages of elsewhere, also over a real connection.
func TestForeignWebSocket(t *testing.T) {
	s := serve(t, nil)
	id := s.start().ID
	port := s.http.URL[strings.LastIndex(s.http.URL, ":")+1:]
	rows := []struct {
		name   string
		header http.Header
		ok     bool
	}{
		{"ours", http.Header{"Cookie": {"resident-" + port + "=" + s.cfg.Access.cookie()}, "Origin": {s.http.URL}}, true},
		{"foreign", http.Header{"Cookie": {"resident-" + port + "=" + s.cfg.Access.cookie()}, "Origin": {"http://evil.example"}}, false},
		{"foreign with the token", http.Header{"Authorization": {"token " + testToken}, "Origin": {"http://evil.example"}}, false},
		{"a wrong token", http.Header{"Authorization": {"token guessed"}}, false},
	}
	for _, row := range rows {
		ws, answer, err := websocket.Dial(t.Context(), s.http.URL+"/api/kernels/"+id+"/channels", &websocket.DialOptions{HTTPHeader: row.header})
		if (err == nil) != row.ok {
			t.Errorf("%s: %v", row.name, err)
		}
		if err != nil && answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s: status %d", row.name, answer.StatusCode)
		}
		if ws != nil {
			ws.CloseNow()
		}
	}
}

// TestREST: the answers that clients look at.
func TestREST(t *testing.T) {
	s := serve(t, nil)
	rows := []struct {
		method, path, body string
		status             int
		say                string
	}{
		{"GET", "/api", "", 200, `{"version":"test"}`},
		{"GET", "/api/", "", 200, `{"version":"test"}`},
		{"GET", "/api/status", "", 200, `"kernels":0`},
		{"GET", "/api/me", "", 200, `"username":"reader"`},
		{"GET", "/api/kernelspecs", "", 200, `"default":"words"`},
		{"GET", "/api/kernelspecs/words", "", 200, `"logo-64x64":"/kernelspecs/words/logo-64x64.png"`},
		{"GET", "/api/kernelspecs/python3", "", 404, `"message"`},
		{"GET", "/kernelspecs/words/logo-svg.svg", "", 200, `<svg`},
		{"GET", "/kernelspecs/words/..%2f..%2fgateway%2frest.go", "", 400, ``},
		{"GET", "/kernelspecs/python3/logo-svg.svg", "", 404, `no such kernelspec`},
		{"GET", "/api/kernels", "", 200, `[]`},
		{"GET", "/api/kernels/none", "", 404, `the kernel is gone`},
		{"POST", "/api/kernels/none/restart", "", 404, `the kernel is gone`},
		{"POST", "/api/kernels/none/interrupt", "", 404, `the kernel is gone`},
		{"GET", "/api/kernels/none/channels", "", 404, `the kernel is gone`},
		{"POST", "/api/kernels", "{", 400, `the body is not what is expected`},
		{"POST", "/api/kernels", `{"name":"` + strings.Repeat("x", maxBody) + `"}`, 400, `too large`},
		{"GET", "/api/sessions", "", 200, `[]`},
		{"GET", "/api/sessions/none", "", 404, `there is none of that name`},
		{"DELETE", "/api/sessions/none", "", 404, `there is none of that name`},
		{"PATCH", "/api/sessions/none", "{}", 404, `there is none of that name`},
		{"POST", "/api/sessions", `[]`, 400, `the body is not what is expected`},
		{"GET", "/api/contents", "", 404, `not served here`},
		{"GET", "/nowhere", "", 404, ``},
	}
	for _, row := range rows {
		if status, answer := s.call(row.method, row.path, row.body); status != row.status || !strings.Contains(string(answer), row.say) {
			t.Errorf("%s %s: status %d %.200s, expected %d %s", row.method, row.path, status, answer, row.status, row.say)
		}
	}
}

// TestSessions: a session is a path with a kernel, found by either.
func TestSessions(t *testing.T) {
	s := serve(t, nil)
	const body = `{"path":"a.md","name":"a","type":"notebook","kernel":{"name":"words"}}`
	a := want[sessionModel](s, http.StatusCreated, "POST", "/api/sessions", body)
	if again := want[sessionModel](s, http.StatusCreated, "POST", "/api/sessions", body); again.ID != a.ID || again.Kernel.ID != a.Kernel.ID {
		t.Errorf("the same path has another session: %v, %v", again, a)
	}
	k := s.start()
	moved := want[sessionModel](s, 200, "PATCH", "/api/sessions/"+a.ID, `{"path":"b.md","kernel":{"id":"`+k.ID+`"}}`)
	if moved.Path != "b.md" || moved.Name != "a" || moved.Kernel.ID != k.ID {
		t.Errorf("the session is %+v", moved)
	}
	want[any](s, http.StatusNotFound, "GET", "/api/kernels/"+a.Kernel.ID, "") // nobody has it any more
	want[any](s, http.StatusNotFound, "PATCH", "/api/sessions/"+a.ID, `{"kernel":{"id":"none"}}`)
	_, raw := s.call("GET", "/api/sessions/"+a.ID, "")
	var shown map[string]any
	if err := json.Unmarshal(raw, &shown); err != nil || shown["notebook"].(map[string]any)["path"] != "b.md" {
		t.Errorf("%s: %v", raw, err)
	}
	want[any](s, http.StatusNoContent, "DELETE", "/api/sessions/"+a.ID, "")
	want[any](s, http.StatusNotFound, "GET", "/api/kernels/"+k.ID, "")
	if got := want[[]sessionModel](s, 200, "GET", "/api/sessions", ""); len(got) != 0 {
		t.Errorf("there are %v", got)
	}
}

// TestSessionAtOnce: of requests for one path at the same time one starts a kernel, and all get it; other paths have their own.
func TestSessionAtOnce(t *testing.T) {
	s := serve(t, nil)
	got := make([]sessionModel, 9)
	var asking sync.WaitGroup
	for i := range got {
		asking.Go(func() {
			path := []string{"a.md", "b.md", "c.md"}[i%3]
			got[i] = want[sessionModel](s, http.StatusCreated, "POST", "/api/sessions", `{"path":"`+path+`"}`)
		})
	}
	asking.Wait()
	for i, g := range got {
		if first := got[i%3]; g.ID != first.ID || g.Kernel.ID != first.Kernel.ID {
			t.Errorf("%s has the sessions %+v and %+v", g.Path, first, g)
		}
	}
	if n := len(s.kernels.list()); n != 3 {
		t.Errorf("there are %d kernels for 3 paths", n)
	}
}
