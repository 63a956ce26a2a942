// Package safetensors reads and writes the safetensors format, in which Hugging Face publishes weights: named arrays of
// numbers, one after the other, behind a header in JSON. The format: https://github.com/huggingface/safetensors.
//
//	8 bytes      n, the size of the header, unsigned, little-endian; at most [MaxHeader]
//	n bytes      {"__metadata__": {text: text}, NAME: {"dtype": D, "shape": [..], "data_offsets": [begin, end]}, ..}
//	the rest     the data, little-endian, row-major; offsets count from its first byte
//
// Rules:
//   - A file is checked as a whole when it is opened: every byte behind the header belongs to exactly one tensor, sizes
//     follow from shapes, no name stands twice. A file that breaks a rule is a [FormatError], which names the file, the
//     tensor, and what was expected. Nothing is read or allocated before it is known to be there: a header costs memory in
//     proportion to its own size, whatever it claims.
//   - Data is read when it is asked for, one tensor at a time.
//   - [Write] gives the bytes that the reference implementation gives: tensors by descending alignment of their type, then
//     by name; no spaces in the header except behind it, up to a multiple of 8. Metadata, which the reference writes in
//     random order, is sorted here, so that equal content is equal bytes.
//   - [WriteFile] and [WriteModel] replace files whole or not at all, and hold no copy of the data.
//   - A model in several files ([Open] with a folder or an index) is one [Reader] over all of them.
//
// All data types of the format are carried; conversion to and from float32 is there for F64, F32, F16 and BF16.
//
// Unlike the reference implementation, the reader refuses duplicate keys everywhere. Like it, it accepts spaces around
// the header and ignores fields of a tensor that it does not know. A lone UTF-16 surrogate in a name, which only an escape
// can spell, reads as U+FFFD.
package safetensors
