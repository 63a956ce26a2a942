package tokenizer

import (
	"testing"

	"github.com/tiktoken-go/tokenizer/codec"
)

// BenchmarkEncode has this package and tiktoken-go beside each other: the same vocabulary, the same 67 KB of English, one
// goroutine. The ratio of the two is what counts.
func BenchmarkEncode(b *testing.B) {
	text := opticks(b)
	gpt2, peer := GPT2(), oracles["r50k_base"]()
	for _, row := range []struct {
		name   string
		encode func(string)
	}{
		{"gpt2", func(s string) { gpt2.Encode(s) }},
		{"gpt2/tiktoken-go", func(s string) { mustEncode(b, peer, s) }},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				row.encode(text)
			}
		})
	}
	for name, tok := range map[string]Tokenizer{"byte": Byte(), "char": Char(text), "bpe-1024": TrainBPE(text, 1024)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				tok.Encode(text)
			}
		})
	}
}

func mustEncode(b *testing.B, c *codec.Codec, text string) {
	if _, _, err := c.Encode(text); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkDecode(b *testing.B) {
	text := opticks(b)
	tok := GPT2()
	ids := tok.Encode(text)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tok.Decode(ids)
	}
}

// BenchmarkLoadGPT2 is what the first use of GPT2 costs.
func BenchmarkLoadGPT2(b *testing.B) {
	for b.Loop() {
		merges, err := gunzip(gpt2Merges)
		if err == nil {
			_, err = fromMerges("gpt2", merges)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
