// Package rag finds what a model should know for one answer: retrieval, the first two letters of retrieval-augmented generation (arXiv:2005.11401).
//
//	ix, err := rag.New(encoder, rag.Sections{Tokenizer: tok, Max: 120})
//	err = ix.Add(rag.Document{ID: "opticks", Text: data.Opticks()})
//	hits, err := ix.Search("what colour has the sky", rag.Query{K: 5})
//	p, err := prompt.Build(tok, 400,
//		prompt.Part{Name: "sources", Items: rag.Cite(hits), Cut: prompt.DropLast},
//		prompt.Part{Name: "question", Text: question})
//
// A [Chunker] cuts documents into chunks that fit into a prompt. An [Index] finds chunks in two ways: by the words they share with the question
// (BM25), and by vectors of what they are about, which an [Embedder] makes. By default it does both and merges the two lists. Documents may be
// added, replaced and removed at any time, also while others search; no model has to learn for it.
//
// [Encoder] is an embedder of our own, trained by contrast on texts that belong together. It can be loaded from, and saved as, a static embedding of
// sentence-transformers.
//
// Rules:
//   - Vectors have the length 1, but for a text without tokens, which has the vector 0 and is found by no question.
//   - The search by vectors is exact: rows in 8 bits are read first, and every row that could still be among the best is computed again from all its
//     bits. [Index] says why there is no graph.
//   - An index keeps which embedder its vectors are of, and is not opened with another.
package rag
