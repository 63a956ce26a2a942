package hf

// llamaDefaults are what transformers takes for fields that are not there.
func llamaDefaults(form Form) llamaJSON {
	at := func(n int) *int { return &n }
	j := llamaJSON{
		common: common{VocabSize: 32000, InitRange: 0.02, BOS: at(1), EOS: tokens{2}},
		Hidden: 4096, Inner: 11008, Layers: 32, Heads: 32, Activation: "silu", Positions: 2048, NormEps: 1e-6, Theta: 10000, PartRotary: 1,
	}
	switch form {
	case Mistral:
		j.Inner, j.KVHeads, j.Positions, j.Window = 14336, at(8), 4096*32, at(4096)
	case Phi3:
		j.common = common{VocabSize: 32064, InitRange: 0.02, BOS: at(1), EOS: tokens{32000}, PAD: at(32000)}
		j.Hidden, j.Inner, j.Positions, j.NormEps, j.Original = 3072, 8192, 4096, 1e-5, 4096
	case SmolLM3:
		j.common = common{VocabSize: 128256, InitRange: 0.02, Tied: true, BOS: at(128000), EOS: tokens{128001}, PAD: at(128004)}
		j.Hidden, j.Layers, j.Heads, j.KVHeads, j.Positions, j.Theta, j.BareEvery = 2048, 36, 16, at(4), 32768, 2e6, at(4)
	case Qwen2, Qwen3:
		j.common = common{VocabSize: 151936, InitRange: 0.02}
		j.Inner, j.KVHeads, j.Positions, j.Window, j.WindowLayers = 22016, at(32), 32768, at(4096), at(28)
		if form == Qwen3 {
			j.HeadDim = at(128)
		}
	case Gemma:
		j.common = common{VocabSize: 256000, InitRange: 0.02, Tied: true, BOS: at(2), EOS: tokens{1}, PAD: at(0)}
		j.Hidden, j.Inner, j.Layers, j.Heads, j.KVHeads, j.HeadDim, j.Positions = 3072, 24576, 28, 16, at(16), at(256), 8192
		j.Activation = "gelu_pytorch_tanh"
	case Gemma2, Gemma3:
		j.gemma(form)
	}
	return j
}

// gemma are the defaults of the second and third version.
func (j *llamaJSON) gemma(form Form) {
	at := func(n int) *int { return &n }
	activation := "gelu_pytorch_tanh"
	j.common = common{VocabSize: 256000, InitRange: 0.02, Tied: true, BOS: at(2), EOS: tokens{1}, PAD: at(0)}
	j.Hidden, j.Inner, j.Layers, j.Heads, j.KVHeads, j.HeadDim, j.Positions = 2304, 9216, 26, 8, at(4), at(256), 8192
	j.Window, j.QueryScalar, j.OldActivation = at(4096), at(256), &activation
	if form == Gemma2 {
		j.AttnCap, j.LogitCap = &optional{50}, &optional{30}
		return
	}
	j.VocabSize, j.Positions, j.Theta, j.LocalTheta, j.FullEvery = 262208, 131072, 1e6, 10000, at(6)
}
