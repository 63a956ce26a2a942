// A program whose types bear the marks of declarations made anew. It prints what reflection knows of their names.
package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

type pointʹ2 struct {
	X int `json:"x" other:"a tag that is long enough to need a length of two bytes: 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789"`
	y int
}

func (pointʹ2) Public() {}

// Embedded is exported, so that its name is a field name, in JSON, too.
type Embeddedʹ12 struct{ N int }

type holderʹ3 struct {
	Embeddedʹ12 `json:"named"`
	*pointʹ2
	last string
}

type pairʹ2[A, B any] struct {
	first  A
	Second B `key:"value"`
}

type aTypeWithANameOfManyLettersThatGoesOnAndOnʹ2 struct{}

type (
	plain  struct{ A int }
	lenʹ10 [3]plain
)

const text = "a string keeps its markʹ2"

func main() {
	long := pairʹ2[map[aTypeWithANameOfManyLettersThatGoesOnAndOnʹ2]aTypeWithANameOfManyLettersThatGoesOnAndOnʹ2, func(pointʹ2) *holderʹ3]{}
	for _, v := range []any{
		pointʹ2{1, 2}, &pointʹ2{}, holderʹ3{pointʹ2: &pointʹ2{}}, pairʹ2[int, pointʹ2]{}, long, lenʹ10{}, map[string][]pointʹ2{},
		struct{ pointʹ2 }{}, []interface{ Public() }{pointʹ2{}},
	} {
		t := reflect.TypeOf(v)
		fmt.Printf("%T %q\n", v, t.Name())
		if t.Kind() == reflect.Struct {
			for i := range t.NumField() {
				f := t.Field(i)
				fmt.Printf("\t%q %q %s %q\n", f.Name, f.PkgPath, f.Type, f.Tag)
			}
		}
	}
	data, err := json.Marshal(struct {
		Embeddedʹ12
		P pointʹ2
	}{})
	fmt.Println(string(data), err)
	fmt.Printf("%+v %#v\n", struct{ pointʹ2 }{}, Embeddedʹ12{7})
	fmt.Println(text, strings.ToUpper(text))
}
