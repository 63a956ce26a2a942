//go:build !cgo

package cpu

// Level names the instructions in use: "go", as there is no C compiler.
func Level() string { return "go" }

// Features lists what else of the processor kernels use.
func Features() []string { return nil }
