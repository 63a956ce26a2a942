// Package infer uses a trained model: it predicts, chooses, and predicts again. Nothing is learned on the way.
//
//	s, err := infer.New(frozen, tok)
//	for piece := range s.Stream(ctx, "Light is", infer.Options{MaxTokens: 200, Temperature: 0.8, TopP: 0.95, Seed: 7}) {
//		fmt.Print(piece)
//	}
//
// A [Session] remembers its context: what it was told and what it answered, as far as that fits into the model's block of tokens. When
// the block is full, the older half falls out; [Session.Dropped] says what.
//
// [Options] shape the output, not the knowledge. [Distribution] shows what each of them does to the probabilities of the next token.
package infer
