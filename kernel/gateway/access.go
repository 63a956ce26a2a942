package gateway

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Access says who is let in. Who is let in can run any code as this user.
//
// A request must name this host, so that a foreign name which was bound to this address (DNS rebinding) is of no use; it must not come from a page
// of another origin; and it must carry the token: in the header Authorization, in the query, or in the cookie that a page sets which was opened with the
// token in the query. A request that changes something, or opens a WebSocket, on the strength of the cookie alone must say that it comes from a page of this origin.
type Access struct {
	Token   string   // required
	Hosts   []string // names of this host besides localhost and addresses of the loopback network
	Origins []string // other origins whose pages may use the API with the token (scheme://host:port)
}

// guard lets nothing reach the handler that is not allowed.
func (a Access) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if !a.isHost(r.Host) {
			refuse(w, r, "this server does not go by the name "+r.Host)
			return
		}
		origin := r.Header.Get("Origin")
		foreign := origin != "" && !isSame(origin, r)
		if foreign && !slices.Contains(a.Origins, origin) {
			refuse(w, r, "pages of "+origin+" may not use this server")
			return
		}
		if foreign {
			allow(h, origin)
		}
		if foreign && r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		switch {
		case a.hasToken(r) && isVisit(r):
			a.enter(w, r)
		case a.hasToken(r), a.hasCookie(r) && !foreign && (origin != "" || isHarmless(r)):
			next.ServeHTTP(w, r)
		default:
			refuse(w, r, "the token is missing or wrong: open the address that resident serve has printed")
		}
	})
}

// refuse tells people why, and programs as Jupyter Server does.
func refuse(w http.ResponseWriter, r *http.Request, why string) {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		fail(w, http.StatusForbidden, why)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusForbidden)
	io.WriteString(w, "Forbidden: "+why+".\n")
}

// isHost tells whether a Host header names this host. The port may differ: it may have been forwarded.
func (a Access) isHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	if addr, err := netip.ParseAddr(name); err == nil && addr.IsLoopback() {
		return true
	}
	return strings.EqualFold(name, "localhost") || name != "" && slices.ContainsFunc(a.Hosts, func(h string) bool { return strings.EqualFold(h, name) })
}

// isSame tells whether an origin is the one that the request is addressed to.
func isSame(origin string, r *http.Request) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, r.Host)
}

// allow lets another origin's page read the answer. It sends the token itself: cookies are not for it.
func allow(h http.Header, origin string) {
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-XSRFToken")
	h.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Add("Vary", "Origin")
}

func (a Access) hasToken(r *http.Request) bool {
	token := r.URL.Query().Get("token")
	for _, scheme := range []string{"token ", "bearer "} {
		if h := r.Header.Get("Authorization"); len(h) > len(scheme) && strings.EqualFold(h[:len(scheme)], scheme) {
			token = strings.TrimSpace(h[len(scheme):])
		}
	}
	return equal(token, a.Token)
}

// equal takes the same time wherever the difference is. No token is no key.
func equal(got, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

// isVisit tells a page that is opened with the token in its address from a library's request.
func isVisit(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Query().Has("token") && !strings.HasPrefix(r.URL.Path, "/api/") && r.Header.Get("Upgrade") == ""
}

// enter puts the token into a cookie and out of the address.
func (a Access) enter(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(r), Value: a.cookie(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	})
	q := r.URL.Query()
	q.Del("token")
	w.Header().Set("Cache-Control", "no-store")
	to := url.URL{Path: "/" + strings.TrimLeft(r.URL.Path, "/"), RawQuery: q.Encode()}
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}

// cookieName has the port in it: cookies do not tell ports of a host apart.
func cookieName(r *http.Request) string {
	_, port, _ := net.SplitHostPort(r.Host)
	return "resident-" + port
}

// cookie opens this server's pages and says nothing about the token.
func (a Access) cookie() string {
	sum := sha256.Sum256([]byte("resident cookie " + a.Token))
	return hex.EncodeToString(sum[:])
}

func (a Access) hasCookie(r *http.Request) bool {
	c, err := r.Cookie(cookieName(r))
	return err == nil && a.Token != "" && equal(c.Value, a.cookie())
}

// isHarmless tells what only reads. Browsers name the origin in everything else, so that a request without one is not from a page.
func isHarmless(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.Header.Get("Upgrade") == ""
}
