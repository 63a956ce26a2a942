package tokenizer

// ends are the names under which vocabularies have the token that ends a text: GPT-2's, Qwen's and SmolLM2's; Llama 3's; Llama 2's and Mistral's; Gemma's.
var ends = []string{EndOfText, "<|end_of_text|>", "</s>", "<eos>"}

// End returns the special token that ends a text, under whichever of its usual names the tokenizer has it: <|endoftext|>, <|end_of_text|>, </s> or <eos>.
func End(tok Tokenizer) (id int32, ok bool) {
	for _, name := range ends {
		if id, ok = tok.Special(name); ok {
			return id, true
		}
	}
	return 0, false
}

// Begin returns the tokens that a text begins with for a model: those that the vocabulary's file asks for ([BPE.Prefix]), else <|endoftext|>, as GPT-2 saw it
// between texts; none if there are neither.
func Begin(tok Tokenizer) []int32 {
	if b, ok := tok.(*BPE); ok && len(b.pipe.prefix) > 0 {
		return b.Prefix()
	}
	if id, ok := tok.Special(EndOfText); ok {
		return []int32{id}
	}
	return nil
}
