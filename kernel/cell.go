package kernel

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/resident-go/resident/kernel/wire"
	"github.com/resident-go/resident/nbformat"
)

// execute runs one cell and answers its request.
func (k *kernel) execute(ctx context.Context, shell string, j job, count int) {
	r := j.execute
	if !r.Silent {
		k.background.flush()
		k.lastCell.Store(j.req)
		k.publish(j.req, wire.ExecuteInput{Code: r.Code, ExecutionCount: count})
	}
	if j.counts() {
		k.history.add(count, r.Code)
	}
	sink := k.newCellSink(ctx, j, count)
	expressions := wire.Dict{}
	err := k.runUnderTerms(ctx, j, count, sink)
	if err == nil {
		expressions = k.evaluate(ctx, count, r.UserExpressions, sink)
	}
	sink.end()
	k.tellAndWait(event{kind: ended, shell: shell, failed: err != nil}) // before the front end knows
	if err != nil {
		k.answerFailure(j, count, err)
		return
	}
	if j.counts() {
		k.history.result(count, sink.result())
	}
	k.reply(wire.Shell, j.req, wire.ExecuteReply{Status: "ok", ExecutionCount: count, Payload: sink.payload(), UserExpressions: expressions})
}

// runUnderTerms runs a cell under the terms that its metadata asks for: JupyterLab sends a cell's metadata along with its code.
func (k *kernel) runUnderTerms(ctx context.Context, j job, count int, sink nbformat.Sink) error {
	terms, err := nbformat.ReadTerms(j.req.Metadata)
	if err != nil {
		return plainError("MetadataError", err.Error())
	}
	return k.runCell(terms.With(ctx), count, j.execute.Code, sink)
}

// runCell runs code in the engine, after waiting for one that is still starting. An engine that broke is given up; the
// next cell gets a new one.
func (k *kernel) runCell(ctx context.Context, count int, code string, sink nbformat.Sink) error {
	e, err := k.engine.get(ctx, func(line string) {
		sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stderr", Text: line + "\n"})
	})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return plainError("StartError", err.Error())
	}
	failed := k.guard(func() { err = e.Run(ctx, count, code, sink) })
	if failed != nil {
		return failed
	}
	if err == nil {
		return nil
	}
	cell, broken := asCellError(err)
	if broken {
		k.log.Printf("engine broke: %v", err)
		k.engine.discard(e)
	}
	return cell
}

// guard calls into the engine. A panic there is a mistake of ours; it ends what was asked for, not the session and
// everything that people have in it.
func (k *kernel) guard(call func()) (failed error) {
	defer func() {
		if p := recover(); p != nil {
			k.log.Printf("panic in the engine: %v\n%s", p, debug.Stack())
			failed = plainError("InternalError", fmt.Sprintf("the kernel failed on this: %v (details are in its log)", p))
		}
	}()
	call()
	return nil
}

func (k *kernel) answerFailure(j job, count int, err error) {
	e, _ := asCellError(err)
	if !j.execute.Silent {
		k.publish(j.req, wire.Error{EName: e.EName, EValue: e.EValue, Traceback: e.Traceback})
	}
	k.reply(wire.Shell, j.req, wire.ExecuteError{
		Status: "error", ExecutionCount: count, EName: e.EName, EValue: e.EValue, Traceback: e.Traceback,
	})
}

// evaluate runs the user expressions of a request, each as a cell whose result is caught. One that fails says so in its
// own place.
func (k *kernel) evaluate(ctx context.Context, count int, expressions map[string]string, sink *cellSink) wire.Dict {
	results := wire.Dict{}
	for name, code := range expressions {
		caught := &resultSink{cellSink: sink}
		if err := k.runCell(ctx, count, code, caught); err != nil {
			e, _ := asCellError(err)
			results[name] = wire.ErrorReply{Status: "error", EName: e.EName, EValue: e.EValue, Traceback: e.Traceback}
			continue
		}
		results[name] = map[string]any{
			"status": "ok", "data": wire.Dict(caught.data), "metadata": wire.Dict(caught.metadata),
		}
	}
	return results
}

// resultSink keeps the result of a cell to itself.
type resultSink struct {
	*cellSink
	data, metadata map[string]any
}

func (s *resultSink) Output(o nbformat.Output) {
	if o.Type == nbformat.ExecuteResult {
		s.data, s.metadata = o.Data, o.Metadata
		return
	}
	s.cellSink.Output(o)
}
