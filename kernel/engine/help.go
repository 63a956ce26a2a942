package engine

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"
)

// helpTime bounds what a person waits for names and documentation.
const helpTime = 5 * time.Second

// Complete returns the names that may stand at the cursor and the range that they replace, in code points. It works
// while a cell runs; before the engine is ready it knows nothing.
func (e *Engine) Complete(code string, cursor int) (matches []string, start, end int) {
	if !e.isReady() {
		return nil, cursor, cursor
	}
	at := byteOffset(code, cursor)
	e.analyse.Lock()
	defer e.analyse.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), helpTime)
	defer cancel()
	e.pkgs.ctx, e.pkgs.may = ctx, offline
	names, from, to := e.session.Complete(code, at, e.pkgs)
	return names, utf8.RuneCountInString(code[:from]), utf8.RuneCountInString(code[:to])
}

// Inspect describes the identifier at the cursor: its declaration and, for members of packages, their documentation.
func (e *Engine) Inspect(code string, cursor, detail int) (data map[string]any, found bool) {
	if !e.isReady() {
		return nil, false
	}
	text, path, symbol, mods := e.describe(code, byteOffset(code, cursor))
	if text == "" {
		return nil, false
	}
	if path != "" {
		if doc := documentation(mods, path, symbol, detail); doc != "" {
			text = doc
		}
	}
	return map[string]any{"text/plain": text}, true
}

func (e *Engine) describe(code string, at int) (text, path, symbol string, mods *modules) {
	e.analyse.Lock()
	defer e.analyse.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), helpTime)
	defer cancel()
	e.pkgs.ctx, e.pkgs.may = ctx, offline
	text, path, symbol = e.session.Describe(code, at, e.pkgs)
	return text, path, symbol, e.mods
}

// documentation asks the go command, where the source is: in the notebook's module, or else the session's.
func documentation(mods *modules, path, symbol string, detail int) string {
	ctx, cancel := context.WithTimeout(context.Background(), helpTime)
	defer cancel()
	args := []string{"doc"}
	if detail > 0 {
		args = append(args, "-src")
	}
	if path == "builtin" {
		args = append(args, "-u") // its names are not exported
	}
	args = append(args, path)
	if symbol != "" {
		args = append(args, symbol)
	}
	out, err := mods.goCommand(ctx, offline, args...)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func (e *Engine) isReady() bool {
	select {
	case <-e.ready:
		return e.err == nil
	default:
		return false
	}
}

// byteOffset turns an offset in code points into one in bytes. Front ends that count otherwise are clamped.
func byteOffset(s string, points int) int {
	for i := range s {
		if points <= 0 {
			return i
		}
		points--
	}
	return len(s)
}
