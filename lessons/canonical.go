package lessons

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// canonicalJSON is a value in JSON's shortest spelling: no spaces, keys sorted, numbers as JavaScript writes them.
func canonicalJSON(v json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(v))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return string(v)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(canonicalNumbers(value)); err != nil {
		return string(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// canonicalNumbers respells the numbers that float64 holds; an integer beyond that stays as it is.
func canonicalNumbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			v[key] = canonicalNumbers(v[key])
		}
	case []any:
		for i := range v {
			v[i] = canonicalNumbers(v[i])
		}
	case json.Number:
		_, err := strconv.ParseInt(v.String(), 10, 64)
		if f, ferr := v.Float64(); err != nil && ferr == nil && strings.ContainsAny(v.String(), ".eE") {
			return f
		}
	}
	return v
}

// Inside of a fence's info string and of a comment some characters would end it. JSON can spell them otherwise.
var (
	fenceEscapes  = strings.NewReplacer("`", `\u0060`)
	regionEscapes = strings.NewReplacer("-->", `--\u003e`)
)

// canonicalAttrs is how attributes are written, each behind a space.
func canonicalAttrs(kind Kind, attrs []Attr) string {
	escapes := regionEscapes
	if kind == Code {
		escapes = fenceEscapes
	}
	var b strings.Builder
	for _, at := range slices.SortedStableFunc(slices.Values(attrs), func(a, b Attr) int { return cmp.Compare(a.Key, b.Key) }) {
		b.WriteString(" " + at.Key + "=" + escapes.Replace(canonicalJSON(at.Value)))
	}
	return b.String()
}

// values are a cell's attributes by key, in canonical spelling.
func (a *Attrs) values() map[string]string {
	m := map[string]string{}
	for _, at := range a.All {
		m[at.Key] = canonicalJSON(at.Value)
	}
	return m
}

// same tells whether two cells say the same. Their places do not matter.
func (c *Cell) same(d *Cell) bool {
	return c.Kind == d.Kind && c.NoEval == d.NoEval && c.Source == d.Source && maps.Equal(c.Attrs.values(), d.Attrs.values())
}

// digest is 16 hexadecimal digits for what a cell says.
func (c *Cell) digest() string {
	h := sha256.New()
	for _, s := range []string{string(c.Kind), strconv.FormatBool(c.NoEval), canonicalAttrs(c.Kind, c.Attrs.All), c.Source} {
		h.Write([]byte(s + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// ids are the cells' ids in a notebook: the name, the id that the cell had in the notebook it comes from, or one made of its text.
func (l *Lesson) ids() []string {
	out, taken := make([]string, len(l.Cells)), map[string]bool{}
	for i, c := range l.Cells {
		if id := cmp.Or(c.Attrs.Name, c.ID); id != "" && !taken[id] {
			out[i], taken[id] = id, true
		}
	}
	next := map[string]int{} // how many ids were tried for a text
	for i, c := range l.Cells {
		text := string(c.Kind) + "\x00" + c.Source
		for id := ""; out[i] == ""; next[text]++ {
			sum := sha256.Sum256([]byte(strconv.Itoa(next[text]) + "\x00" + text))
			if id = hex.EncodeToString(sum[:4]); !taken[id] {
				out[i], taken[id] = id, true
			}
		}
	}
	return out
}
