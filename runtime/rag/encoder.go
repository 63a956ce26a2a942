package rag

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
)

// Encoder is an [Embedder] that can be trained: a vector for each token, and for a text the mean of its tokens' vectors, scaled to length 1. It does not
// know in which order words stand; it is quick, and learns from little.
//
// Package train trains it on texts that belong together:
//
//	enc, err := rag.NewEncoder(tok, 128)
//	enc.Weigh(texts)
//	run, err := train.Fit(ctx, enc, data.Matches(tok, rag.Cloze(chunks, 1)).Split(0.9, 1), train.Config{Steps: 500, BatchSize: 64, BlockSize: 96})
type Encoder struct {
	// Temperature divides the cosines in the loss: the lower, the more the hardest of the others count. 0.05 in a new one.
	Temperature float64

	tok   tokenizer.Tokenizer
	table *nn.Embedding // [tokens, width]
}

// batch is how many texts are embedded at a time.
const batch = 64

// NewEncoder makes an encoder with random vectors of so many numbers.
func NewEncoder(tok tokenizer.Tokenizer, width int, wishes ...nn.Option) (*Encoder, error) {
	table, err := nn.NewEmbedding(tok.Size(), width, wishes...)
	if err != nil {
		return nil, fmt.Errorf("rag: encoder: %w", err)
	}
	return &Encoder{Temperature: 0.05, tok: tok, table: table}, nil
}

// Params implements [nn.Module].
func (e *Encoder) Params() []nn.Param { return e.table.Params() }

// Train does nothing: an encoder is the same in training.
func (e *Encoder) Train(bool) {}

// Weigh scales each token's vector by how rare the token is among texts, ln(1 + texts / (texts that have it + 1)), since what stands everywhere says nothing. It
// makes random vectors useful before any training, and is where training begins best.
func (e *Encoder) Weigh(texts []string) {
	have := make([]int, e.tok.Size())
	for _, text := range texts {
		ids := e.tok.Encode(text)
		slices.Sort(ids)
		for _, id := range slices.Compact(ids) {
			have[id]++
		}
	}
	weights := make([]float32, len(have))
	for id, n := range have {
		weights[id] = float32(math.Log1p(float64(len(texts)) / float64(n+1)))
	}
	e.table.Weight.AssignMul(tensor.New(weights, len(weights), 1))
}

// Width implements [Embedder].
func (e *Encoder) Width() int { return e.table.Weight.Dim(1) }

// ID implements [Embedder]: it changes with every bit of the vectors, and with the tokenizer.
func (e *Encoder) ID() string {
	d, err := checkpoint.DigestOf(checkpoint.Stored("embedding.weight", e.table.Weight))
	if err != nil {
		return "encoder without a digest: " + err.Error()
	}
	return fmt.Sprintf("encoder %s of tokens %.12s", hex.EncodeToString(d[:6]), e.tok.Digest())
}

// Loss is that of contrast (InfoNCE, arXiv:1807.03748), in both directions: of tokens x and y (i32) [rows, tokens], filled up with negative ids,
// each row of x is to find its own row of y among all of them, and the reverse.
func (e *Encoder) Loss(x, y *tensor.Tensor) *tensor.Tensor {
	scores := e.pool(x).MatMul(e.pool(y).Transpose(0, 1)).Scale(1 / e.Temperature)
	own := tensor.Range(x.Dim(0)).On(e.table.Weight.Device())
	return scores.CrossEntropy(own).Add(scores.Transpose(0, 1).CrossEntropy(own)).Scale(0.5)
}

// pool is the vectors [rows, width] of texts given as tokens [rows, tokens].
func (e *Encoder) pool(ids *tensor.Tensor) *tensor.Tensor {
	ids = ids.On(e.table.Weight.Device())
	given := ids.Ge(ids.ZerosLike()).To(e.table.Weight.DType()).Unsqueeze(2) // [rows, tokens, 1]
	sum := e.table.Forward(ids.Maximum(ids.ZerosLike())).Mul(given).Sum(1)
	return sum.Div(sum.NormKeep(1).AddScalar(1e-12))
}

// Embed implements [Embedder].
func (e *Encoder) Embed(texts []string) (rows [][]float32, err error) {
	err = tensor.Try(func() {
		for from := 0; from < len(texts); from += batch {
			rows = append(rows, e.embed(texts[from:min(from+batch, len(texts))])...)
		}
	})
	return rows, err
}

func (e *Encoder) embed(texts []string) [][]float32 {
	ids, longest := make([][]int32, len(texts)), 1
	for i, text := range texts {
		ids[i] = e.tok.Encode(text)
		longest = max(longest, len(ids[i]))
	}
	filled := make([]int32, len(texts)*longest)
	for i := range filled {
		filled[i] = -1
	}
	for i, tokens := range ids {
		copy(filled[i*longest:], tokens)
	}
	numbers := e.pool(tensor.New(filled, len(texts), longest)).Floats()
	rows := make([][]float32, len(texts))
	for i := range rows {
		rows[i] = numbers[i*e.Width():][:e.Width():e.Width()]
		unit(rows[i])
	}
	return rows
}
