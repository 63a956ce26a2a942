// Package data is what models learn from: texts, tables and pairs of prompt and completion, and the batches made of them.
//
//	text := data.Opticks()
//	tok := tokenizer.TrainBPE(text, 512)
//	d := data.Tokens(tok, text).Split(0.9) // d.Train, d.Valid; train.Fit takes d as it is
//
// There are five kinds of sets, and a [Split] of each into what is for training and what is set aside:
//   - [TokenSet]: a text as tokens. An example is a window of it, and what is to be predicted the same window one token later.
//   - [PairSet]: prompts with their completions. Only the completions are to be predicted.
//   - [PreferenceSet]: prompts with two completions, of which one is preferred.
//   - [MatchSet]: texts that belong together, for teaching an encoder.
//   - [Table]: rows of numbers with a class or a value each; read from CSV, or made up ([Spirals], [Moons], [XOR]).
//
// A [Loader] makes batches of a set without end. Batches are slices of numbers, and know nothing of tensors and devices.
//
// Rules:
//   - The same set, seed and sizes give the same batches, on every machine. A loader's numbers come from ChaCha8, keyed with the seed,
//     the step or the epoch, and what they are for; so a loader's whole state is its step.
//   - Sets are never changed; what changes one returns another.
//   - Mistakes in a chain such as Tokens(tok, text).Split(9) are reported where batches are asked for.
package data
