package display

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/gif"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Bundle returns the forms of a value by MIME type, text/plain always among them, and their metadata.
func Bundle(v any) (data, metadata map[string]any) {
	p := pointed(v)
	data = map[string]any{}
	if !isNil(p) {
		fill(data, p)
	}
	if _, ok := data["text/plain"]; !ok {
		if _, grid := matrix(p); grid || p != nil && speaks(reflect.TypeOf(p)) {
			v = p
		}
		data["text/plain"] = Plain(v)
	}
	return data, nil
}

// pointed returns a pointer to a copy of a struct that can show itself only through one: a mat.Dense or a big.Int has
// its methods on the pointer, and a variable of that type is what people write at the end of a cell.
func pointed(v any) any {
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.Struct || shows(t) || !shows(reflect.PointerTo(t)) {
		return v
	}
	p := reflect.New(t)
	p.Elem().Set(reflect.ValueOf(v))
	return p.Interface()
}

// shows reports whether values of a type have a form of their own.
func shows(t reflect.Type) bool {
	return speaks(t) || slices.ContainsFunc(showers, t.Implements)
}

var showers = []reflect.Type{
	reflect.TypeFor[interface{ MIMEBundle() map[string]any }](), reflect.TypeFor[interface{ HTML() string }](),
	reflect.TypeFor[interface{ Markdown() string }](), reflect.TypeFor[interface{ SVG() string }](),
	reflect.TypeFor[interface{ LaTeX() string }](), reflect.TypeFor[interface{ PNG() []byte }](),
	reflect.TypeFor[interface{ JSON() any }](), reflect.TypeFor[interface{ JSON() string }](), reflect.TypeFor[interface{ JSON() []byte }](),
	reflect.TypeFor[gridded](),
}

// fill adds all forms but the plain text. What a method of the value has given before it panicked is kept.
func fill(data map[string]any, v any) {
	defer func() {
		if r := recover(); r != nil {
			data["text/plain"] = fmt.Sprintf("%s (showing it panicked: %v)", Plain(v), r)
		}
	}()
	own(data, v)
	if len(data) > 0 {
		return
	}
	t := reflect.TypeOf(v)
	if g, ok := v.(gif.GIF); ok {
		v = &g
	}
	film, isFilm := v.(*gif.GIF)
	switch img, isImage := v.(image.Image); {
	case isImage:
		add(data, Image(img))
	case isFilm:
		add(data, animation(film))
	case t.PkgPath() == "html/template" && t.Name() == "HTML":
		add(data, HTML(reflect.ValueOf(v).String()).MIMEBundle())
	default:
		formed(data, v)
	}
}

// formed adds the forms that follow from what a value is made of.
func formed(data map[string]any, v any) {
	if svg, ok := plotted(v); ok {
		data["image/svg+xml"] = svg
		if !speaks(reflect.TypeOf(v)) {
			data["text/plain"] = fmt.Sprintf("%T, %d x %d points", v, plotWidth, plotHeight)
		}
		return
	}
	if s, ok := sequenceOf(v); ok {
		data["text/plain"] = s.plain()
		if html, ok := s.html(); ok {
			data["text/html"] = html
		}
		return
	}
	if text, ok := matrix(v); ok {
		data["text/plain"], data["text/latex"] = text, typeset(v.(gridded))
		return
	}
	if tabular(reflect.ValueOf(v)) {
		data["text/html"] = Table(v)["text/html"]
	}
}

// own adds what the value itself provides.
func own(data map[string]any, v any) {
	if v, ok := v.(interface{ MIMEBundle() map[string]any }); ok {
		add(data, v.MIMEBundle())
	}
	if v, ok := v.(interface{ HTML() string }); ok {
		data["text/html"] = v.HTML()
	}
	if v, ok := v.(interface{ Markdown() string }); ok {
		data["text/markdown"] = v.Markdown()
	}
	if v, ok := v.(interface{ SVG() string }); ok {
		data["image/svg+xml"] = v.SVG()
	}
	if v, ok := v.(interface{ LaTeX() string }); ok {
		data["text/latex"] = v.LaTeX()
	}
	if v, ok := v.(interface{ PNG() []byte }); ok {
		add(data, PNG(v.PNG()).MIMEBundle())
		delete(data, "text/plain") // the value has a better one
	}
	switch v := v.(type) {
	case interface{ JSON() any }:
		add(data, map[string]any{"application/json": v.JSON()})
	case interface{ JSON() string }:
		add(data, map[string]any{"application/json": v.JSON()})
	case interface{ JSON() []byte }:
		add(data, map[string]any{"application/json": v.JSON()})
	}
}

// add copies forms, as the protocol wants them: bytes in base64, and JSON as a value, also where it came as text.
func add(data, forms map[string]any) {
	for mime, form := range maps.All(forms) {
		if raw, ok := document(mime, form); ok {
			data[mime] = raw
			continue
		}
		switch form := form.(type) {
		case []byte:
			if strings.HasPrefix(mime, "text/") || mime == "image/svg+xml" {
				data[mime] = string(form)
			} else {
				data[mime] = base64.StdEncoding.EncodeToString(form)
			}
		case string:
			data[mime] = form
		default:
			raw, err := json.Marshal(form)
			if err != nil {
				panic(fmt.Sprintf("%s: %v", mime, err))
			}
			data[mime] = json.RawMessage(raw)
		}
	}
}

// document is an object or a list of a JSON type that was given as text.
func document(mime string, form any) (json.RawMessage, bool) {
	if mime != "application/json" && !strings.HasSuffix(mime, "+json") {
		return nil, false
	}
	var text []byte
	switch form := form.(type) {
	case string:
		text = []byte(form)
	case []byte:
		text = form
	}
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] != '{' && text[0] != '[' || !json.Valid(text) {
		return nil, false
	}
	return text, true
}

// isNil reports whether v is nil or holds a nil pointer, map, slice, function or channel.
func isNil(v any) bool {
	if v == nil {
		return true
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		return r.IsNil()
	}
	return false
}
