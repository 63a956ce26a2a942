package infer

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/resident-go/resident/runtime/cost"
	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/nn"
)

// Model is what a session runs: a GPT, or a frozen one.
type Model interface {
	// Decoder prepares the weights in a type: f32, bf16 or i8.
	Decoder(weights device.DType) (*nn.Decoder, error)
}

// Tokenizer turns text into tokens and back.
type Tokenizer interface {
	Size() int
	Encode(text string) []int32
	Token(id int32) string // a token's bytes
	Special(name string) (id int32, ok bool)
}

// endOfText is the special token that GPT-2 saw between texts.
const endOfText = "<|endoftext|>"

// endsOfText are all names of special tokens that end a text, or an answer.
var endsOfText = []string{endOfText, "<|end_of_text|>", "<|eot_id|>", "</s>", "<eos>"}

// beginning is what a session without context begins with: what the tokenizer's file asks for, or the token that ended the text before.
func beginning(tok Tokenizer) []int32 {
	if p, ok := tok.(interface{ Prefix() []int32 }); ok {
		if ids := p.Prefix(); len(ids) > 0 {
			return ids
		}
	}
	if id, ok := tok.Special(endOfText); ok {
		return []int32{id}
	}
	return nil
}

// Session is a conversation with a model. It may be used by one goroutine at a time; sessions made by [Session.New] share the weights,
// and may be used by one goroutine each.
type Session struct {
	engine  *engine
	cache   *nn.Cache
	context []int32 // what the model sees; the cache holds its beginning
	dropped []int32
	usage   Usage
	version uint64    // of the weights that the cache was made with
	logits  []float32 // of what follows the context, until the next pass
	room    room
}

// engine is what sessions share.
type engine struct {
	sync.Mutex
	decoder *nn.Decoder
	tok     Tokenizer
	config  nn.GPTConfig
	rates   cost.Rates // of the device
	alone   bool       // the device works on its own, and chooses
}

// Usage is what a session has done so far.
type Usage struct {
	PromptTokens int // read, also when they were read again after the block was full
	NewTokens    int // made
	Passes       int // of the model
	Prefill      time.Duration
	Decode       time.Duration
	CPU          time.Duration // of processors, all threads together; 0 where it is not known
	FirstToken   time.Duration // from the last question to its first new token
	FLOPs        float64       // by the formulas of package cost
	Bytes        float64       // of weights and cache that went through memory
}

// Weights is a wish about a session: the type in which it keeps the weights. [device.F32] is the model's own; [device.BF16] and [device.I8] take
// a half and a quarter of the memory, and of the time where memory limits it.
type Weights device.DType

// New begins a session. The tokenizer must be the one that the model was trained with. A session in f32 reads the model's own memory: if the model learns between
// two questions, what was said before is read again, with the weights of now. It must not learn while a session answers: [nn.GPT.Merge] is a copy for that.
func New(m Model, tok Tokenizer, wishes ...Weights) (*Session, error) {
	weights := device.F32
	for _, w := range wishes {
		weights = device.DType(w)
	}
	d, err := m.Decoder(weights)
	if err != nil {
		return nil, err
	}
	e := &engine{decoder: d, tok: tok, config: d.Config(), rates: cost.RatesOf(d.Device().Info().Model, d.Device().Info().Threads)}
	_, e.alone = d.Device().(device.Fetcher)
	if !e.config.Speaks(tok.Size()) {
		return nil, fmt.Errorf("session: the tokenizer has %d tokens, the model %d: it was trained with another one", tok.Size(), e.config.VocabSize)
	}
	return e.session()
}

func (e *engine) session() (*Session, error) {
	cache, err := e.decoder.NewCache()
	if err != nil {
		return nil, err
	}
	return &Session{engine: e, cache: cache}, nil
}

// refresh forgets what other weights have made of the context, which is read again then.
func (s *Session) refresh() {
	if v := s.engine.decoder.Version(); v != s.version {
		s.cache.Truncate(0)
		s.version = v
	}
}

// New is another session with the same weights, and nothing in its context.
func (s *Session) New() (*Session, error) { return s.engine.session() }

// Reset forgets the context.
func (s *Session) Reset() {
	s.context, s.dropped = nil, nil
	s.cache.Truncate(0)
}

// Context is the tokens that the model sees at the moment.
func (s *Session) Context() []int32 { return slices.Clone(s.context) }

// Dropped is the text that fell out of the context because the block was full, oldest first.
func (s *Session) Dropped() string { return s.text(s.dropped) }

// Usage is what the session has done so far.
func (s *Session) Usage() Usage { return s.usage }

// Bytes is the memory of weights and cache that the session reads for each new token.
func (s *Session) Bytes() (weights, cache int) { return s.engine.decoder.Bytes(), s.cache.Bytes() }

func (s *Session) text(ids []int32) string {
	var text []byte
	for _, id := range ids {
		text = append(text, s.engine.tok.Token(id)...)
	}
	return string(text)
}

// feed adds tokens to the context. What does not fit falls out at the other end: at least half of a block, because what stays has to be
// read again.
func (s *Session) feed(tokens ...int32) {
	s.context = append(s.context, tokens...)
	block := s.engine.config.BlockSize
	if len(s.context) <= block {
		return
	}
	keep := max(1, block/2)
	s.dropped = append(s.dropped, s.context[:len(s.context)-keep]...)
	s.context = slices.Clone(s.context[len(s.context)-keep:])
	s.cache.Truncate(0)
}

// Logits are the model's scores for what follows the context and the prompt. They become part of the session; nothing is chosen.
func (s *Session) Logits(prompt string) ([]float32, error) {
	if err := s.tell(prompt); err != nil {
		return nil, err
	}
	logits, err := s.engine.forward(s)
	if err != nil {
		return nil, err
	}
	return slices.Clone(logits[0]), nil
}

// Tell adds tokens to the context, as they are: also special ones, which a prompt cannot have. What is asked next, if only an empty prompt, follows
// behind them.
func (s *Session) Tell(ids ...int32) error {
	for _, id := range ids {
		if id < 0 || int(id) >= s.engine.config.VocabSize {
			return fmt.Errorf("session: tell: token %d, want 0 to %d", id, s.engine.config.VocabSize-1)
		}
	}
	s.feed(ids...)
	return nil
}

// tell adds a prompt to the context.
func (s *Session) tell(prompt string) error {
	ids := s.engine.tok.Encode(prompt)
	if len(s.context) == 0 {
		ids = append(beginning(s.engine.tok), ids...)
	}
	if len(s.context)+len(ids) == 0 {
		return fmt.Errorf("session: there is no text to continue: the prompt is empty, and so is the context")
	}
	s.feed(ids...)
	if s.cache.Len() == len(s.context) { // its logits are gone
		s.cache.Truncate(len(s.context) - 1)
	}
	return nil
}

// forward reads what each session has not read yet, and returns the scores of what follows. They are the session's until its next pass.
func (e *engine) forward(sessions ...*Session) ([][]float32, error) {
	e.Lock()
	defer e.Unlock()
	inputs := make([]nn.Input, len(sessions))
	for i, s := range sessions {
		s.refresh()
		inputs[i] = nn.Input{Cache: s.cache, Tokens: s.context[s.cache.Len():], Logits: s.logits}
	}
	watch := cost.Start()
	logits, err := e.decoder.Forward(inputs...)
	if err != nil {
		return nil, err
	}
	wall, cpu := watch.Stop()
	for i, s := range sessions {
		s.logits = logits[i]
		share := 1 / float64(len(sessions)) // of a pass that they have in common
		s.usage.pass(e, s.cache.Len(), len(inputs[i].Tokens), seconds(wall*share), seconds(cpu*share), share)
	}
	return logits, nil
}

// pass notes a pass over n tokens, after which the cache holds so many.
func (u *Usage) pass(e *engine, held, n int, wall, cpu time.Duration, share float64) {
	u.Passes++
	u.CPU += cpu
	if n > 1 {
		u.Prefill += wall
		u.PromptTokens += n
	} else {
		u.Decode += wall
	}
	m := e.config.Cost()
	for i := range n {
		u.FLOPs += m.InferFLOPs(held - i)
	}
	u.Bytes += share*float64(e.decoder.Bytes()) + m.CacheBytes(held, 4) // what was held before is read, what is new is written
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Cost is what the session took: each token that was read or made, no weight changed.
func (s *Session) Cost() cost.Report {
	u := s.usage
	c := cost.Counts{Steps: int64(u.Passes), TokensIn: int64(u.PromptTokens), TokensOut: int64(u.NewTokens), FLOPs: u.FLOPs, Bytes: u.Bytes,
		Seconds: (u.Prefill + u.Decode).Seconds(), CPU: u.CPU.Seconds()}
	return cost.Report{Inference: cost.Pair{Measured: &c}, Rates: s.engine.rates}
}
