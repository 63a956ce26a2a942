package nn

import (
	"fmt"
	"strings"
)

// String describes the model in a line.
func (m *GPT) String() string {
	c, total, trained := m.Config, Count(m), 0
	for _, p := range m.params {
		if p.Tracked() {
			trained += p.Size()
		}
	}
	s := fmt.Sprintf("GPT: layers %d, heads %d, width %d, block %d, vocabulary %d; %d parameters", c.Layers, c.Heads, c.Embed, c.BlockSize, c.VocabSize, total)
	if trained < total {
		s += fmt.Sprintf(", %d of them trainable", trained)
	}
	if m.lora != nil {
		s += fmt.Sprintf("; adapted with rank %d", m.lora.Rank)
	}
	return s
}

// String has the sizes.
func (m *MLP) String() string {
	sizes := []string{fmt.Sprint(m.layers[0].Weight.Dim(1))}
	for _, l := range m.layers {
		sizes = append(sizes, fmt.Sprint(l.Weight.Dim(0)))
	}
	return fmt.Sprintf("MLP: %s; %d parameters", strings.Join(sizes, " → "), Count(m))
}

// String has the sizes.
func (l *Linear) String() string {
	s := fmt.Sprintf("linear %d → %d", l.Weight.Dim(1), l.Weight.Dim(0))
	if l.Bias == nil {
		s += " without bias"
	}
	return s
}

// String has the sizes.
func (e *Embedding) String() string {
	return fmt.Sprintf("embedding of %d in %d", e.Weight.Dim(0), e.Weight.Dim(1))
}

// String has the size.
func (l *LayerNorm) String() string { return fmt.Sprintf("layer norm over %d", l.Weight.Size()) }

// String has the size.
func (l *RMSNorm) String() string { return fmt.Sprintf("RMS norm over %d", l.Weight.Size()) }

// String is the name, with type and shape.
func (p Param) String() string {
	if p.Tensor == nil {
		return p.Name
	}
	return p.Name + " " + p.View().String()
}

// Format prints String for %v and %s, as its own method: the tensor's would be taken otherwise.
func (p Param) Format(s fmt.State, verb rune) {
	if p.Tensor == nil || verb == 'v' || verb == 's' {
		fmt.Fprintf(s, fmt.FormatString(s, verb), p.String())
		return
	}
	p.Tensor.Format(s, verb)
}
