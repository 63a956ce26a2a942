package data

import (
	"fmt"
	"testing"

	"github.com/resident-go/resident/runtime/data/tokenizer"
)

// BenchmarkTrainBPE is learning a vocabulary from the whole of Opticks.
func BenchmarkTrainBPE(b *testing.B) {
	text := Opticks()
	for _, size := range []int{512, 4096} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				tokenizer.TrainBPE(text, size)
			}
		})
	}
}

// BenchmarkNext is what a batch of nanoGPT's size costs a step of training.
func BenchmarkNext(b *testing.B) {
	set := Tokens(tokenizer.Byte(), Opticks())
	for name, set := range map[string]*TokenSet{"random": set, "epochs": set.Epochs()} {
		l, err := set.Loader(Batching{Size: 12, Block: 256})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				l.Next()
			}
		})
	}
}
