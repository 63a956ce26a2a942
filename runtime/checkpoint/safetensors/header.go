package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// metadataKey is the header's one key that is no tensor.
const metadataKey = "__metadata__"

// header is the JSON part of a file.
type header struct {
	metadata map[string]string // nil when there is none
	tensors  []Info
}

// parseHeader reads the JSON text. It knows the shape of a header, and so refuses anything else before it is read.
func parseHeader(text []byte) (*header, error) {
	if !utf8.Valid(text) {
		return nil, fault("", "the header is not valid UTF-8")
	}
	p := &parser{json.NewDecoder(bytes.NewReader(text))}
	p.UseNumber()
	h := new(header)
	err := p.object("the header", func(key string) error {
		if key == metadataKey {
			return p.metadata(&h.metadata)
		}
		info, err := p.tensor(key)
		h.tensors = append(h.tensors, info)
		return about(key, err)
	})
	if err != nil {
		return nil, err
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	return h, nil
}

// about puts a tensor's name to an error that has none.
func about(tensor string, err error) error {
	var f *FormatError
	if errors.As(err, &f) && f.Tensor == "" {
		f.Tensor = tensor
	}
	return err
}

// parser reads JSON token by token, so that duplicate keys are seen and nothing unexpected is built in memory.
type parser struct{ *json.Decoder }

func (p *parser) token() (json.Token, error) {
	t, err := p.Token()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fault("", "the JSON text ends in the middle")
	case err != nil:
		return nil, fault("", "not JSON at byte %d: %v", p.InputOffset(), err)
	}
	return t, nil
}

// end makes sure that nothing but space follows.
func (p *parser) end() error {
	if _, err := p.Token(); !errors.Is(err, io.EOF) {
		return fault("", "something follows the JSON object at byte %d", p.InputOffset())
	}
	return nil
}

// object reads an object and calls value at each key's value, which value must read.
func (p *parser) object(what string, value func(key string) error) error {
	t, err := p.token()
	if err != nil {
		return err
	}
	return p.members(what, t, value)
}

// members is object behind its first token.
func (p *parser) members(what string, first json.Token, value func(key string) error) error {
	if first != json.Delim('{') {
		return fault("", "%s is %s, expected an object", what, tokenText(first))
	}
	seen := map[string]bool{}
	for p.More() {
		t, err := p.token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return fault("", "%s has the key %v, expected text", what, t)
		}
		if seen[key] {
			return fault("", "%s has the key %s twice", what, quoted(key))
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	_, err := p.token()
	return err
}

// array reads an array of whole numbers that are not negative.
func (p *parser) array(what string) (numbers []int64, err error) {
	t, err := p.token()
	if err != nil {
		return nil, err
	}
	if t != json.Delim('[') {
		return nil, fault("", "%s is %s, expected an array", what, tokenText(t))
	}
	for p.More() {
		t, err := p.token()
		if err != nil {
			return nil, err
		}
		n, err := whole(t)
		if err != nil {
			return nil, fault("", "%s holds %s, expected whole numbers from 0 to 2^63-1", what, tokenText(t))
		}
		numbers = append(numbers, n)
	}
	_, err = p.token()
	return numbers, err
}

func whole(t json.Token) (int64, error) {
	n, ok := t.(json.Number)
	if !ok {
		return 0, strconv.ErrSyntax
	}
	u, err := strconv.ParseUint(n.String(), 10, 63) // no sign, point or exponent
	return int64(u), err
}

func (p *parser) text(what string) (string, error) {
	t, err := p.token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", fault("", "%s is %s, expected text", what, tokenText(t))
	}
	return s, nil
}

// tokenText describes a token that should have been another one.
func tokenText(t json.Token) string {
	switch t := t.(type) {
	case nil:
		return "null"
	case json.Delim:
		return map[json.Delim]string{'{': "an object", '[': "an array"}[t]
	case json.Number:
		return "the number " + quoted(t.String())
	case bool:
		return strconv.FormatBool(t)
	case string:
		return "the text " + quoted(t)
	}
	return "something else"
}

// metadata reads an object of texts. null stands for none.
func (p *parser) metadata(into *map[string]string) error {
	t, err := p.token()
	if t == nil {
		return err
	}
	m := map[string]string{}
	*into = m
	return p.members(metadataKey, t, func(key string) (err error) {
		m[key], err = p.text(metadataKey + " " + quoted(key))
		return err
	})
}

// tensor reads one entry of the header. Fields that the format does not define are skipped.
func (p *parser) tensor(name string) (Info, error) {
	var shape, offsets []int64
	info := Info{Name: name}
	has := map[string]bool{}
	err := p.object("the entry", func(key string) (err error) {
		has[key] = true
		switch key {
		case "dtype":
			info.DType, err = p.dtype()
		case "shape":
			shape, err = p.array("shape")
		case "data_offsets":
			offsets, err = p.array("data_offsets")
		default:
			err = p.skip()
		}
		return err
	})
	if err != nil {
		return info, err
	}
	for _, key := range []string{"dtype", "shape", "data_offsets"} {
		if !has[key] {
			return info, fault("", "%s is missing", key)
		}
	}
	if len(offsets) != 2 {
		return info, fault("", "data_offsets holds %d numbers, expected begin and end", len(offsets))
	}
	info.Begin, info.End = offsets[0], offsets[1]
	info.Shape = make([]int, len(shape))
	for i, n := range shape {
		if info.Shape[i] = int(n); int64(info.Shape[i]) != n {
			return info, fault("", "dimension %d is too large for this machine", n)
		}
	}
	return info, nil
}

func (p *parser) dtype() (DType, error) {
	name, err := p.text("dtype")
	if err != nil {
		return 0, err
	}
	d, ok := ParseDType(name)
	if !ok {
		return 0, fault("", "unknown dtype %s", quoted(name))
	}
	return d, nil
}

// skip reads one value of any kind.
func (p *parser) skip() error {
	var value json.RawMessage
	if err := p.Decode(&value); err != nil {
		return fault("", "not JSON at byte %d: %v", p.InputOffset(), err)
	}
	return nil
}
