package implib

// Mangle is for the tests, which compare it with the names that the Go linker gives.
var Mangle = mangle
