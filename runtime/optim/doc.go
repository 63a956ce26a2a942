// Package optim moves parameters against their gradients.
//
//	opt, err := optim.AdamW{LR: 3e-4}.New(model.Params())
//	for ... {
//		opt.ZeroGrad()
//		model.Loss(x, y).Backward()
//		opt.Clip(1)
//		opt.Step()
//	}
//
// A [Method] says how; an [Optimizer] is a method at work on some parameters. Parameters that lie one after the other in memory, as those of
// one model do, are moved in one pass. Groups of parameters with settings of their own are optimisers of their own.
package optim
