package eval

import (
	_ "embed"
	"encoding/json"
)

//go:embed opticks.json
var opticks []byte

// Opticks is a small benchmark that goes with the model of package pretrained: 40 questions about what Newton's Opticks says, in words of our own, with
// four options each. Most sets of options are used several times with another one right, so that knowing which words are frequent does not help. With so
// few questions, a share has a standard error of about 7 points.
func Opticks() []Question {
	var q []Question
	if err := json.Unmarshal(opticks, &q); err != nil {
		panic("eval: opticks.json: " + err.Error()) // it is a part of the program
	}
	return q
}
