// Package nn is layers and models: parameters with the computation that they are for.
//
//	model, err := nn.NewGPT(nn.GPTConfig{VocabSize: 65, BlockSize: 256, Layers: 6, Heads: 6, Embed: 384}, nn.Seed(1337))
//	loss := model.Loss(x, y)
//	loss.Backward()
//
// A [Module] lists its parameters; everything else about a model is ordinary Go, also in models that are put together in a notebook
// (see [Params]). The parameters of one model lie one after the other in one piece of memory, and so do their gradients, so that an
// optimiser goes over all of them in one pass.
//
// [GPT] computes its loss in one of two ways with the same result: step by step with the operations of package tensor, or by a
// plan, a list of device operations that is made once for a shape. The first is for reading and the oracle of the second.
package nn
