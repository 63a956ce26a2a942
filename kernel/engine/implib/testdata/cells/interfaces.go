// Method sets, embedding, conversions to and from the worker's interfaces, reflection, encoding.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sort"
	"strings"
	"time"
)

type shape interface {
	fmt.Stringer
	Area() float64
}

type square struct{ Side float64 }

func (s square) Area() float64    { return s.Side * s.Side }
func (s square) String() string   { return fmt.Sprintf("square(%g)", s.Side) }
func (s *square) Widen(d float64) { s.Side += d }

type named struct {
	*square
	strings.Builder
	Name string `json:"name"`
	time time.Duration
}

type upper struct{ io.Reader }

func (u upper) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	copy(p, bytes.ToUpper(p[:n]))
	return n, err
}

type failure struct{ code int }

func (f *failure) Error() string   { return fmt.Sprint("failure ", f.code) }
func (f *failure) Is(e error) bool { return e == io.EOF }

type byArea []shape

func (b byArea) Len() int           { return len(b) }
func (b byArea) Less(i, j int) bool { return b[i].Area() < b[j].Area() }
func (b byArea) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

type level int

func (l level) MarshalText() ([]byte, error) { return []byte(fmt.Sprintf("L%d", int(l))), nil }
func (l *level) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "L%d", (*int)(l))
	return err
}

type document struct {
	Level level            `json:"level"`
	Tags  map[level]string `json:"tags,omitempty"`
	When  *time.Time       `json:"when"`
	Any   any              `json:"any"`
	Inner []struct{ A, B int }
}

func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case error:
		return "error " + v.Error()
	case shape:
		return "shape " + v.String()
	case []int, map[string]int:
		return fmt.Sprintf("%T of %d", v, reflect.ValueOf(v).Len())
	case func(int) string:
		return v(7)
	case chan<- int:
		return "chan"
	}
	return fmt.Sprintf("%T", v)
}

func main() {
	n := &named{square: &square{2}, Name: "n"}
	n.Widen(1)
	n.WriteString("built")
	fmt.Println(n.Area(), n.square, n.Builder.String(), n.Len())
	shapes := []shape{n.square, square{1}, &square{5}}
	sort.Sort(sort.Reverse(byArea(shapes)))
	fmt.Println(shapes, shapes[2] == shape(square{1}))
	b, err := io.ReadAll(io.TeeReader(upper{strings.NewReader("shout")}, io.Discard))
	fmt.Println(string(b), err)
	err = fmt.Errorf("wrapped: %w", &failure{3})
	var f *failure
	fmt.Println(errors.Is(err, io.EOF), errors.As(err, &f), f, err)
	for _, v := range []any{nil, err, square{4}, []int{1}, map[string]int{"a": 1}, func(i int) string { return fmt.Sprint(i) },
		make(chan<- int), new(struct{ X, Y *int }), [3]bool{}, n} {
		fmt.Println(describe(v))
	}
	var d document
	text := `{"level":"L4","tags":{"L2":"two","L1":"one"},"when":"2026-01-02T03:04:05Z","any":[1,{"x":null}],"Inner":[{"A":1,"B":2}]}`
	fmt.Println(json.Unmarshal([]byte(text), &d), d.Level, d.Tags, d.When, d.Any, d.Inner)
	out, err := json.MarshalIndent(d, "", " ")
	fmt.Println(string(out), err)
	t := reflect.TypeFor[*square]()
	for i := range t.NumMethod() {
		fmt.Println(t.Method(i).Name, t.Method(i).Type)
	}
	reflect.ValueOf(n).MethodByName("Widen").Call([]reflect.Value{reflect.ValueOf(10.0)})
	fmt.Println(n.Side, reflect.DeepEqual(shapes, append([]shape(nil), shapes...)))
	made := reflect.MakeMap(reflect.MapOf(reflect.TypeFor[level](), t))
	made.SetMapIndex(reflect.ValueOf(level(1)), reflect.ValueOf(n.square))
	fmt.Println(made.Interface().(map[level]*square)[1])
}
