// Package engine runs Go cells: it builds them with the Go toolchain, loads them into a worker process that keeps all
// state, and collects what they show.
//
//   - base.go makes the worker: the standard library, gonum and what cells import of ours, linked once into one shared
//     library and cached.
//   - build.go makes a cell's library: compile, import library (see implib), link. Results are kept by content, so an
//     unchanged cell is not built again, in this session or another.
//   - modules.go finds packages the worker does not hold and links them into carriers.
//   - process.go runs the worker and puts its three streams into one order.
//   - engine.go ties them together; report.go writes errors the way notebooks show them.
//
// There are two ways to build, with the same rows of tests. The slim one links a cell against an import library in tens
// of milliseconds. The plugin one uses -buildmode=plugin, holds a copy of every package in each cell, and is chosen
// where the slim one's self-test fails.
package engine
