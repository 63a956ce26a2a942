package data_test

import (
	"fmt"
	"strings"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/data/tokenizer"
)

func ExampleTokens() {
	text := data.Opticks()
	d := data.Tokens(tokenizer.Char(text), text).Split(0.9)
	fmt.Println(d)

	loader, err := d.Train.Loader(data.Batching{Size: 12, Block: 256, Seed: 1337})
	if err != nil {
		fmt.Println(err)
		return
	}
	b := loader.Next()
	fmt.Println(b)
	fmt.Println(b.X[1] == b.Y[0])
	// Output:
	// train: 510334 tokens (char), 1.00 bytes each
	// valid: 56704 tokens (char), 1.00 bytes each
	// batch: tokens [12, 256]
	// true
}

// Training goes on where it stopped.
func ExampleLoader_Restore() {
	set := data.Tokens(tokenizer.Byte(), "My Design in this Book is not to explain the Properties of Light by Hypotheses")
	batching := data.Batching{Size: 2, Block: 8, Seed: 1}
	first, _ := set.Epochs().Loader(batching)
	first.Next()
	state := first.State() // keep it as JSON
	want := first.Next()

	second, _ := set.Epochs().Loader(batching)
	if err := second.Restore(state); err != nil {
		fmt.Println(err)
	}
	got := second.Next()
	fmt.Println(set.Tokenizer.Decode(got.X) == set.Tokenizer.Decode(want.X))
	fmt.Println(second)
	// Output:
	// true
	// loader: step 2, epoch 0.40, batches of 2 from 10 examples, epochs, seed 1
}

func ExamplePairs() {
	tok := tokenizer.Byte(tokenizer.EndOfText)
	set := data.Pairs(tok, []data.Pair{{Prompt: "2+2=", Completion: "4"}, {Prompt: "3+5=", Completion: "8"}})
	batches, err := set.Pass(data.Batching{Size: 2, Block: 6})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(batches[0].X[:6], tok.Decode(batches[0].X[:6]))
	fmt.Println(batches[0].Y[:6])
	// Output:
	// [50 43 50 61 52 256] 2+2=4<|endoftext|>
	// [-1 -1 -1 52 256 -1]
}

func ExampleReadCSV() {
	table, err := data.ReadCSV(strings.NewReader(`length,width,kind
5.1,3.5,setosa
7.0,3.2,versicolor
6.3,3.3,virginica
4.9,3.0,setosa
`), "kind")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(table)
	d, scale := data.Standardise(table.Split(0.75, 1))
	fmt.Println(d.Train.Len(), d.Valid.Len(), len(scale.Mean))
	// Output:
	// 4 rows of 2 features (length, width), kind: 2 of setosa, 1 of versicolor, 1 of virginica
	// 3 1 2
}

func ExampleSpirals() {
	fmt.Println(data.Spirals(300, 3, 0.02, 1))
	// Output:
	// 300 rows of 2 features (x, y), class: 100 of 0, 100 of 1, 100 of 2
}
