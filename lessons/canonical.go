package lessons

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// canonicalJSON is a value as jupytext spells it, which is as Python does: a space behind commas and colons, keys sorted, numbers short.
func canonicalJSON(v json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(v))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return string(v)
	}
	var b strings.Builder
	spell(&b, value)
	return b.String()
}

func spell(b *strings.Builder, v any) {
	switch v := v.(type) {
	case map[string]any:
		for i, key := range slices.Sorted(maps.Keys(v)) {
			b.WriteString([]string{"{", ", "}[min(i, 1)])
			spell(b, key)
			b.WriteString(": ")
			spell(b, v[key])
		}
		b.WriteString(map[bool]string{true: "{}", false: "}"}[len(v) == 0])
	case []any:
		for i := range v {
			b.WriteString([]string{"[", ", "}[min(i, 1)])
			spell(b, v[i])
		}
		b.WriteString(map[bool]string{true: "[]", false: "]"}[len(v) == 0])
	case json.Number:
		b.WriteString(spellNumber(v.String()))
	default:
		var s bytes.Buffer
		e := json.NewEncoder(&s)
		e.SetEscapeHTML(false)
		_ = e.Encode(v) // a string, a bool or null
		b.Write(bytes.TrimSuffix(s.Bytes(), []byte("\n")))
	}
}

// spellNumber leaves integers as they are. Other numbers are as short as they can be, with an exponent where Python has one.
func spellNumber(s string) string {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !strings.ContainsAny(s, ".eE") {
		return s
	}
	if size := math.Abs(f); f != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
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
