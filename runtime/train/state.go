package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/resident-go/resident/runtime/checkpoint"
	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
	"github.com/resident-go/resident/runtime/data"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/internal/draft"
	"github.com/resident-go/resident/runtime/optim"
	"github.com/resident-go/resident/runtime/tensor"
)

// stateFile holds all that training needs to go on: parameters, what the optimizer keeps, and where data and dropout stand.
const stateFile = "training.safetensors"

const (
	stateKey     = "resident.training" // among the file's metadata
	paramPrefix  = "param/"
	optimPrefix  = "optim/"
	stateVersion = 2
)

// state is what does not fit into tensors.
type state struct {
	Version   int
	Method    string
	OptimStep int
	LR        float64
	Batches   data.State
	Dropout   uint64
	Tokens    int
	FLOPs     float64
	Elapsed   time.Duration
	CPU       time.Duration
}

// keep writes the state, whole or not at all. A state that the last step has spoilt does not take the place of one that is good.
func (t *trainer) keep() error {
	if err := t.spoilt(); err != nil {
		return err
	}
	if t.cfg.Checkpoint == "" {
		return nil
	}
	if err := t.write(filepath.Join(t.cfg.Checkpoint, stateFile)); err != nil {
		return fmt.Errorf("keep a checkpoint: %w", err)
	}
	return nil
}

// tryKeep says early what would otherwise be found out after a long training: that the folder cannot be written to.
func (t *trainer) tryKeep() error {
	if err := os.MkdirAll(t.cfg.Checkpoint, 0o777); err != nil {
		return err
	}
	d, err := draft.New(filepath.Join(t.cfg.Checkpoint, stateFile), func(io.Writer) error { return nil })
	if err == nil {
		d.Discard()
	}
	return err
}

func (t *trainer) write(file string) error {
	o := t.opt.State()
	var tensors []safetensors.Tensor
	for _, p := range t.model.Params() {
		tensors = append(tensors, checkpoint.Stored(paramPrefix+p.Name, p.Tensor))
	}
	for name, kept := range o.Tensors {
		tensors = append(tensors, checkpoint.Stored(optimPrefix+name, kept))
	}
	tensors = append(append(tensors, t.storedBest()...), storedHistory(t.run.History))
	text, err := json.Marshal(state{Version: stateVersion, Method: o.Method, OptimStep: o.Steps, LR: o.LR, Batches: t.batches.State(),
		Dropout: dropoutState(t.model), Tokens: t.run.Tokens, FLOPs: t.run.FLOPs, Elapsed: t.run.Elapsed, CPU: t.run.CPU})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	return safetensors.WriteFile(file, tensors, map[string]string{stateKey: string(text)})
}

// resume goes on from the state that the checkpoint's folder holds, if it holds one.
func (t *trainer) resume() error {
	path := filepath.Join(t.cfg.Checkpoint, stateFile)
	file, err := safetensors.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("go on from a checkpoint: %w", err)
	}
	defer file.Close()
	if fail := tensor.Try(func() { err = t.read(file) }); fail != nil { // sizes that the file claims
		err = fail
	}
	if err != nil {
		return fmt.Errorf("go on from the checkpoint %s: %w", path, err)
	}
	return nil
}

func (t *trainer) read(file *safetensors.Reader) error {
	var s state
	if err := json.Unmarshal([]byte(file.Metadata()[stateKey]), &s); err != nil {
		return fmt.Errorf("it says nothing about training: %w", err)
	}
	if s.Version != stateVersion {
		return fmt.Errorf("its version is %d, this program knows %d", s.Version, stateVersion)
	}
	for _, p := range t.model.Params() { // before anything is changed
		if info, ok := file.Info(paramPrefix + p.Name); !ok || !slices.Equal(info.Shape, p.Shape()) {
			return fmt.Errorf("it is of another model: parameter %s is %v there, %v here", p.Name, info.Shape, p.Shape())
		}
	}
	history, err := readHistory(file)
	if err != nil {
		return err
	}
	kept, err := readOptimizer(file, s)
	if err != nil {
		return err
	}
	if err := t.opt.Restore(kept); err != nil {
		return err
	}
	if err := t.batches.Restore(s.Batches); err != nil {
		return err
	}
	for _, p := range t.model.Params() {
		if err := checkpoint.Restore(p.Tensor, file, paramPrefix+p.Name); err != nil {
			return err
		}
	}
	if err := t.readBest(file); err != nil {
		return err
	}
	restoreDropout(t.model, s.Dropout)
	t.run.History, t.run.Steps = history, len(history)
	t.run.Tokens, t.run.FLOPs, t.run.Elapsed, t.run.CPU = s.Tokens, s.FLOPs, s.Elapsed, s.CPU
	return nil
}

// readOptimizer reads what the optimizer had kept, in the types in which it did.
func readOptimizer(file *safetensors.Reader, s state) (optim.State, error) {
	kept := optim.State{Method: s.Method, Steps: s.OptimStep, LR: s.LR, Tensors: map[string]*tensor.Tensor{}}
	for _, name := range file.Names() {
		of, ok := strings.CutPrefix(name, optimPrefix)
		if !ok {
			continue
		}
		info, _ := file.Info(name)
		k := tensor.Zeros(info.Shape...)
		if info.DType == safetensors.F64 {
			k = k.To(device.F64)
		}
		if err := checkpoint.Restore(k, file, name); err != nil {
			return optim.State{}, err
		}
		kept.Tensors[of] = k
	}
	return kept, nil
}
