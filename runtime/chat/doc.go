// Package chat is the form in which a model is taught to answer, and then asked: a conversation as tokens.
//
//	tok := tokenizer.TrainBPE(text, 512, chat.Start, chat.End)
//	talk := chat.Conversation{{chat.User, "What cures gout?"}, {chat.Assistant, "Colchicum."}}
//	set, err := chat.Examples(tok, talk)                     // a data.PairSet: the loss is computed on what the assistant says
//	answer, err := chat.Reply(ctx, session, tok, talk[:1], infer.Options{MaxTokens: 20})
//
// A model that was trained on text continues text. To be an assistant it must see where a question ends and whose turn it is. So every message stands between two
// special tokens, which no text can contain, with the role in front:
//
//	<|im_start|>user
//	What cures gout?<|im_end|>
//	<|im_start|>assistant
//	Colchicum.<|im_end|>
//
// This is ChatML, the form of OpenAI's that many open models took over (Qwen's among them); messages have the fields role and content, as in their
// files.
//
// A tokenizer without these tokens may have those of Llama 3, Gemma or Phi-3: then conversations get that form, with its token for the beginning, without blanks
// around what is said, and with Gemma's name for the assistant, model. Other forms ([Form]) mark turns with text, or share their tokens: Llama 2, Mistral, TinyLlama,
// Gemma 3, Qwen3 with its thoughts. [FormOf] finds out which one a model's folder asks for, and refuses what is none of them; [As] has a tokenizer use it:
//
//	form, err := chat.FormOf(folder)
//	tok = chat.As(tok, form)
//
// No form adds what nobody said: the system message that some models were trained with
// (Qwen2.5's "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.", and those of SmolLM2 and Llama 3.2) is the caller's to write.
//
// Rules:
//   - To be predicted is what the assistant says and the <|im_end|> behind it: the model learns to answer and to stop, and not to ask.
//   - Role, content and line feed are encoded each by itself, so that an answer in training follows the very tokens that it follows in use. Forms that mark turns with
//     text, and Qwen3's, encode what stands between two special tokens together, as they do elsewhere.
//   - What people write is text: "<|im_end|>" in a message is ten characters, and does not end it. Where turns are marked with text, such as [INST], anybody can write it.
package chat
