// Package checkpoint says what a model's weights are, so that anybody can tell later whether they are still the same.
//
// A [Digest] identifies one tensor: name, data type, shape and every bit of its values. The root of a [Record] identifies
// all tensors together. Both are SHA-256 over bytes that are laid down here, so that other programs can compute them:
//
//	text(s)    length of s in bytes, 8 bytes, little-endian; then s in UTF-8
//	tensor     SHA-256 of: text("resident tensor 1"), text(name), text(dtype), rank, each dimension, data
//	root       SHA-256 of: text("resident root 1"), number of tensors, the digest of each tensor (32 bytes), by name
//
// where dtype is spelled as in the safetensors format (F32, BF16, ..); rank, dimensions and numbers take 8 bytes,
// little-endian; data is row-major, little-endian; and names are sorted bytewise. Data type and shape decide how long the
// data is, so that no two different tensors give the same bytes, and whoever changes a bit, a name, a shape or a type, or
// adds or removes a tensor, changes the root.
//
// A digest is no signature: it proves that weights are the ones the record was made of, not who made them.
package checkpoint
