package rag

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/data/tokenizer"
	"github.com/resident-go/resident/runtime/nn"
	"github.com/resident-go/resident/runtime/tensor"
)

// The files of a folder that holds an encoder, and the names of their tensors. A StaticEmbedding of sentence-transformers has the first alone, [tokens, width]; model2vec has
// the second, and may have the two others: several tokens then share a vector [rows, width], and each token scales it.
const (
	modelFile     = "model.safetensors"
	tokenizerFile = "tokenizer.json"

	tableName   = "embedding.weight"
	vectorsName = "embeddings"
	mappingName = "mapping" // i64 [tokens], each below rows
	weightsName = "weights" // floats [tokens]
)

// Save writes the encoder to a folder: model.safetensors and tokenizer.json, as a StaticEmbedding of sentence-transformers has them.
func (e *Encoder) Save(folder string) error {
	err := os.MkdirAll(folder, 0o755)
	if err == nil {
		err = safetensors.WriteFile(filepath.Join(folder, modelFile), []safetensors.Tensor{checkpoint.Stored(tableName, e.table.Weight)}, nil)
	}
	if err == nil {
		err = tokenizer.Save(e.tok, filepath.Join(folder, tokenizerFile))
	}
	if err != nil {
		return fmt.Errorf("rag: save an encoder: %w", err)
	}
	return nil
}

// LoadEncoder reads an encoder from a folder with model.safetensors and tokenizer.json: one of ours, a StaticEmbedding of sentence-transformers, or a model
// of model2vec. A tokenizer other than nil takes the place of tokenizer.json.
func LoadEncoder(folder string, tok tokenizer.Tokenizer) (*Encoder, error) {
	e, err := loadEncoder(folder, tok)
	if err != nil {
		return nil, fmt.Errorf("rag: load an encoder from %s: %w", folder, err)
	}
	return e, nil
}

func loadEncoder(folder string, tok tokenizer.Tokenizer) (*Encoder, error) {
	file, err := safetensors.Open(filepath.Join(folder, modelFile))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if tok == nil {
		if tok, err = tokenizer.Load(filepath.Join(folder, tokenizerFile)); err != nil {
			return nil, err
		}
	}
	name := tableName
	info, found := file.Info(name)
	if !found {
		name = vectorsName
		info, found = file.Info(name)
	}
	if !found {
		return nil, fmt.Errorf("it has no tensor %s or %s", tableName, vectorsName)
	}
	_, shared := file.Info(mappingName)
	if len(info.Shape) != 2 || info.Shape[0] != tok.Size() && !shared {
		return nil, fmt.Errorf("%s is %v, and the tokenizer has %d tokens: want [%d, width]", name, info.Shape, tok.Size(), tok.Size())
	}
	vectors, err := nn.NewEmbedding(info.Shape[0], info.Shape[1], nn.Blank())
	if err != nil {
		return nil, err
	}
	if err := checkpoint.Restore(vectors.Weight, file, name); err != nil {
		return nil, err
	}
	e, err := NewEncoder(tok, info.Shape[1], nn.Blank())
	if err != nil {
		return nil, err
	}
	return e, e.take(vectors.Weight, file)
}

// take makes each token's vector of those in a file.
func (e *Encoder) take(vectors *tensor.Tensor, file *safetensors.Reader) error {
	rows, err := rowsOf(file, e.tok.Size(), vectors.Dim(0))
	if err != nil {
		return err
	}
	scale, err := scalesOf(file, e.tok.Size())
	if err != nil {
		return err
	}
	return tensor.Try(func() {
		table := vectors.Detach()
		if rows != nil {
			table = table.Rows(tensor.New(rows, len(rows)))
		}
		if scale != nil {
			table = table.Mul(tensor.New(scale, len(scale), 1))
		}
		e.table.Weight.Assign(table)
	})
}

// rowsOf is the row of each token's vector; nil if they are its own.
func rowsOf(file *safetensors.Reader, tokens, rows int) ([]int32, error) {
	info, found := file.Info(mappingName)
	if !found {
		return nil, nil
	}
	if len(info.Shape) != 1 || info.Shape[0] != tokens || info.DType != safetensors.I64 {
		return nil, fmt.Errorf("%s is %v %v, want I64 [%d], a row for each token", mappingName, info.DType, info.Shape, tokens)
	}
	raw, err := file.Bytes(mappingName)
	if err != nil {
		return nil, err
	}
	own := make([]int32, tokens)
	for id := range own {
		row := int64(binary.LittleEndian.Uint64(raw[8*id:]))
		if row < 0 || row >= int64(rows) {
			return nil, fmt.Errorf("%s names row %d for token %d, and there are %d", mappingName, row, id, rows)
		}
		own[id] = int32(row)
	}
	return own, nil
}

// scalesOf is by how much each token's vector counts; nil if all count the same.
func scalesOf(file *safetensors.Reader, tokens int) ([]float32, error) {
	info, found := file.Info(weightsName)
	if !found {
		return nil, nil
	}
	if len(info.Shape) != 1 || info.Shape[0] != tokens || !info.DType.Floats() {
		return nil, fmt.Errorf("%s is %v %v, want floats [%d], one for each token", weightsName, info.DType, info.Shape, tokens)
	}
	scale := make([]float32, tokens)
	return scale, file.Float32s(weightsName, scale)
}
