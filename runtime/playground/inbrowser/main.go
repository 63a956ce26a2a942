//go:build js

// Program inbrowser is a playground in a web page: the runtime, compiled to WebAssembly, behind a few functions for a script.
//
// It leaves an object "playground" behind, with functions that answer at once:
//
//	open(model, text)                      the model's files (config.json, model.safetensors, tokenizer.json) in a zip archive
//	ask(prompt, options), more(), stop()   an answer, piece by piece: more gives one, or null behind the last
//	next(prompt, options, n)               what could come next
//	train(on), step(), restore(), study(text)
//	state()
//
// What they return is the JSON of package playground, with the HTML of its dashboard; an error is {"error": "..."}. A question that is
// being answered keeps the model to itself: only stop and state may be called before its end.
package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"syscall/js"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/infer"
	"github.com/resident-go/resident/runtime/playground"
)

func main() {
	p := &page{}
	js.Global().Set("playground", map[string]any{
		"open": p.export(p.open), "ask": p.export(p.ask), "more": p.export(p.more), "stop": p.export(p.stop), "next": p.export(p.next),
		"train": p.export(p.train), "step": p.export(p.step), "restore": p.export(p.restore), "study": p.export(p.study),
		"state": p.export(p.state),
	})
	js.Global().Call("playgroundReady")
	select {}
}

// page is the one playground of this program.
type page struct {
	*playground.Playground
	piece func() (string, error, bool) // of the answer on its way, or nil
	end   func()
}

// export makes a function callable. Its arguments and its result are JSON, but for bytes.
func (p *page) export(f func(args []js.Value) (any, error)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		v, err := f(args)
		if err != nil {
			v = map[string]string{"error": err.Error()}
		}
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // our own types
		}
		return string(text)
	})
}

var errNoModel = errors.New("playground: no model was opened")

func (p *page) open(args []js.Value) (any, error) {
	archive := make([]byte, args[0].Get("byteLength").Int())
	js.CopyBytesToGo(archive, args[0])
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, fmt.Errorf("open the model: %w", err)
	}
	f, err := files.Open("tokenizer.json")
	if err != nil {
		return nil, fmt.Errorf("open the model: %w", err)
	}
	defer f.Close()
	tok, err := tokenizer.Read("model", f)
	if err != nil {
		return nil, fmt.Errorf("open the model: %w", err)
	}
	m, err := checkpoint.LoadFS(files)
	if err != nil {
		return nil, fmt.Errorf("open the model: %w", err)
	}
	if p.Playground, err = playground.New(m, tok, args[1].String()); err != nil {
		return nil, err
	}
	return p.state(nil)
}

// options are how a script writes them.
type options struct {
	MaxTokens   int
	Temperature float64
	TopK        int
	TopP        float64
	Seed        uint64
	Stop        []string
}

func readOptions(v js.Value) (o infer.Options, err error) {
	var read options
	if err := json.Unmarshal([]byte(v.String()), &read); err != nil {
		return o, fmt.Errorf("read the options: %w", err)
	}
	return infer.Options{
		MaxTokens: read.MaxTokens, Temperature: read.Temperature, TopK: read.TopK, TopP: read.TopP, Seed: read.Seed, Stop: read.Stop,
	}, nil
}

func (p *page) ask(args []js.Value) (any, error) {
	if p.Playground == nil {
		return nil, errNoModel
	}
	o, err := readOptions(args[1])
	if err != nil {
		return nil, err
	}
	if _, err := p.stop(nil); err != nil {
		return nil, err
	}
	p.piece, p.end = iter.Pull2(p.Ask(context.Background(), args[0].String(), o))
	return true, nil
}

func (p *page) more([]js.Value) (any, error) {
	if p.piece == nil {
		return nil, nil
	}
	text, err, ok := p.piece()
	if err != nil || !ok {
		_, _ = p.stop(nil)
		return nil, err
	}
	return map[string]any{"text": text, "dashboard": p.Dashboard().HTML()}, nil
}

func (p *page) stop([]js.Value) (any, error) {
	if p.end != nil {
		p.end()
	}
	p.piece, p.end = nil, nil
	return true, nil
}

func (p *page) next(args []js.Value) (any, error) {
	if p.Playground == nil {
		return nil, errNoModel
	}
	o, err := readOptions(args[1])
	if err != nil {
		return nil, err
	}
	return p.Next(args[0].String(), o, args[2].Int())
}

func (p *page) train(args []js.Value) (any, error) {
	if p.Playground == nil {
		return nil, errNoModel
	}
	if err := p.Train(args[0].Bool()); err != nil {
		return nil, err
	}
	return p.state(nil)
}

func (p *page) step([]js.Value) (any, error) {
	if p.Playground == nil {
		return nil, errNoModel
	}
	if _, err := p.Step(); err != nil {
		return nil, err
	}
	return p.state(nil)
}

func (p *page) restore([]js.Value) (any, error) {
	if p.Playground == nil {
		return nil, errNoModel
	}
	if err := p.Restore(); err != nil {
		return nil, err
	}
	return p.state(nil)
}

func (p *page) study(args []js.Value) (any, error) {
	if p.Playground == nil {
		return nil, errNoModel
	}
	return true, p.Study(args[0].String())
}

func (p *page) state([]js.Value) (any, error) {
	if p.Playground == nil {
		return nil, errNoModel
	}
	return map[string]any{"network": p.State(), "dashboard": p.Dashboard().HTML(), "templates": playground.Templates}, nil
}
