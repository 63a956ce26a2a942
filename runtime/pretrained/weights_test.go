package pretrained

import (
	"math"
	"testing"

	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
)

// TestSmallerWeights: with weights in 16 or 8 bits the model predicts text that it was not trained on as well as with 32, to a hundredth of a nat.
func TestSmallerWeights(t *testing.T) {
	m, tok, err := Opticks()
	if err != nil {
		t.Fatal(err)
	}
	book := data.Opticks()
	text := tok.Encode(book[len(book)*95/100:])[:600]
	exact := loss(t, m, device.F32, text)
	for weights, within := range map[device.DType]float64{device.BF16: 0.005, device.I8: 0.01} {
		got := loss(t, m, weights, text)
		t.Logf("%s: a loss of %.4f, f32 %.4f", weights, got, exact)
		if math.Abs(got-exact) > within {
			t.Errorf("%s: a loss of %.4f, f32 %.4f, want a difference of at most %g", weights, got, exact, within)
		}
	}
}

// loss is the mean surprise at each token of a text, as a decoder sees it one after the other.
func loss(t *testing.T, m *nn.GPT, weights device.DType, text []int32) float64 {
	t.Helper()
	d, err := m.Decoder(weights)
	if err != nil {
		t.Fatal(err)
	}
	sum, n := 0.0, 0
	for len(text) > 1 {
		c, err := d.NewCache()
		if err != nil {
			t.Fatal(err)
		}
		block := text[:min(len(text), d.Config().BlockSize)]
		for i, token := range block[:len(block)-1] {
			logits, err := d.Forward(nn.Input{Cache: c, Tokens: []int32{token}})
			if err != nil {
				t.Fatal(err)
			}
			sum += surprise(logits[0], block[i+1])
			n++
		}
		text = text[len(block):]
	}
	return sum / float64(n)
}

func surprise(logits []float32, token int32) float64 {
	sum := 0.0
	for _, v := range logits {
		sum += math.Exp(float64(v - logits[token]))
	}
	return math.Log(sum)
}
