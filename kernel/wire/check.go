package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
)

var (
	datePattern = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$`)
	mimePattern = regexp.MustCompile(`^[\w\-+.]+/[\w\-+.]+$`)
)

// Check compares a message of a kernel with the protocol: its envelope, the channel it is on, and its content field by
// field. It is strict, for tests and traces: no null, nothing missing, nothing that the protocol does not know.
func Check(channel string, m *Message) error {
	err := checkEnvelope(m)
	if err == nil {
		err = checkContent(channel, m)
	}
	if err != nil {
		return fmt.Errorf("%s on %s: %w", m.Header.Type, channel, err)
	}
	return nil
}

func checkEnvelope(m *Message) error {
	header, err := readObject(m.header)
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	want := fields(text, "msg_id", "session", "username", "date", "msg_type", "version")
	if err := checkFields(header, want, true); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if !datePattern.MatchString(m.Header.Date) {
		return fmt.Errorf("header: date %q is not ISO 8601 with a zone and at most 6 digits of a second", m.Header.Date)
	}
	for name, raw := range map[string]json.RawMessage{"parent header": m.Parent, "metadata": m.Metadata} {
		if _, err := readObject(raw); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func checkContent(channel string, m *Message) error {
	ref, ok := spec[m.Header.Type]
	if !ok {
		return errors.New("no such message in the protocol")
	}
	if !slices.Contains(ref.channels, channel) {
		return fmt.Errorf("belongs on %s", strings.Join(ref.channels, ", "))
	}
	starting := m.Header.Type == "status" && bytes.Contains(m.Content, []byte(`"starting"`))
	if m.ParentID() == "" && (!ref.orphan || m.Header.Type == "status" && !starting) {
		return errors.New("has no parent")
	}
	content, err := readObject(m.Content)
	if err != nil {
		return fmt.Errorf("content: %w", err)
	}
	want := ref.fields
	if ref.status {
		status, _ := content["status"].(string)
		want = ref.replyFields(m.Header.Type, status)
	}
	return checkFields(content, want, ref.foreign)
}

// checkRequest is the lenient check of what a front end sends: unknown fields are its own business, and null stands
// for an optional field that is missing.
func checkRequest(m *Message) error {
	ref, ok := spec[m.Header.Type]
	if !ok {
		return fmt.Errorf("%s: no such message in the protocol", m.Header.Type)
	}
	content, err := readObject(m.Content)
	if err != nil {
		return fmt.Errorf("%s: content: %w", m.Header.Type, err)
	}
	for _, f := range ref.fields {
		if v, there := content[f.name]; there && v == nil && f.optional {
			delete(content, f.name)
		}
	}
	if err := checkFields(content, ref.fields, true); err != nil {
		return fmt.Errorf("%s: %w", m.Header.Type, err)
	}
	return nil
}

func readObject(raw []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if v == nil {
		return nil, errors.New("is null")
	}
	return v, nil
}

func checkFields(content map[string]any, want []field, foreign bool) error {
	known := map[string]bool{}
	for _, f := range want {
		known[f.name] = true
		v, there := content[f.name]
		if !there {
			if f.optional {
				continue
			}
			return fmt.Errorf("%s is missing", f.name)
		}
		if err := f.check(v); err != nil {
			return fmt.Errorf("%s %w", f.name, err)
		}
	}
	if foreign {
		return nil
	}
	var extra []string
	for name := range content {
		if !known[name] {
			extra = append(extra, name)
		}
	}
	if len(extra) > 0 {
		sort.Strings(extra)
		return fmt.Errorf("unknown fields: %s", strings.Join(extra, ", "))
	}
	return nil
}

func (f field) check(v any) error {
	if !f.kind.holds(v) {
		return fmt.Errorf("is %s, expected %s", describe(v), f.kind)
	}
	if s, ok := v.(string); ok && len(f.oneOf) > 0 && !slices.Contains(f.oneOf, s) {
		return fmt.Errorf("is %q, expected one of %s", s, strings.Join(f.oneOf, ", "))
	}
	if f.kind == mimeBundle {
		return checkBundle(v.(map[string]any))
	}
	return nil
}

func (k kind) holds(v any) bool {
	switch k {
	case text:
		_, ok := v.(string)
		return ok
	case integer:
		n, ok := v.(json.Number)
		return ok && !strings.ContainsAny(n.String(), ".eE")
	case number:
		_, ok := v.(json.Number)
		return ok
	case boolean:
		_, ok := v.(bool)
		return ok
	case object, mimeBundle:
		m, ok := v.(map[string]any)
		return ok && m != nil
	case texts:
		return holdsAll(v, text)
	case objects:
		return holdsAll(v, object)
	case list:
		_, ok := v.([]any)
		return ok
	}
	return false
}

func holdsAll(v any, k kind) bool {
	l, ok := v.([]any)
	if !ok {
		return false
	}
	for _, e := range l {
		if !k.holds(e) {
			return false
		}
	}
	return true
}

func (k kind) String() string {
	return [...]string{"a string", "an integer", "a number", "a boolean", "an object", "a list of strings",
		"a list", "a list of objects", "a MIME bundle"}[k]
}

func describe(v any) string {
	if v == nil {
		return "null"
	}
	b, err := json.Marshal(v)
	if err != nil || len(b) > 60 {
		return fmt.Sprintf("a %T", v)
	}
	return string(b)
}

// checkBundle demands strings, except for the JSON types, whose values travel as they are.
func checkBundle(b map[string]any) error {
	for mime, v := range b {
		if !mimePattern.MatchString(mime) {
			return fmt.Errorf("has the key %q, which is not a MIME type", mime)
		}
		if _, ok := v.(string); ok == isJSONType(mime) {
			return fmt.Errorf("has %s as %s", mime, describe(v))
		}
	}
	return nil
}

func isJSONType(mime string) bool {
	return mime == "application/json" || strings.HasSuffix(mime, "+json")
}
