// A library whose init function panics.
package main

func init() { panic("not today") }

func main() {}
