package playground

import (
	"bytes"
	"strings"
	"time"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/cost"
	"github.com/resident-go/resident/runtime/nn"
)

// Mode is which of its two lives a model leads.
type Mode string

// The two lives.
const (
	Frozen   Mode = "FROZEN"
	Training Mode = "TRAINING"
)

// State is what the network is at the moment.
type State struct {
	Mode    Mode              `json:"mode"`
	Layers  []Layer           `json:"layers"` // from the input to the output
	Params  int               `json:"params"` // numbers that the model has learned
	Digest  checkpoint.Digest `json:"digest"` // of all of them
	Queries int               `json:"queries"`
	Steps   int               `json:"steps"`   // of training, since New or Restore
	Updates int               `json:"updates"` // changes of single weights since then, counted
	Loss    float64           `json:"loss"`    // of the last step of training
}

// Part says where in the network a layer is.
type Part string

// The parts of a network.
const (
	Input   Part = "input"
	Weights Part = "weights"
	Output  Part = "output"
)

// Layer is a number of tensors that work together.
type Layer struct {
	Part    Part     `json:"part"`
	Name    string   `json:"name"`    // "embed", "layers.0", "norm"
	Tensors []Tensor `json:"tensors"` // none, if it uses those of another layer
	Params  int      `json:"params"`
	Tied    bool     `json:"tied"` // it is the embedding, used backwards
}

// Tensor is one piece of the weights.
type Tensor struct {
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
}

// State is what the network is at the moment. It can be asked while an answer is on its way.
func (p *Playground) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// layersOf puts a model's parameters together by layer, from the input to the output.
func layersOf(m *nn.GPT) (layers []Layer) {
	layer := map[string]int{}
	for _, p := range m.Params() {
		name, part := home(p.Name)
		if _, known := layer[name]; !known {
			layer[name] = len(layers)
			layers = append(layers, Layer{Part: part, Name: name})
		}
		l := &layers[layer[name]]
		l.Tensors = append(l.Tensors, Tensor{p.Name, p.Shape()})
		l.Params += p.Size()
	}
	if !m.Config.Untied {
		layers = append(layers, Layer{Part: Output, Name: "head", Tied: true, Tensors: []Tensor{{"embed.weight", []int{m.Config.VocabSize, m.Config.Embed}}}})
	}
	return layers
}

// home is the layer that a parameter belongs to.
func home(param string) (layer string, part Part) {
	parts := strings.Split(param, ".")
	switch parts[0] {
	case "embed", "position":
		return parts[0], Input
	case "head":
		return parts[0], Output
	case "layers":
		return parts[0] + "." + parts[1], Weights
	}
	return parts[0], Weights
}

// bytesOf are all weights of a model, little-endian.
func bytesOf(m *nn.GPT) (all []byte) {
	for _, p := range m.Params() {
		all = append(all, p.Bytes()...)
	}
	return all
}

// look counts the weights that are not what they were when they were last looked at.
func (p *Playground) look() (changed int) {
	now := bytesOf(p.model())
	size := len(now) / nn.Count(p.model())
	for at := 0; at < len(now); at += size {
		if !bytes.Equal(now[at:at+size], p.weights[at:at+size]) {
			changed++
		}
	}
	p.weights = now
	return changed
}

// rootOf is the digest of a model's weights.
func rootOf(m *nn.GPT) (checkpoint.Digest, error) {
	var tensors []safetensors.Tensor
	for _, p := range m.Params() {
		tensors = append(tensors, checkpoint.Stored(p.Name, p.Tensor))
	}
	r, err := checkpoint.NewRecord(tensors, time.Now(), "")
	return r.Root, err
}

// Dashboard is what the model has cost.
type Dashboard struct {
	Mode      Mode        `json:"mode"`
	Last      Query       `json:"last"` // question, also while it is being answered
	Queries   int         `json:"queries"`
	Updates   int         `json:"updates"` // of weights, by training and by answering; counted
	Loss      float64     `json:"loss"`
	Steps     int         `json:"steps"`
	Training  cost.Counts `json:"training"`
	Inference cost.Counts `json:"inference"`
}

// Dashboard is what the model has cost so far. It can be asked while an answer is on its way.
func (p *Playground) Dashboard() Dashboard {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Dashboard{
		Mode: p.state.Mode, Last: p.query, Queries: p.state.Queries, Updates: p.state.Updates, Loss: p.state.Loss, Steps: p.state.Steps,
		Training: p.ledger.Counts(cost.Training), Inference: p.ledger.Counts(cost.Inference),
	}
}

// Cost is the bill of both lives.
func (p *Playground) Cost() cost.Report { return p.ledger.Report(p.rates, nil, nil) }
