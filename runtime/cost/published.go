package cost

// Published is a model that others have trained, with what they say about it. The figures are there to hold a plan against: see [Published.Trainer].
type Published struct {
	Name        string
	Shape       Transformer
	Tokens      float64
	Length      int // of a sequence
	Recompute   bool
	Hardware    Hardware // with the utilisation that its authors state, or that is assumed
	Utilisation string   // where that comes from
	FLOPs       float64  // as published; 0 if they are not
	DeviceHours float64  // as published; 0 if they are not
	Source      string
}

// Trainer is how it was trained.
func (p Published) Trainer() Trainer {
	return Trainer{Model: p.Shape.Model(), Tokens: p.Tokens, Length: p.Length, Recompute: p.Recompute}
}

// Models are published trainings. Device hours are as a rule more than what a plan says: they have restarts, evaluations and lost nodes in them, and a
// utilisation is that of the steps.
func Models() []Published {
	at := func(h Hardware, share float64) Hardware {
		h.Utilisation = share
		return h
	}
	const fit = "assumed: what fits the four sizes of Llama 2 best"
	gpt3 := Transformer{Vocab: 50257, Block: 2048, Layers: 96, Embed: 12288, Heads: 96, Tied: true, Positions: true, Biases: true}
	llama2 := func(layers, embed, heads, kv, hidden int) Transformer {
		return Transformer{Vocab: 32000, Block: 4096, Layers: layers, Embed: embed, Heads: heads, KVHeads: kv, Hidden: hidden, Gated: true}
	}
	llama3 := func(layers, embed, heads, hidden int) Transformer {
		return Transformer{Vocab: 128256, Block: 8192, Layers: layers, Embed: embed, Heads: heads, KVHeads: 8, Hidden: hidden, Gated: true}
	}
	a100, h100 := A100(), H100()
	return []Published{
		{"GPT-3", gpt3, 300e9, 0, false, at(V100(), 28.0/125), "28 TFLOP/s, measured by Li 2020 (Lambda)", 3.14e23, 0, "Brown et al. 2020, arXiv:2005.14165, table D.1"},
		{"Chinchilla", Transformer{Vocab: 32000, Block: 2048, Layers: 80, Embed: 8192, Heads: 64, Tied: true}, 1.4e12, 0, false, at(a100, 0.4), "assumed", 5.76e23, 0,
			"Hoffmann et al. 2022, arXiv:2203.15556: the budget of Gopher"},
		{"BLOOM", Transformer{Vocab: 250880, Block: 2048, Layers: 70, Embed: 14336, Heads: 112, Tied: true, Biases: true}, 366e9, 2048, true, at(a100, 156.0/312),
			"156 TFLOP/s in its fastest form, arXiv:2211.05100, section 3.4", 0, 1_082_990, "Luccioni et al. 2022, arXiv:2211.02001"},
		{"Llama 2 7B", llama2(32, 4096, 32, 32, 11008), 2e12, 4096, false, at(a100, 0.45), fit, 0, 184_320, "Touvron et al. 2023, arXiv:2307.09288, table 2"},
		{"Llama 2 13B", llama2(40, 5120, 40, 40, 13824), 2e12, 4096, false, at(a100, 0.45), fit, 0, 368_640, "the same"},
		{"Llama 2 34B", llama2(48, 8192, 64, 8, 22016), 2e12, 4096, false, at(a100, 0.45), fit, 0, 1_038_336, "the same"},
		{"Llama 2 70B", llama2(80, 8192, 64, 8, 28672), 2e12, 4096, false, at(a100, 0.45), fit, 0, 1_720_320, "the same"},
		{"Llama 3 8B", llama3(32, 4096, 32, 14336), 15e12, 8192, false, at(h100, 0.4), "assumed", 0, 1.3e6, "its model card, 2024"},
		{"Llama 3 70B", llama3(80, 8192, 64, 28672), 15e12, 8192, false, at(h100, 0.4), "assumed", 0, 6.4e6, "its model card, 2024"},
		{"Llama 3.1 405B", llama3(126, 16384, 128, 53248), 15.6e12, 8192, false, at(h100, 0.4), "38 to 43 %, arXiv:2407.21783, table 4", 3.8e25, 30.84e6,
			"arXiv:2407.21783, section 3, and its model card"},
	}
}
