// Package engine runs Go cells: it builds them with the Go toolchain, loads them into a worker process that keeps all
// state, and collects what they show.
//
//   - base.go makes the worker: the standard library, gonum and what cells import of ours, linked once into one shared
//     library and cached.
//   - build.go and link.go make a cell's library: compile, import library (see implib), link. Results are kept by content,
//     so an unchanged cell is not built again, in this session or another.
//   - cgo.go has cgo and the C compiler translate cells with C code, cgomerge.go names the results, and cgobuild.go adds
//     them to the library.
//   - modules.go finds packages the worker does not hold, and carriers.go links them into carriers: shared libraries that
//     are loaded before the first cell that needs them. refuse.go says why a package cannot be had.
//   - process.go runs the worker and puts its three streams into one order.
//   - directives.go has the table of directives and runs a cell part by part; what each does is in shell.go,
//     sessiondirectives.go, moduledirectives.go, sessiontests.go and programdirectives.go, and help.go and directivehelp.go
//     answer a person who is typing.
//   - engine.go ties them together, and execute.go runs the Go of a cell; report.go writes errors the way notebooks show them.
//
// There are two ways to build, with the same rows of tests. The slim one links a cell against an import library in tens
// of milliseconds. The plugin one uses -buildmode=plugin, holds a copy of every package in each cell, and is chosen
// where the slim one's self-test fails.
//
// A process can hold one version of a package. The notebook's own go.mod or go.work decides which, and is never written;
// without one, the session has a module of its own, to which what cells import is added. Where the two disagree with what
// is loaded already, the cell gets an error that says so, and %replay begins anew with the other version.
package engine
