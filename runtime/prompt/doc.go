// Package prompt puts together what a model is asked, within a budget of tokens, and says what did not fit.
//
//	p, err := prompt.Build(tok, 200,
//		prompt.Part{Name: "rules", Text: "Answer in one sentence.\n"},
//		prompt.Part{Name: "notes", Label: "Notes:\n", Items: found, Cut: prompt.DropLast},
//		prompt.Part{Name: "talk", Items: turns, Cut: prompt.DropFirst, Rank: 1},
//		prompt.Part{Name: "question", Label: "Question: ", Text: question + "\nAnswer:"},
//	)
//	fmt.Println(p)      // a table: each part, its tokens, what was cut and why
//	s.Generate(ctx, p.Text, infer.Options{MaxTokens: 50})
//
// This is context injection: what the model is to know for one answer stands in its prompt. It works at once, costs tokens each time, and is gone
// with the session, since no weight has changed.
//
// Rules:
//   - Parts stand in the text in the order in which they are given. When they are too long together, the part with the lowest Rank gives
//     way first, the later one of two with the same.
//   - A part gives way as its Cut says. A part without one is there as a whole, or there is an error.
//   - Tokens are counted in the whole text, not part by part, because a tokenizer may join what meets at a border. So the text never
//     has more tokens than the budget.
package prompt
