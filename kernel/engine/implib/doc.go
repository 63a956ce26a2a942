// Package implib makes the import library of a slim cell.
//
// A cell is linked against a worker library that holds the standard library and more, a hundred thousand symbols of
// which a cell refers to a hundred. The Go linker reads them all, and that is most of the time a cell takes. So it is
// given, under the worker library's name, an import library: a shared library with the symbols that this cell refers to
// and no code. The linker makes the same object from it, symbol by symbol (a test says so), in a few milliseconds. At
// run time the worker library, which is loaded already, answers for the symbols.
//
//	refs, err := implib.Refs("cell.a")                  // compiled with -linkshared
//	worker, err := implib.Open("libworker.so")          // once
//	err = worker.Write("dir/libworker.so", refs)        // per cell; then link with packageshlib lines that name it
//
// # What the Go linker reads of a shared library
//
// This is Go 1.26, cmd/link/internal/ld, with -linkshared and without DWARF (-w).
//
//   - Notes (ldshlibsyms, readnote): the ABI hash, which is put into the cell and compared with the loaded library's when
//     the cell is opened, and the list of the libraries that this one needs. The import library has the notes as they are.
//   - Dynamic symbols (ldshlibsyms): name, type, size, and whether the library defines them. One of type NOTYPE is passed
//     over. The end of a function's name, .abiinternal or .abi0, tells its calling convention. Long type names are
//     hashes (typeSymbolMangle). Where variables and functions lie, and what is there, is never asked.
//   - The contents of types: symbols that start with "type:" but not with "type:." (ldshlibsyms, readelfsymboldata).
//   - Relocations, of the first section that has any: those of the architecture's 64-bit absolute type with addend 0 say
//     which symbol a pointer in a type points to (relocTarget). Other types, R_X86_64_RELATIVE and GLOB_DAT for example,
//     are passed over.
//   - For each variable with pointers, its type's GC mask (GCProg.AddType in data.go). The linker takes arrays and structs
//     apart, following the relocations of elements and fields (decodeTargetSym), so their parts must be there
//     too, to any depth. Of other types (pointers, strings, slices, maps) it reads the mask: GCData is an address in the
//     section contents, and the mask is wherever in the file that address lies (decodetypeGcmask, findShlibSection).
//     Types above a certain size have no mask in the file: TFlagGCMaskOnDemand says that GCData points to a
//     variable in which the runtime will keep the mask. They are all arrays and structs, so nobody reads it here.
//   - The size of runtime.moduledata, from its type (symtab.go), and the few symbols that the linker refers to itself.
//
// A type's other pointers (a map's key, a method's type) are read for DWARF only, so an import library ends the walk at
// anything that is not an array or a struct. The system linker needs no more than symbols and the soname.
//
// # Rules
//
//   - The import library's file name is the library's: the Go linker makes symbol names and the run-time check from it.
//   - Symbols that refs names and the library lacks are passed over: they belong to another library. When there are several,
//     [WriteAll] writes their import libraries together, because a type of one is made of types of another.
//   - What libraries and archives hold is checked before it is used: damage gives an error or a wrong import library, which
//     the linker or the loader refuses, but no panic.
//
// # A limit of the Go linker
//
// With or without an import library it refuses a cell when an imported function gives it a generic type with value-receiver
// methods that the imported package instantiated ("cannot target DYNIMPORT sym in section-relative reloc: PACKAGE.(*T[...]).M").
// The way out is to link PACKAGE into the cell too: give it as packagefile without packageshlib, and its Refs with the cell's.
// Its variables and types stay the library's, because the loader takes what was loaded first.
//
// # Not here
//
// It starts no process, reads no export data, and does not know what a cell is. Libraries are for linux/amd64 and
// linux/arm64 and have a .gnu.hash table, which the system linkers write unless told otherwise.
package implib
