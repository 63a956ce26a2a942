package main

import "embed"

// source is what cells import of this program, and the worker that they run in. Carried in the binary, it is all that an
// installation needs.
//
//go:embed go.mod go.sum bridge kernel/comm kernel/display kernel/engine/worker kernel/widget lessons/check runtime
var source embed.FS
