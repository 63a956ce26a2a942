package tokenizer_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/resident-go/resident/runtime/data/tokenizer"
	_ "github.com/resident-go/resident/runtime/data/tokenizer/norm"
)

func ExampleGPT2() {
	tok := tokenizer.GPT2()
	ids := tok.Encode("Light is refracted.")
	fmt.Println(ids)
	fmt.Println(tok.Decode(ids))
	fmt.Println(tokenizer.Show(tok, "Light is refracted."))
	// Output:
	// [15047 318 1006 20216 13]
	// Light is refracted.
	// gpt2: 5 tokens, 19 bytes, 3.80 bytes a token
	// Light│ is│ ref│racted│.
}

func ExampleTrainBPE() {
	tok := tokenizer.TrainBPE("low lower lowest slow slower", 261, tokenizer.EndOfText)
	for left, right := range tok.Merges() {
		fmt.Printf("%q + %q\n", left, right)
	}
	fmt.Println(tok.Size(), tok.Encode("slow"))
	// Output:
	// "l" + "o"
	// "lo" + "w"
	// "low" + "e"
	// " " + "s"
	// 261 [115 257]
}

// A small vocabulary cannot write everything.
func ExampleChar() {
	tok := tokenizer.Char("hello")
	fmt.Println(tok.Encode("hello"))
	fmt.Println(tok.Decode(tok.Encode("help")))
	fmt.Println(tokenizer.Check(tok, "help"))
	// Output:
	// [1 0 2 2 3]
	// hel�
	// tokenizer char: check: "p" (U+0070) at byte 3 cannot be written with the 5 tokens of this vocabulary
}

// Half a character is never shown.
func ExampleDecoder() {
	tok := tokenizer.GPT2()
	d := tokenizer.NewDecoder(tok)
	for _, id := range tok.Encode("日本!") {
		fmt.Printf("%q → %q\n", tok.Token(id), d.Push(id))
	}
	// Output:
	// "\xe6\x97" → ""
	// "\xa5" → "日"
	// "\xe6\x9c" → ""
	// "\xac" → "本"
	// "!" → "!"
}

func ExampleLoad() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "tokenizer.json")
	trained := tokenizer.TrainBPE("low lower lowest slow slower", 260)
	if err := tokenizer.Save(trained, path); err != nil {
		fmt.Println(err)
	}
	tok, err := tokenizer.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tok, tok.Digest() == trained.Digest())
	// Output:
	// tokenizer: 260 tokens, digest b318a04eafe5 true
}
