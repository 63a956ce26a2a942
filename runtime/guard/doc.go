// Package guard stands between a model and the people who use it: rules about text, outside of the weights.
//
//	g := guard.Guard{Refusal: "I cannot help with that.", Rules: []guard.Rule{
//		{Name: "weapons", On: guard.Question, Phrases: []string{"build a bomb"}, Do: guard.Refuse},
//		{Name: "names", On: guard.Answer, Phrases: []string{"Ada Byron"}, Do: guard.Mask},
//	}}
//	w := g.Watch()
//	for piece, err := range w.Stream(question, session.Stream(ctx, question, options)) { .. }
//	fmt.Println(w.Events)
//
// A guard changes no weight: the model knows what it knew, would say what it would have said, and is used by anybody without the guard as if there were none. A
// guard can be changed within a second, its rules can be read, and it does exactly what they say. That is also its weakness: it sees letters and not what they mean, so
// that another spelling, another language, or a roundabout question passes, and a harmless text with the wrong word does not. What a model itself is to refuse
// belongs into its training (package align), which generalises, and promises nothing. Systems have both.
//
// Rules:
//   - An answer is checked while it streams. What may become a phrase is held back until it is clear, however the pieces are cut: nobody sees half of
//     a phrase. What is given out is the same for every way of cutting the text into pieces.
//   - Phrases are found without regard to case, as whole words: neither before nor behind them stands a letter or a digit.
//   - Of phrases that overlap, the one that begins first counts, of those the longest, of those the first rule's.
package guard
