package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// maker writes random cells. It knows what the session has declared, so that most of them compile.
type maker struct {
	*rand.Rand
	decls map[string]entry
}

// sequenceShow shows a value without addresses.
const sequenceShow = `
func show(x any) string {
	text := fmt.Sprintf("%T ", x) + walk(reflect.ValueOf(x), 4)
	if t := reflect.TypeOf(x); t != nil {
		text += fmt.Sprintf(" %s %d", t.Name(), t.NumMethod())
	}
	if x, ok := x.(interface{ Get() int }); ok {
		text += fmt.Sprint(" Get ", x.Get())
	}
	return text
}

func walk(v reflect.Value, depth int) string {
	switch k := v.Kind(); {
	case depth == 0 || k == reflect.Func:
		return k.String()
	case k == reflect.Chan:
		return fmt.Sprint("chan ", v.Len())
	case (k == reflect.Pointer || k == reflect.Interface) && !v.IsNil():
		return k.String() + " " + v.Elem().Type().String() + " " + walk(v.Elem(), depth-1)
	case k == reflect.Struct:
		text := ""
		for i := range v.NumField() {
			text += v.Type().Field(i).Name + string(v.Type().Field(i).Tag) + ":" + walk(v.Field(i), depth-1) + " "
		}
		return "{" + text + "}"
	case k == reflect.Slice || k == reflect.Array:
		text := ""
		for i := range v.Len() {
			text += walk(v.Index(i), depth-1) + " "
		}
		return "[" + text + "]"
	case k == reflect.Map:
		list := []string{}
		for _, key := range v.MapKeys() {
			list = append(list, walk(key, depth-1)+":"+walk(v.MapIndex(key), depth-1))
		}
		slices.Sort(list)
		return fmt.Sprint("map", list)
	}
	return fmt.Sprint(v)
}
`

// sequenceFirst is the first cell. Functions take from the fuel, so that no recursion is endless.
var sequenceFirst = []entry{
	{text: "import (\n\t\"reflect\"\n\t\"slices\"\n)" + sequenceShow, kind: "shared"},
	{kind: "var", name: "fuel", typ: "int", text: "100"},
	{kind: "var", name: "work", typ: "chan func()", text: "make(chan func())"},
	{text: "go func(c chan func()) { for f := range c { f() } }($work)"},
	{kind: "const", name: "K L M", text: "const (\n\t$K = iota + 2\n\t$L\n\t$M\n)"},
	{kind: "type", name: "T", text: "type $T struct { n int }"},
	{kind: "type", name: "U", text: "type $U struct { n int }"},
	{kind: "type", name: "W", text: "type $W struct {\n\tn int\n\t$U\n}"},
	{kind: "type", name: "I", text: "type $I interface { Get() int }"},
	{kind: "type", name: "G", text: "type $G[P any] struct {\n\tn int\n\tval P\n}"},
	{kind: "method", name: "T.Get", text: "func (t *$T) Get() int { return t.n }"},
	{kind: "method", name: "U.Get", text: "func (t $U) Get() int { return t.n + 1 }"},
	{kind: "method", name: "T.Add", text: "func (t *$T) Add(d int) { t.n += d }"},
	{kind: "func", name: "f", text: "func $f(x int) int { return x + $K }"},
	{kind: "func", name: "g", text: "func $g(x int) int { return $f(x) + 1 }"},
	{kind: "func", name: "h", text: "func $h(x int) int { return x }"},
	{kind: "func", name: "box", text: "func $box() any { return 0 }"},
	{kind: "var", name: "a", typ: "int", text: "1"},
	{kind: "var", name: "b", typ: "$T", text: "$T{2}"},
	{kind: "var", name: "c", typ: "any", text: "$U{n: 3}", long: true},
	{kind: "type", name: "A", text: "type $A = $T"},
	{kind: "type", name: "GA", text: "type $GA[P any] = $G[P]"},
	{kind: "type", name: "N", text: "type $N interface{ ~int | ~float64 }"},
	{kind: "type", name: "E", text: "type $E int"},
	{kind: "const", name: "X Y Z", text: "const (\n\t$X $E = iota + 1\n\t$Y\n\t$Z\n)"},
	{kind: "func", name: "sum", text: "func $sum[P $N](list ...P) (s P) {\n\tfor _, x := range list {\n\t\ts += x\n\t}\n\treturn s\n}"},
	{kind: "func", name: "pair", text: "func $pair[P any](x P) any {\n\ttype pair struct{ a, b P }\n\treturn pair{x, x}\n}"},
	{kind: "func", name: "seq", text: "func $seq(n int) iter.Seq[int] {\n\treturn func(yield func(int) bool) {\n\t\tfor i := range n {\n\t\t\tif !yield(i) {\n\t\t\t\treturn\n\t\t\t}\n\t\t}\n\t}\n}"},
}

var (
	seqTypes  = []string{"T", "U", "W"}
	seqFuncs  = []string{"f", "g", "h"}
	seqConsts = []string{"K", "L", "M"}
	seqVars   = []string{"a", "b", "c", "d", "V", "e1", "e2"}
)

func (m *maker) of(list ...string) string { return list[m.IntN(len(list))] }

// fill replaces each %i by an integer expression, %t by a type, %v by a variable of the session, %p by one that is an integer.
func (m *maker) fill(text string) string {
	for {
		i := strings.IndexByte(text, '%')
		if i < 0 {
			return text
		}
		var by string
		switch text[i+1] {
		case 'i':
			by = m.integer()
		case 's': // what stays an integer, whatever is declared: methods that do not fit a new type would be dropped
			by = m.of("$"+m.declared("const", seqConsts), fmt.Sprintf("$%s(%d)", m.declared("func", seqFuncs), m.IntN(9)), "1")
		case 't':
			by = "$" + m.declared("type", seqTypes)
		case 'v':
			by = "$" + m.of(m.variables("")...)
		case 'p':
			if by = "(*new(int))"; len(m.variables("int")) > 0 {
				by = "$" + m.of(m.variables("int")...)
			}
		case 'd':
			by = fmt.Sprint(m.IntN(9))
		case 'k':
			by = m.of("$"+m.declared("const", seqConsts), "3")
		}
		text = text[:i] + by + text[i+2:]
	}
}

// declared chooses a declaration of a kind, if there is one.
func (m *maker) declared(kind string, names []string) string {
	there := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return m.decls[n].kind != kind })
	if len(there) == 0 {
		return names[0]
	}
	return m.of(there...)
}

// variables are those of a type, without the fuel, or all.
func (m *maker) variables(typ string) []string {
	var list []string
	if typ == "" {
		list = []string{"fuel"}
	}
	for _, n := range seqVars {
		if d := m.decls[n]; d.kind == "var" && (typ == "" || d.typ == typ) {
			list = append(list, n)
		}
	}
	return list
}

func (m *maker) integer() string {
	switch m.IntN(10) {
	case 0, 1:
		return "$" + m.declared("const", seqConsts)
	case 2, 3:
		return m.fill("$" + m.declared("func", seqFuncs) + "(%i)")
	case 4:
		return m.fill("(%t{n: %d}).n")
	case 5:
		return m.fill("(%p + %d)")
	case 6:
		for _, n := range seqVars {
			if d := m.decls[n]; d.kind == "var" && m.IntN(3) == 0 {
				switch {
				case strings.HasPrefix(d.typ, "$"), strings.HasPrefix(d.typ, "*$"):
					return m.of("$"+n+".n", "$"+n+".Get()")
				case d.typ == "func() int":
					return "$" + n + "()"
				case strings.HasPrefix(d.typ, "[]"), strings.HasPrefix(d.typ, "map"):
					return "len($" + n + ")"
				case d.typ == "*int":
					return "*$" + n
				}
			}
		}
	}
	return fmt.Sprint(m.IntN(9))
}

var structFields = []string{"", "s string", "f float64", "s string `json:\"s\"`", "$I", "e $E", "g $G[%t]", "arr [2]%t", "c chan %t", "in struct{ n int; u %t }", "fn func(%t) %t", "next *%t", "list []%t", "u %t", "$U", "*$U", "room [%k]int", "x any", "do func() int", "m map[string]%t"}

// entry makes a random entry of a cell.
func (m *maker) entry() entry {
	switch m.IntN(20) {
	case 14, 15, 16:
		return m.another()
	case 0, 1:
		name := m.of(seqTypes...)
		fields := m.fill(m.of(structFields...))
		if strings.Contains(fields, "u $"+name) || fields == "$"+name {
			fields = ""
		}
		return entry{kind: "type", name: name, text: "type $" + name + " struct {\n\tn int\n\t" + fields + "\n}"}
	case 2:
		if m.IntN(3) == 0 {
			return entry{kind: "type", name: "G", text: m.fill("type $G[P any] struct {\n\tn int\n\tval " + m.of("P", "[]P", "*P") + "\n}")}
		}
		return entry{kind: "type", name: "I", text: "type $I interface { Get() int" + m.of("", "; Add(int)", "; fmt.Stringer") + " }"}
	case 3, 4:
		t := m.of("G", m.declared("type", seqTypes), m.declared("type", seqTypes))
		recv := "$" + t
		if t == "G" {
			recv += "[P]"
		}
		switch m.IntN(3) {
		case 0:
			return entry{kind: "method", name: t + ".Add", text: m.fill("func (t *" + recv + ") Add(d int) { t.n += d + %s }")}
		case 1:
			return entry{kind: "method", name: t + ".String", text: m.fill("func (t " + recv + `) String() string { return fmt.Sprint("` + t + `%d ", t.n) }`)}
		}
		return entry{kind: "method", name: t + ".Get", text: m.fill("func (t " + recv + ") Get() int {\n\tif $fuel--; $fuel < 0 {\n\t\treturn 0\n\t}\n\treturn t.n + %s\n}")}
	case 5, 6:
		name := m.of(seqFuncs...)
		body := m.fill(m.of("return x + %i", "return %i", "c := func() int { x++; return x + %i }\n\treturn c() + c()",
			"type local struct{ x, y int }\n\tl := local{x: x, y: %i}\n\treturn l.y",
			"for range 3 {\n\t\tx += %i\n\t}\n\treturn x", "%p = x\n\treturn x + %i", "defer func() { %p++ }()\n\treturn x"))
		return entry{kind: "func", name: name, text: "func $" + name + "(x int) int {\n\tif $fuel--; $fuel < 0 {\n\t\treturn 1\n\t}\n\t" + body + "\n}"}
	case 7:
		if m.IntN(3) == 0 {
			return entry{kind: "const", name: "K L M", text: m.fill(m.of("const (\n\t$K = iota + %d\n\t$L\n\t$M\n)", "const (\n\t$M = 1 << (iota + 1)\n\t$K\n\t$L\n)"))}
		}
		name := m.of(seqConsts...)
		return entry{kind: "const", name: name, text: m.fill("const $" + name + " = " + m.of("%d", "%d + 2", "1 + $"+m.of(seqConsts...)))}
	case 8:
		mark := m.of("[0]", "struct{}", "int")
		if mark == "[0]" {
			mark = m.of("[%k]int", "[size]int")
		}
		return entry{kind: "func", name: "box", text: m.fill("func $box() any {\n\tconst size = " + m.of("3", "%k") + " + 1\n\ttype inner struct{ n " + m.of(mark, "%t", "[size]int") + " }\n\ttype outer struct{ inner; x [size]int }\n\treturn outer{}\n}")}
	case 9, 10, 11:
		return m.variable()
	}
	return m.statement()
}

func (m *maker) variable() entry {
	values := []struct{ typ, text string }{
		{"int", "%i"}, {"int", "int(%i)"}, {"int", "int(%p + %i)"}, {"string", `fmt.Sprint(%i, "s")`}, {"$T", "$T{n: %i}"}, {"*$T", "&$T{n: %i}"}, {"$U", "$U{n: %i}"}, {"*$W", "&$W{n: %i}"}, {"$W", "$W{n: %i}"},
		{"[]$T", "[]$T{{n: %i}, {n: %d}}"}, {"map[$U]int", "map[$U]int{{n: 1}: %i}"}, {"any", "$U{n: %i}"}, {"any", "&$T{n: %i}"}, {"$I", "&$T{n: %i}"}, {"$I", "$W{n: %i}"},
		{"func() int", "func() int { $fuel--; if $fuel < 0 { return 2 }; return %i + %i }"}, {"func() int", "$T{n: %i}.Get"}, {"func() int", "%v.Get"}, {"$G[$T]", "$G[$T]{n: %i}"}, {"$G[int]", "$G[int]{n: %i}"}, {"any", "$G[$U]{n: 3}"},
		{"any", "$box()"}, {"any", "$box()"}, {"any", "%v"}, {"*int", "&%p"}, {"func(int)", "%v.Add"}, {"func(int) int", "$" + m.of(seqFuncs...)}, {"struct{ $T }", "struct{ $T }{$T{n: %i}}"}, {"[%k]int", "[%k]int{%d}"},
	}
	v := values[m.IntN(len(values))]
	i := entry{kind: "var", name: m.of(seqVars...), typ: v.typ, text: m.fill(v.text)}
	if v.typ == "[%k]int" {
		i.typ = m.fill(v.typ)
		i.text = i.typ + "{4}"
	}
	exact := strings.HasPrefix(i.text, i.typ) || strings.HasPrefix(i.text, "&"+i.typ[1:]) || i.typ == "string"
	i.long = !exact || m.IntN(4) == 0
	return i
}

func (m *maker) statement() entry {
	if m.IntN(3) == 0 {
		return m.anotherStatement()
	}
	v := m.of(m.variables("")...)
	return entry{text: m.fill(m.of(
		"fmt.Println(show($"+v+"))", "fmt.Println(show($"+v+"))", "fmt.Println(show(%v), show(%v))", `fmt.Println("sum", %i, %i)`,
		"{\n\t_, ok := any($"+v+").(%t)\n\tfmt.Println(ok)\n}", "fmt.Println(any(%v) == any(%v), any(%v) == $box())",
		"switch x := any($"+v+").(type) {\ncase $T:\n\tfmt.Println(\"T\", x.n)\ncase *$T:\n\tfmt.Println(\"*T\", x.n)\ncase $I:\n\tfmt.Println(\"I\", x.Get())\ncase func() int:\n\tfmt.Println(x())\n}",
		"%p += %i", "for i := range 3 {\n\t%p += i + %i\n}", "for range 3 {\n\t$"+v+".n += %i\n\t%p++\n}", "for range 3 {\n\t%p++\n\t*$"+v+" += 10\n}", "for range 3 {\n\t$"+v+".Add(%i)\n\t%p++\n}",
		"$"+v+".n++", "$"+v+"[0].n = %i", "$"+v+".u.n = %i", "$"+v+".next = &%t{n: %i}", "$"+v+".x = %v", "$"+v+".do = func() int { $fuel--; if $fuel < 0 { return 2 }; return %i }",
		"{\n\tback := make(chan any)\n\t$work <- func() { back <- show($"+v+") + fmt.Sprint(%i) }\n\tfmt.Println(<-back)\n}",
		`defer fmt.Println("deferred", %i, show(%v))`, "func() {\n\tdefer func() { fmt.Println(recover()) }()\n\t%p = 5\n\tpanic(%i)\n}()",
		`panic("panic %d")`, "fmt.Println([]int{1}[%i])", "var bad int = \"text\"\n_ = bad",
		"if x, ok := any($"+v+").(interface{ Add(int) }); ok {\n\tx.Add(3)\n\tfmt.Println(show($"+v+"))\n}",
		"fmt.Println(reflect.TypeOf(%v) == reflect.TypeOf(%v), reflect.TypeFor[%t]() == reflect.TypeOf(%v))",
	))}
}

// cell makes a cell that declares nothing twice.
func (m *maker) cell() []entry {
	cell := append([]entry{{text: "$fuel = 100"}}, m.distinct(1+m.IntN(5), m.entry)...)
	if m.IntN(25) == 0 {
		return append(cell, entry{kind: "interrupt"})
	}
	return append(cell, entry{text: m.fill(m.of(`fmt.Println(show(%v))`, `fmt.Println("end", %i)`))})
}

// distinct makes entries that declare different names.
func (m *maker) distinct(n int, one func() entry) (list []entry) {
	taken := map[string]bool{}
	for range n {
		i := one()
		names := strings.Fields(i.name)
		if slices.ContainsFunc(names, func(n string) bool { return taken[n] }) {
			continue
		}
		for _, n := range names {
			taken[n] = true
			m.decls[n] = i
		}
		list = append(list, i)
	}
	return list
}
