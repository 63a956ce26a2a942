package rag

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// An index is kept in one file of safetensors: "vectors" F32 [chunks, width], none without an embedder, and "chunks" U8, a line of JSON for each. Words
// are counted again when it is opened.
const (
	kind       = "resident index 1"
	vectorName = "vectors"
	chunkName  = "chunks"
)

// Save writes the index to a file, whole or not at all.
func (ix *Index) Save(path string) error {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	var lines bytes.Buffer
	var rows []float32
	for n, c := range ix.chunks {
		if ix.gone[n] {
			continue
		}
		text, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("rag: save: chunk of document %q: %w", c.Doc, err)
		}
		lines.Write(append(text, '\n'))
		if ix.vectors != nil {
			rows = append(rows, ix.vectors.row(int32(n))...)
		}
	}
	tensors := []safetensors.Tensor{{Name: chunkName, DType: safetensors.U8, Shape: []int{lines.Len()}, Data: safetensors.Bytes(lines.Bytes())}}
	metadata := map[string]string{"kind": kind}
	if ix.vectors != nil {
		w := ix.vectors.width
		metadata["embedder"] = ix.embedder.ID()
		tensors = append(tensors, safetensors.Tensor{Name: vectorName, DType: safetensors.F32, Shape: []int{len(rows) / w, w}, Data: safetensors.Float32s(safetensors.F32, rows)})
	}
	if err := safetensors.WriteFile(path, tensors, metadata); err != nil {
		return fmt.Errorf("rag: save: %w", err)
	}
	return nil
}

// Open reads an index that Save wrote. The embedder must be the one that made its vectors; nil opens it to find by words only.
func Open(path string, embedder Embedder, chunker Chunker) (*Index, error) {
	ix, err := New(embedder, chunker)
	if err != nil {
		return nil, err
	}
	file, err := safetensors.Open(path)
	if err != nil {
		return nil, fmt.Errorf("rag: open: %w", err)
	}
	defer file.Close()
	if err := ix.read(file); err != nil {
		return nil, fmt.Errorf("rag: open %s: %w", path, err)
	}
	return ix, nil
}

func (ix *Index) read(file *safetensors.Reader) error {
	metadata := file.Metadata()
	if metadata["kind"] != kind {
		return fmt.Errorf("it is no index: its kind is %q, want %q", metadata["kind"], kind)
	}
	chunks, err := readChunks(file)
	if err != nil || ix.embedder == nil {
		if err == nil {
			ix.take(chunks, nil)
		}
		return err
	}
	if made := metadata["embedder"]; made != ix.embedder.ID() {
		return fmt.Errorf("its vectors are of embedder %q, not of %q: add the documents to a new index", made, ix.embedder.ID())
	}
	rows, err := readRows(file, len(chunks), ix.vectors.width)
	if err != nil {
		return err
	}
	ix.take(chunks, rows)
	return nil
}

func readChunks(file *safetensors.Reader) ([]Chunk, error) {
	text, err := file.Bytes(chunkName)
	if err != nil {
		return nil, err
	}
	var chunks []Chunk
	for line := range bytes.Lines(text) {
		var c Chunk
		if err := json.Unmarshal(line, &c); err != nil {
			return nil, fmt.Errorf("chunk %d: %w", len(chunks), err)
		}
		if c.Doc == "" {
			return nil, fmt.Errorf("chunk %d has no document", len(chunks))
		}
		chunks = append(chunks, c)
	}
	return chunks, nil
}

func readRows(file *safetensors.Reader, n, width int) ([][]float32, error) {
	info, found := file.Info(vectorName)
	if !found || info.DType != safetensors.F32 || len(info.Shape) != 2 || info.Shape[0] != n || info.Shape[1] != width {
		return nil, fmt.Errorf("its vectors are %v %v: want F32 [%d %d]", info.DType, info.Shape, n, width)
	}
	numbers := make([]float32, n*width)
	if err := file.Float32s(vectorName, numbers); err != nil {
		return nil, err
	}
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = numbers[i*width:][:width]
	}
	return rows, nil
}
