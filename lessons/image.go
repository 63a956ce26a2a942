package lessons

import (
	"encoding/base64"
	"fmt"
	"html"
	"io/fs"
	"mime"
	"net/url"
	"path"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// image puts a picture that lies beside the lesson into the page. One from elsewhere becomes a link, because a page makes no
// requests.
func (b *pageBuilder) image(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	img := n.(*ast.Image)
	alt := plainText(img, src)
	dest, err := url.Parse(string(img.Destination))
	switch {
	case err != nil:
		return ast.WalkStop, fmt.Errorf("image %q: %w", img.Destination, err)
	case dest.Scheme == "data":
		writeImage(w, string(img.Destination), alt, string(img.Title))
	case dest.Scheme != "" || dest.Host != "":
		fmt.Fprintf(w, "<a href=\"%s\">%s</a>", html.EscapeString(dest.String()), html.EscapeString(alt))
	default:
		data, err := b.readFile(dest.Path)
		if err != nil {
			return ast.WalkStop, fmt.Errorf("image %q: %w", img.Destination, err)
		}
		writeImage(w, dataURI(dest.Path, data), alt, string(img.Title))
	}
	return ast.WalkSkipChildren, nil
}

func (b *pageBuilder) readFile(name string) ([]byte, error) {
	if b.page.Files == nil {
		return nil, fs.ErrNotExist
	}
	return fs.ReadFile(b.page.Files, path.Clean(name))
}

func dataURI(name string, data []byte) string {
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)
}

func writeImage(w util.BufWriter, uri, alt, title string) {
	fmt.Fprintf(w, "<img src=\"%s\" alt=\"%s\"", html.EscapeString(uri), html.EscapeString(alt))
	if title != "" {
		fmt.Fprintf(w, " title=\"%s\"", html.EscapeString(title))
	}
	_, _ = w.WriteString(">")
}
