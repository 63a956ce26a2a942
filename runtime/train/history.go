package train

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// Point is one step.
type Point struct {
	Step     int // from 1
	Loss     float64
	Valid    float64 // validation loss after this step; NaN where there was none
	LR       float64
	GradNorm float64       // 0 without Clip
	At       time.Duration // since the run began
}

type storedPoint struct {
	Step     int           `json:"step"`
	Loss     float64       `json:"loss"`
	Valid    *float64      `json:"valid,omitempty"`
	LR       float64       `json:"lr"`
	GradNorm float64       `json:"gradNorm,omitempty"`
	At       time.Duration `json:"at"`
}

// MarshalJSON leaves out a validation loss that there is not.
func (p Point) MarshalJSON() ([]byte, error) {
	kept := storedPoint{p.Step, p.Loss, nil, p.LR, p.GradNorm, p.At}
	if !math.IsNaN(p.Valid) {
		kept.Valid = &p.Valid
	}
	return json.Marshal(kept)
}

// UnmarshalJSON is the reverse.
func (p *Point) UnmarshalJSON(text []byte) error {
	var kept storedPoint
	if err := json.Unmarshal(text, &kept); err != nil {
		return err
	}
	*p = Point{kept.Step, kept.Loss, math.NaN(), kept.LR, kept.GradNorm, kept.At}
	if kept.Valid != nil {
		p.Valid = *kept.Valid
	}
	return nil
}

// The history stands in a checkpoint as a tensor, f64 [steps, historyColumns]: a long training has more steps than the file's header has room for.
const (
	historyName    = "history"
	historyColumns = 6
)

// storedHistory are the points as a checkpoint holds them.
func storedHistory(points []Point) safetensors.Tensor {
	return safetensors.Tensor{Name: historyName, DType: safetensors.F64, Shape: []int{len(points), historyColumns}, Data: func(w io.Writer) error {
		rows := make([][historyColumns]float64, len(points))
		for i, p := range points {
			rows[i] = [...]float64{float64(p.Step), p.Loss, p.Valid, p.LR, p.GradNorm, float64(p.At)}
		}
		return binary.Write(w, binary.LittleEndian, rows)
	}}
}

// readHistory is the reverse.
func readHistory(file *safetensors.Reader) ([]Point, error) {
	info, ok := file.Info(historyName)
	if !ok || info.DType != safetensors.F64 || len(info.Shape) != 2 || info.Shape[1] != historyColumns {
		return nil, fmt.Errorf("its tensor %q is %v %v, want F64 [steps %d]", historyName, info.DType, info.Shape, historyColumns)
	}
	raw, err := file.Bytes(historyName)
	if err != nil {
		return nil, err
	}
	rows, points := make([][historyColumns]float64, info.Shape[0]), make([]Point, info.Shape[0])
	if _, err := binary.Decode(raw, binary.LittleEndian, rows); err != nil {
		return nil, err
	}
	for i, r := range rows {
		points[i] = Point{int(r[0]), r[1], r[2], r[3], r[4], time.Duration(r[5])}
	}
	return points, nil
}
