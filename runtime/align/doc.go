// Package align teaches a model what people prefer.
//
//	dpo := &align.DPO{Model: adapted, Reference: base, Beta: 0.1}
//	run, err := train.Fit(ctx, dpo, data.Preferences(tok, preferences).Split(0.9, 1), train.Config{Steps: 200, BatchSize: 8, BlockSize: 64})
//	m, err := dpo.Measure(set, 8, 64) // how often the chosen completion is now the more probable one
//
// A model that was trained on text says what is probable, which need not be what anybody wants. Preference optimisation moves its weights, so it
// belongs to training: it takes examples and gradients, and what it changes stays. A filter on what a frozen model says is another thing.
package align
