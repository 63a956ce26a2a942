// Package hf reads and writes models in the form in which Hugging Face publishes them: a folder with config.json and
// weights in safetensors, of the forms of [Form], as the library transformers defines them: GPT-2, Llama, Mistral, Qwen2, Qwen3, Gemma, Gemma 2, Gemma 3 (its models for
// text), Phi-3 and SmolLM3.
//
// The weights get the names of this project. Each is [out, in] for a matrix, so that y = x Wᵀ + b:
//
//	embed.weight               [vocab, embed]
//	position.weight            [block, embed]    learned positions (GPT-2)
//	layers.N.norm1.weight      [embed]           and .bias with layer norm (GPT-2); before attention
//	layers.N.attn.qkv.weight   [(heads + 2 kvheads) headdim, embed], and .bias; rows: all queries, all keys, all values
//	layers.N.attn.qnorm.weight [headdim]         and knorm.weight: norms of queries and keys (Qwen3, Gemma 3)
//	layers.N.attn.out.weight   [embed, heads headdim], and .bias
//	layers.N.attn.post.weight  [embed]           behind attention, and mlp.post.weight behind the feed-forward part (Gemma 2 and 3)
//	layers.N.norm2.weight      [embed]           and .bias with layer norm; before the feed-forward part
//	layers.N.mlp.gate.weight   [hidden, embed]   with a gate (Llama): down(silu(gate x) * up x)
//	layers.N.mlp.up.weight     [hidden, embed]
//	layers.N.mlp.down.weight   [embed, hidden]
//	norm.weight                [embed]           and .bias with layer norm
//	head.weight                [vocab, embed]    unless it is the embedding (tied)
//
// A [Map] says as data which of these is which of theirs: [Model.Map] computes it from sizes alone, [Match] compares it
// with a file, and reading ([Entry.Read]) and writing ([Map.Tensors]) follow it. What differs:
//   - GPT-2's matrices are stored [in, out] (Conv1D in transformers): they are transposed.
//   - Llama stores query, key and value apart: their rows follow each other in attn.qkv.
//   - Phi-3 stores gate and up as one matrix, row below row.
//   - Gemma stores the weights of its norms less 1.
//   - Masks and frequencies that old versions of transformers stored among the weights are ignored.
//   - A file of the bare model (GPT2Model, LlamaModel) lacks the prefix of the names; both are read.
//   - A tied head that is stored nevertheless must equal the embedding.
//
// Rotary positions rotate halves: element i of a head goes with element i + headdim/2, in these files and in this project.
//
// Rotary positions may be stretched: see package rope. The kind dynamic changes nothing within max_position_embeddings, which is as far as models go
// here, and is not kept. The kind longrope has other factors for texts that are longer than the original length: such models are read for texts up to there.
//
// Features that change what a model computes and are not known here (other kinds of positions, other activations, quantization, ..) are errors that name
// the field.
package hf
