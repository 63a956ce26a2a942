package display

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/gif"
	"image/png"
	"strings"
)

// MIME is a value given in forms of its own choice, by MIME type: text as string, binary types as []byte or base64
// text, JSON types as any value that encoding/json takes.
type MIME map[string]any

// MIMEBundle makes MIME show itself.
func (m MIME) MIMEBundle() map[string]any { return m }

// Text with a form. Each shows as what its name says, and as its own source where that form is not known.
type (
	HTML     string
	Markdown string
	SVG      string
	LaTeX    string // with its delimiters, such as $x^2$
	Text     string // as it is, without quotes
)

func (s HTML) MIMEBundle() map[string]any     { return sourced("text/html", string(s)) }
func (s Markdown) MIMEBundle() map[string]any { return sourced("text/markdown", string(s)) }
func (s SVG) MIMEBundle() map[string]any      { return sourced("image/svg+xml", string(s)) }
func (s LaTeX) MIMEBundle() map[string]any    { return sourced("text/latex", string(s)) }
func (s Text) MIMEBundle() map[string]any     { return sourced("text/plain", string(s)) }

// sourced is a text in a language, with itself as plain text: people can read it where it is not understood, unless it is long.
func sourced(mime, text string) map[string]any {
	const readable = 4 << 10
	plain := text
	if len(text) > readable && mime != "text/plain" {
		plain = fmt.Sprintf("%s... (%d bytes of %s)", strings.ToValidUTF8(text[:readable], ""), len(text), mime)
	}
	return map[string]any{mime: text, "text/plain": plain}
}

// Encoded images.
type (
	PNG  []byte
	JPEG []byte
	GIF  []byte
)

func (b PNG) MIMEBundle() map[string]any  { return picture("image/png", "PNG image", b) }
func (b JPEG) MIMEBundle() map[string]any { return picture("image/jpeg", "JPEG image", b) }

func (b GIF) MIMEBundle() map[string]any { return picture("image/gif", "GIF image", b) }

func picture(mime, what string, b []byte) map[string]any {
	return map[string]any{
		mime:         base64.StdEncoding.EncodeToString(b),
		"text/plain": fmt.Sprintf("%s, %d bytes", what, len(b)),
	}
}

// Image shows an image.
func Image(img image.Image) MIME {
	if isNil(img) {
		return MIME{"text/plain": "no image: nil"}
	}
	size := fmt.Sprintf("%T, %d x %d pixels", img, img.Bounds().Dx(), img.Bounds().Dy())
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil { // such as an empty image
		return MIME{"text/plain": fmt.Sprintf("%s (no picture: %v)", size, err)}
	}
	return MIME{"image/png": b.Bytes(), "text/plain": size}
}

// animation shows the images of a GIF as a film.
func animation(g *gif.GIF) MIME {
	what := fmt.Sprintf("GIF image, frames: %d", len(g.Image))
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil { // such as one without images
		return MIME{"text/plain": fmt.Sprintf("%s (no picture: %v)", what, err)}
	}
	return MIME{"image/gif": b.Bytes(), "text/plain": what}
}

// JSON shows a value as a JSON document, which front ends can fold and search.
func JSON(v any) MIME {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return MIME{"text/plain": fmt.Sprintf("no JSON: %v", err)}
	}
	return MIME{"application/json": json.RawMessage(text), "text/plain": string(text)}
}
