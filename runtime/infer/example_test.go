package infer_test

import (
	"context"
	"fmt"

	"github.com/resident-go/resident/runtime/infer"
	"github.com/resident-go/resident/runtime/pretrained"
)

// The model that ships, trained on Newton's Opticks, continues a sentence. Without a temperature it takes the most probable token each time.
func Example() {
	model, tok, err := pretrained.Opticks()
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := infer.New(model, tok)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print("Light is")
	for piece, err := range s.Stream(context.Background(), "Light is", infer.Options{MaxTokens: 6}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(piece)
	}
	fmt.Println()
	u := s.Usage()
	fmt.Println(u.NewTokens, "tokens written,", s.Cost().Inference.Measured.WeightUpdates, "weights changed")
	// Output:
	// Light is illuminated
	// 6 tokens written, 0 weights changed
}

// Each option changes the distribution that the next token is drawn from, one after the other.
func ExampleDistribution() {
	scores := []float32{2, 1, 0, -1} // of a model that knows four tokens
	stages, err := infer.Distribution(scores, nil, infer.Options{Temperature: 0.5, TopK: 3, TopP: 0.9})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, stage := range stages {
		fmt.Println(stage.Filter, stage.Candidates)
	}
	// Output:
	// model [0 (64.4 %) 1 (23.7 %) 2 (8.7 %) 3 (3.2 %)]
	// temperature [0 (86.5 %) 1 (11.7 %) 2 (1.6 %) 3 (0.2 %)]
	// top-k [0 (86.7 %) 1 (11.7 %) 2 (1.6 %)]
	// top-p [0 (88.1 %) 1 (11.9 %)]
}

// With a temperature a token is drawn, and with the same seed the same one.
func ExampleSession_Generate() {
	model, tok, err := pretrained.Opticks()
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := infer.New(model, tok)
	if err != nil {
		fmt.Println(err)
		return
	}
	options := infer.Options{MaxTokens: 10, Temperature: 0.8, TopP: 0.95, Seed: 7}
	var answers []string
	for range 2 {
		s.Reset()
		answer, err := s.Generate(context.Background(), "Light is", options)
		if err != nil {
			fmt.Println(err)
			return
		}
		answers = append(answers, answer)
	}
	fmt.Println("the same:", answers[0] == answers[1])
	// Output:
	// the same: true
}
