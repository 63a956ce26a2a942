// Package nbformat is the notebook document: it reads nbformat 3.0 to 4.5, upgrades and writes 4.5.
//
// A notebook in memory is plain data ([Notebook], [Cell], [Output]): text is one string however the file splits it, and
// whatever this package does not know (metadata, fields, numbers as they were spelled) is kept and written back.
//
// Rules:
//   - [Read] gives the same notebook for the same bytes, cell ids included: a cell without an id gets one made from its
//     type, its source and how many equal cells came before it. Of two cells with one id the later gets a new one.
//   - [Write] writes the bytes that Jupyter writes: a file saved by Jupyter in 4.5 survives Read and Write unchanged.
//   - A notebook of a later 4.x keeps its minor version, and cells and outputs of types that 4.5 lacks are kept in Extra.
//     In 4.5 and before such types are an error.
//   - Transient fields are dropped as Jupyter drops them, when reading and when writing: metadata.signature,
//     metadata.orig_nbformat, metadata.orig_nbformat_minor and each cell's metadata.trusted.
//   - Package schema asks the official schema. Read and Write are more tolerant than the schema: an unknown field or a
//     wrong kernelspec does not lose anybody's work.
//   - Errors are one line and name the place: line and column where the file is not JSON, a path such as
//     cells[3].outputs[0] where the JSON is not a notebook.
//
// [Output] is also the one output type of the whole program: the engine produces it, the kernel sends it (see
// [Output.Content]), a [Collector] gathers it as front ends do, lessons compare and render it.
//
// Non-goals: nbformat 1 and 2, writing older versions, signatures, and files: the caller opens and closes them.
// Values are not safe for concurrent change; [Collector] and [Displays] are.
package nbformat
