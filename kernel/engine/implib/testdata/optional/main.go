// A cell that the Go linker refuses to link against the carrier: it is given a type that the carrier instantiated, and
// relies on the carrier for the wrapper of its method.
package main

import (
	"cells/carrier.v2"
	"fmt"
)

func main() {
	o := carrier.Some()
	var g carrier.Getter[string] = &o
	fmt.Printf("%T %T %v %v %v\n", o, g, o, g.Get(), carrier.Option[int]{})
	_, ok := any(o).(interface{ Get() string })
	fmt.Println(ok, carrier.Answer)
}
