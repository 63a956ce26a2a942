// Package cost is the ledger of training and inference: floating-point operations, bytes, tokens, seconds, energy and
// price, measured and predicted side by side. All of it is arithmetic on what it is told; the only thing it asks the
// machine is how much processor time has passed.
//
// Formulas. M are the parameters that each token is multiplied with ([Model.MatMulParams]), L the layers, A the width of
// attention (heads times head dimension), T how many tokens one token sees, N all parameters, D all tokens:
//
//	inference, a token     2 M + 4 L A T            a multiplication and an addition for each parameter; queries by keys, weights by values
//	training, a token      6 M + 12 L A T           the backward pass costs twice the forward pass
//	training, the rule     6 N D                    [Predict]
//	decoding, a token      w M + 2 L K c (T + 1)    bytes: w for a weight, c for a number in the cache, K its width; T read, 1 written
//	seconds                FLOPs / (devices × peak FLOP/s × utilisation)
//	energy                 watts × seconds
//	price                  hours × price of an hour + kWh × price of a kWh
//
// Operations that are no matrix products (norms, softmax, activations) are left out, as is usual: they are about one percent.
// Training counts all of T for each token, as published utilisations do, though half of it is masked; inference counts what
// a token really sees. With activation checkpointing a step computes the forward pass again, which is not counted.
//
// [Trainer.Plan] and [Server.Plan] put this together, with the memory that it takes, for a model that has not been built.
//
// Sources: Kaplan et al. 2020 (arXiv:2001.08361, section 2.1), Chowdhery et al. 2022 (PaLM, arXiv:2204.02311, appendix B),
// Hoffmann et al. 2022 (Chinchilla, arXiv:2203.15556, appendix F).
package cost
