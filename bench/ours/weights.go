package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/resident-go/resident/runtime/nn"
)

// The file of llm.c's train_gpt2.c: 256 words, then the parameters in f32, those of one kind in all layers together.
const (
	magic   = 20240326
	version = 3
)

// header is the words of the file that mean something.
type header struct {
	Magic, Version, Block, Vocab, Layers, Heads, Embed, Padded int32
	_                                                          [248]int32
}

// kinds are our names of the parameters in the order of the file; * is the number of the layer.
var kinds = []string{
	"embed.weight", "position.weight", "layers.*.norm1.weight", "layers.*.norm1.bias", "layers.*.attn.qkv.weight", "layers.*.attn.qkv.bias",
	"layers.*.attn.out.weight", "layers.*.attn.out.bias", "layers.*.norm2.weight", "layers.*.norm2.bias", "layers.*.mlp.up.weight",
	"layers.*.mlp.up.bias", "layers.*.mlp.down.weight", "layers.*.mlp.down.bias", "norm.weight", "norm.bias",
}

// inOrder calls do for the parameters in the order of the file.
func inOrder(m *nn.GPT, do func(nn.Param) error) error {
	named := map[string]nn.Param{}
	for _, p := range m.Params() {
		named[p.Name] = p
	}
	for _, kind := range kinds {
		layers := 1
		if strings.Contains(kind, "*") {
			layers = m.Config.Layers
		}
		for i := range layers {
			if err := do(named[strings.Replace(kind, "*", fmt.Sprint(i), 1)]); err != nil {
				return err
			}
		}
	}
	return nil
}

// makeWeights writes the weights of a new model, its vocabulary padded to a multiple of 64 with rows of zeros if it is large.
func makeWeights(path string, shape []int) error {
	m, err := nn.NewGPT(nn.GPTConfig{VocabSize: shape[0], BlockSize: shape[1], Layers: shape[2], Heads: shape[3], Embed: shape[4]}, nn.Seed(1337))
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	padded := shape[0]
	if padded > 1000 {
		padded = (padded + 63) / 64 * 64
	}
	c, w := m.Config, bufio.NewWriterSize(f, 1<<20)
	if err := binary.Write(w, binary.LittleEndian, header{Magic: magic, Version: version, Block: int32(c.BlockSize), Vocab: int32(c.VocabSize),
		Layers: int32(c.Layers), Heads: int32(c.Heads), Embed: int32(c.Embed), Padded: int32(padded)}); err != nil {
		return err
	}
	err = inOrder(m, func(p nn.Param) error {
		raw := p.Bytes()
		if p.Name == kinds[0] {
			raw = append(raw, make([]byte, 4*(padded-c.VocabSize)*c.Embed)...)
		}
		_, err := w.Write(raw)
		return err
	})
	if err != nil {
		return err
	}
	return w.Flush()
}

// readWeights reads such a file into a new model, a piece at a time, so that little more memory is needed than the model takes.
func readWeights(path string) (*nn.GPT, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var h header
	if err := binary.Read(f, binary.LittleEndian, &h); err != nil || h.Magic != magic || h.Version != version {
		return nil, fmt.Errorf("%s: not weights of llm.c, version %d: %w", path, version, err)
	}
	m, err := nn.NewGPT(nn.GPTConfig{VocabSize: int(h.Vocab), BlockSize: int(h.Block), Layers: int(h.Layers), Heads: int(h.Heads), Embed: int(h.Embed)}, nn.Blank())
	if err != nil {
		return nil, err
	}
	piece := make([]byte, 1<<20)
	err = inOrder(m, func(p nn.Param) error {
		v := p.View()
		for at := 0; at < p.Size(); {
			part := piece[:min(len(piece), 4*(p.Size()-at))]
			if _, err := io.ReadFull(f, part); err != nil {
				return fmt.Errorf("%s: %s: %w", path, p.Name, err)
			}
			if err := m.Device().Write(v.Data, v.Offset+at, part); err != nil {
				return err
			}
			at += len(part) / 4
		}
		if p.Name == kinds[0] {
			_, err := f.Seek(4*int64(h.Padded-h.Vocab)*int64(h.Embed), io.SeekCurrent)
			return err
		}
		return nil
	})
	return m, err
}
