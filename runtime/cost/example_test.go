package cost_test

import (
	"fmt"

	"github.com/resident-go/resident/runtime/cost"
)

// What GPT-3 would take: 175 billion parameters, 300 billion tokens.
func ExamplePredict() {
	for _, h := range []cost.Hardware{cost.V100(), cost.A100().Times(1000), cost.H100().Times(10_000)} {
		p, err := cost.Predict(175e9, 300e9, h)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p)
	}
	// Output:
	// 315 ZFLOP on 1 × V100 SXM: 200 years, 525 MWh, 1.4 MUSD
	// 315 ZFLOP on 1000 × A100 SXM 80 GB: 29.2 days, 280 MWh, 1.26 MUSD
	// 315 ZFLOP on 10000 × H100 SXM: 22.1 h, 155 MWh, 664 kUSD
}

// Training and using GPT-2 small on a computer of one's own, side by side.
func ExampleLedger() {
	model := cost.Transformer{Vocab: 50257, Block: 1024, Layers: 12, Embed: 768, Heads: 12, Tied: true, Positions: true, Biases: true}.Model()
	var ledger cost.Ledger

	watch := cost.Start()
	// ... one step of training on 4 sequences of 64 tokens ...
	wall, cpu := watch.Stop()
	ledger.Add(cost.Training, cost.Counts{
		Steps: 1, TokensIn: 4 * 64, WeightUpdates: 1, FLOPs: 4 * 64 * model.TrainFLOPs(64), Seconds: wall, CPU: cpu,
	})
	// ... a prompt of 10 tokens, and 20 written behind it ...
	ledger.Add(cost.Inference, cost.Counts{Steps: 29, TokensIn: 10, TokensOut: 20, FLOPs: model.GenerateFLOPs(10, 20)})

	for _, phase := range []cost.Phase{cost.Training, cost.Inference} {
		c := ledger.Counts(phase)
		fmt.Printf("%v: %d tokens, %s, %d weight updates\n", phase, c.Tokens(), cost.SI(c.FLOPs, "FLOP"), c.WeightUpdates)
	}
	// Output:
	// training: 256 tokens, 192 GFLOP, 1 weight updates
	// inference: 30 tokens, 7.18 GFLOP, 0 weight updates
}
