// Package cell turns the source of one notebook cell, and what earlier cells have declared, into a Go package to build.
// It is pure: no files, no processes, no clock; packages outside the session are seen through [Packages].
//
// The idea:
//
//   - A session has one flat scope, as a Go package has. Every cell is built as one package that holds the cell's own
//     statements in a Run function and a copy of every earlier declaration that the cell reaches. All these packages
//     have the same path, main. So unexported fields, methods and interfaces work across cells as inside one package.
//   - Top-level variables become package variables, without initialisers: statements assign them when Run runs.
//     The dynamic linker binds all definitions of main.x to the one that was loaded first, so every cell sees the same
//     memory. The same goes for type descriptors: main.T is one type for all cells.
//   - What has changed needs another symbol. A name keeps its plain symbol until a different declaration, or the same
//     one reaching something different, takes its place; that one is emitted as nameʹ2, nameʹ3 and so on.
//     A variable keeps its symbol, and so its memory, while its type has the same layout.
//   - A name means what was declared last. An earlier function that no longer compiles because of that is reported
//     when a cell uses it, at its own place.
//   - The C code above an import "C" belongs to its cell, and goes with the cell's functions wherever they are copied. C
//     types are as they are in one Go package, but no top-level variable has one: its declaration would be in no cell.
//   - The result is content-addressed: [Unit.Key] is a hash of the generated text.
//
// A cell is analysed in two steps. First it is written as a package in which every new variable has its initialiser
// (var x = expr), and checked with go/types: this infers the types and finds the errors, in terms of the user's text.
// Then the final text is written from the same pieces, with edits found on the way: new symbols, interrupt polls,
// registers for top-level loops. Positions go through //line, so the compiler and the runtime speak of the cell, too.
package cell
