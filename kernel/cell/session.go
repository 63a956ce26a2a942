package cell

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Session is what the cells so far have declared. It is never changed: a [Unit] holds the session after it.
type Session struct {
	decls   table[*decl]      // by name; methods by "Type.method"
	methods table[[]string]   // the keys of a type's methods
	imports map[string]string // package names that earlier cells imported
	dots    []string          // paths that they imported with a dot, the latest first
	symbols table[[]string]   // every name's versions: the n-th distinct key has the n-th symbol
	shared  table[bool]       // variables that functions or closures refer to
}

// NewSession returns the session before the first cell.
func NewSession() *Session { return &Session{imports: map[string]string{}} }

func (s *Session) clone() *Session {
	c := *s
	c.imports = maps.Clone(s.imports)
	return &c
}

// declare enters a declaration under a name.
func (s *Session) declare(name string, d *decl) {
	s.forget(name)
	s.decls.set(name, d)
	if d.recv != "" {
		s.methods.set(d.recv, append(slices.Clone(s.methods.get(d.recv)), name))
	}
}

// forget removes what a name means.
func (s *Session) forget(name string) {
	if d := s.decls.get(name); d != nil && d.recv != "" {
		others := slices.DeleteFunc(slices.Clone(s.methods.get(d.recv)), func(m string) bool { return m == name })
		s.methods.set(d.recv, others)
	}
	s.decls.delete(name)
}

// decl is one declaration of the session.
type decl struct {
	kind       kind
	name       string
	recv       string   // methods: the type they belong to
	alias      string   // types: the one that they are another name of
	group      []string // constants: all names of the declaration; types and functions: their own
	origin     *Origin
	start, end int      // its text in the origin; of variables, the origin holds nothing else
	free       []string // names it refers to
	typ        types.Type
	symbol     string // variables: the emitted name
}

func (d *decl) key() string {
	if d.recv != "" {
		return d.recv + "." + d.name
	}
	return d.name
}

func (d *decl) text() string { return d.origin.Source[d.start:d.end] }

// fingerprint identifies what the declaration says, wherever it stands.
func (d *decl) fingerprint() string {
	h := sha256.New()
	h.Write([]byte(d.text()))
	for _, n := range d.free {
		if path := d.origin.dots[n]; path != "" {
			h.Write([]byte("\x00." + n + "\x00" + path))
		}
		if path, ok := d.origin.Imports[n]; ok {
			h.Write([]byte("\x00" + n + "\x00" + path))
			if path == cName {
				h.Write([]byte("\x00" + d.origin.cSource()))
			}
		}
	}
	if d.kind == varPiece {
		h.Write([]byte("\x00" + d.symbol))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// reach returns the declarations that those named, and their methods, refer to, in the order of their keys.
func (s *Session) reach(names []string) []*decl {
	seen := map[*decl]bool{}
	var visit func(name string)
	visit = func(name string) {
		d := s.decls.get(name)
		if d == nil || seen[d] {
			return
		}
		seen[d] = true
		for _, n := range d.free {
			if d.origin.dots[n] == "" { // what else has the name now is not meant
				visit(n)
			}
		}
		if d.kind == typePiece {
			for _, m := range s.methods.get(d.name) {
				visit(m)
			}
		}
	}
	for _, n := range names {
		visit(n)
	}
	return slices.SortedFunc(maps.Keys(seen), func(a, b *decl) int {
		return cmp.Or(cmp.Compare(a.key(), b.key()), cmp.Compare(a.start, b.start))
	})
}

// users returns, for the key of each declaration, those that reach it in one step.
func (s *Session) users() map[string][]*decl {
	m := map[string][]*decl{}
	for k, d := range s.decls.all() {
		for _, n := range d.free {
			m[n] = append(m[n], d)
		}
		if t := s.decls.get(d.recv); d.recv != "" && t != nil && t.kind == typePiece {
			m[k] = append(m[k], t)
		}
	}
	return m
}

// typedBy returns the variables whose types the names are in, by way of other types and constants, too.
func (s *Session) typedBy(names []string) (vars []string) {
	users := s.users()
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, u := range users[name] {
			switch u.kind {
			case varPiece:
				vars = append(vars, u.name)
			case typePiece:
				visit(u.name)
			case constPiece:
				for _, n := range u.group {
					visit(n)
				}
			}
		}
	}
	for _, n := range names {
		visit(n)
	}
	slices.Sort(vars)
	return slices.Compact(vars)
}

// symbolFor returns the name under which the declaration with that key is emitted: the plain name for the first
// version ever seen, nameʹ2 for the second. ʹ is a letter to Go (U+02B9), and nobody types it.
func (s *Session) symbolFor(name, key string) string {
	versions := s.symbols.get(name)
	i := slices.Index(versions, key)
	if i < 0 {
		i = len(versions)
		s.symbols.set(name, append(slices.Clone(versions), key))
	}
	if i == 0 {
		return name
	}
	return name + "ʹ" + strconv.Itoa(i+1)
}

// PlainName undoes symbolFor in text that people read.
func PlainName(s string) string {
	for {
		i := strings.Index(s, "ʹ")
		if i < 0 {
			return s
		}
		j := i + len("ʹ")
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		s = s[:i] + s[j:]
	}
}

// deepKey identifies a declaration together with everything that it reaches.
func (s *Session) deepKey(d *decl) string {
	h := sha256.New()
	for _, r := range s.reach([]string{d.key()}) {
		h.Write([]byte(r.key() + "\x00" + r.fingerprint() + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
