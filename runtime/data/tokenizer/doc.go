// Package tokenizer turns text into the numbers that a language model works with, and back.
//
// A token is a string of bytes; its id is its place in the vocabulary, 0 to Size()-1. There are four ways to a tokenizer:
//
//   - [Byte]: every byte is a token;
//   - [Char]: every character of a given text is a token;
//   - [TrainBPE]: the bytes and, on top of them, the sequences that are most frequent in a given text;
//   - a vocabulary that others made: [GPT2] (in this package), [Load] for Hugging Face's tokenizer.json and GPT-2's pair of files,
//     [ReadTiktoken] for OpenAI's rank files.
//
// Rules:
//   - A tokenizer never changes. Any number of goroutines may use it.
//   - Text is never refused. Tokenizers that work on bytes give back every string, invalid UTF-8 included:
//     Decode(Encode(s)) == s. [Char] stands "�" in for what it does not know; [Check] says so beforehand.
//   - Encode reads text as text: "<|endoftext|>" in what a user typed is thirteen characters, not the end of a text.
//     [EncodeSpecial] reads special tokens.
//   - Encode adds nothing: no token for the beginning of a text ([BPE.Prefix] has those that a file asks for).
//   - The same text and the same sizes give the same vocabulary on every machine.
//
// What it does not do: WordPiece and Unigram vocabularies, and tokenizer.json files with steps that it does not know, are
// refused with an error that names the step.
package tokenizer
