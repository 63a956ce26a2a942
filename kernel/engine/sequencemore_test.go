package engine

import (
	"fmt"
	"slices"
	"strings"
)

// remove makes a cell that takes a name away.
func (m *maker) remove() []entry {
	names := slices.DeleteFunc(m.names(), func(n string) bool { return n == "fuel" || n == "work" || strings.Contains(n, ".") })
	return []entry{{kind: "rm", name: m.of(names...)}}
}

func (m *maker) names() (names []string) {
	for n := range m.decls {
		if n != "" {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// file makes a cell of declarations alone: variables need each other and functions in any order.
func (m *maker) file() []entry {
	return m.distinct(3+m.IntN(4), func() entry {
		needs := func() string {
			return m.of("$"+m.of("e1", "e2", "e3", "d"), "$"+m.of("e1", "e2", "e3"), fmt.Sprintf("$%s(%d)", m.of(seqFuncs...), m.IntN(9)), "$"+m.of(seqConsts...), fmt.Sprint(m.IntN(9)))
		}
		switch m.IntN(6) {
		case 0:
			name := m.of(seqFuncs...)
			return entry{kind: "func", name: name, text: "func $" + name + "(x int) int {\n\tif $fuel--; $fuel < 0 {\n\t\treturn 1\n\t}\n\treturn x + " + needs() + "\n}"}
		case 1:
			return entry{kind: "init", text: m.fill(`%p++; fmt.Println("init", ` + needs() + ")")}
		case 2:
			return m.another()
		}
		return entry{kind: "var", name: m.of("e1", "e2", "e3", "d"), typ: "int", long: true, text: needs() + " + " + needs()}
	})
}

// another makes a declaration of what is rarer.
func (m *maker) another() entry {
	switch m.IntN(9) {
	case 0:
		return entry{kind: "type", name: "A", text: m.fill("type $A = %t")}
	case 1:
		return entry{kind: "type", name: "GA", text: "type $GA[P any] = " + m.of("$G[P]", "struct{ n int; val P }", "$G[[]P]")}
	case 2:
		return entry{kind: "type", name: "N", text: "type $N interface{ " + m.of("~int | ~float64", "~int", "~int | ~string | ~float64", "int | float64") + " }"}
	case 3:
		return entry{kind: "type", name: "E", text: "type $E " + m.of("int", "int64", "uint8")}
	case 4:
		return entry{kind: "method", name: "E.String", text: m.fill(`func (e $E) String() string { return fmt.Sprint("E", int(e)+%s) }`)}
	case 5:
		return entry{kind: "const", name: "X Y Z", text: m.fill(m.of("const (\n\t$X $E = iota + %d\n\t$Y\n\t$Z\n)", "const (\n\t_ = iota\n\t$Z, $X $E = iota, iota * %k\n\t$Y, _\n)"))}
	case 6:
		local := m.fill(m.of("type pair struct{ a, b P }", "type pair struct {\n\t\ta, b P\n\t\tu %t\n\t}", "type list = []P\n\ttype pair struct {\n\t\ta, b P\n\t\tmore list\n\t}",
			"var room [%k]int\n\ttype inner [len(room)]P\n\ttype pair struct {\n\t\ta, b P\n\t\tinner\n\t}", "type number = int\n\ttype pair struct {\n\t\ta, b P\n\t\tn number\n\t}"))
		return entry{kind: "func", name: "pair", text: "func $pair[P " + m.of("any", "any", "$N", "comparable") + "](x P) any {\n\t" + local + "\n\treturn pair{a: x, b: x}\n}"}
	case 7:
		return entry{kind: "func", name: "seq", text: m.fill("func $seq(n int) iter.Seq[int] {\n\treturn func(yield func(int) bool) {\n\t\tdefer func() { %p++ }()\n\t\tfor i := range n {\n\t\t\tif !yield(i + %i) {\n\t\t\t\treturn\n\t\t\t}\n\t\t}\n\t}\n}")}
	}
	return m.anotherName()
}

// anotherName imports packages, or gives their names, and those of builtin functions, to variables.
func (m *maker) anotherName() entry {
	switch m.IntN(3) {
	case 0:
		return entry{kind: "import", name: "str", typ: m.of("strings", "strconv")}
	case 1:
		return entry{kind: "import", name: "strings", typ: "strings"}
	}
	return entry{kind: "var", name: m.of("str", "strings", "max"), typ: "int", text: m.fill("int(%i)"), long: m.IntN(2) == 0}
}

// rareVariable makes variables that have names of their own, so that each has about one type.
func (m *maker) rareVariable() entry {
	values := []struct{ name, typ, text string }{
		{"q1", "$A", "$A{n: %i}"}, {"q2", "$GA[int]", "$GA[int]{n: %i}"}, {"ch", "chan int", "make(chan int, 3)"}, {"ct", "chan $T", "make(chan $T, 2)"},
		{"mt", "map[string]$T", `map[string]$T{"a": {n: %i}}`}, {"mu", "map[string]*$W", `map[string]*$W{"a": {n: %i}}`}, {"en", "$E", "$X"}, {"en", "$E", "$E(%k)"}, {"en", "any", "$Y"},
		{"me", "func($U) int", "$U.Get"}, {"mp", "func(*$T) int", "(*$T).Get"}, {"pb", "any", "$pair(%i)"}, {"pb", "any", "$pair(%v)"}, {"pb", "any", "$pair($X)"},
		{"cl", "func() int", "func() func() int { k := %i; return func() int { k++; return k + %s } }()"}, {"fs", "float64", "$sum(1.5, float64(%i))"}, {"it", "iter.Seq[int]", "$seq(%d)"},
	}
	v := values[m.IntN(len(values))]
	return entry{kind: "var", name: v.name, typ: v.typ, text: m.fill(v.text), long: true}
}

func (m *maker) anotherStatement() entry {
	if m.IntN(3) == 0 {
		return m.rareVariable()
	}
	for range 8 {
		text := m.fill(m.of(
			"fmt.Println(show($"+m.of("q1", "q2", "ch", "ct", "mt", "mu", "en", "pb", "fs")+"))",
			"fmt.Println($pair(%i) == $pair(%i), $pb == $pair(%i), $pb == $pair($X), show($pair(%v)))",
			"for x := range $seq(3) {\n\tif x > %d {\n\t\tbreak\n\t}\n\t%p += x\n\tfmt.Println(x)\n}", "for x := range $it {\n\t%p += x\n}", "fmt.Println(slices.Collect($seq(%d)))",
			"for x := range $seq(4) {\n\tdefer fmt.Println(\"deferred in a loop\", x)\n\tif x == 2 {\n\t\tcontinue\n\t}\n\tfmt.Println(x + %i)\n}",
			"select {\ncase $ch <- %i:\ndefault:\n\tfmt.Println(\"full\")\n}", "select {\ncase x := <-$ch:\n\tfmt.Println(x)\ndefault:\n\tfmt.Println(\"empty\")\n}", "close($ch)",
			"select {\ncase $ct <- $T{n: %i}:\ndefault:\n}", "select {\ncase x := <-$ct:\n\tfmt.Println(show(x))\ndefault:\n}",
			"{\n\tdone := make(chan bool)\n\tgo func() {\n\t\tdefer close(done)\n\t\t%p += %i\n\t}()\n\t<-done\n}",
			"$mt[\"b\"] = $T{n: %i}", "$mu[\"b\"] = &$W{n: %i}", "$mu[\"a\"].n += %i", "for k, x := range $mu {\n\tif k == \"a\" {\n\t\tx.n++\n\t}\n}", "delete($mt, \"a\")",
			"fmt.Println($X, $Y, $Z, show($X))", "$en += $Y", "switch $en {\ncase $X:\n\tfmt.Println(\"X\")\ncase $Y:\n\tfmt.Println(\"Y\")\n}",
			"fmt.Println($me($U{n: %i}), $mp(&$T{n: %i}))", "fmt.Println($cl(), $cl())", "fmt.Println($sum(%i, 2), $sum[float64](1.5), $sum($X, $Y))", `fmt.Println($sum("a", "b"))`,
			`fmt.Println($strings.Repeat("x", %d), $max(%i, 3))`, `fmt.Println($str.ToUpper("x"))`, "fmt.Println($str.Itoa(%i))", "fmt.Println($str+1, $strings+1, $max+1)", "$max += %i",
			`defer func() { fmt.Println("recovered", recover()) }()`, "defer func() { %p += 100 }()",
			"outer:\n\tfor i := range 3 {\n\t\tfor j := range 3 {\n\t\t\tif j == %d {\n\t\t\t\tcontinue outer\n\t\t\t}\n\t\t\tif i == 2 {\n\t\t\t\tbreak outer\n\t\t\t}\n\t\t\t%p += j + %i\n\t\t}\n\t}",
			"{\n\ti := %d\nagain:\n\tif i < 5 {\n\t\ti++\n\t\t%p++\n\t\tgoto again\n\t}\n\tfmt.Println(i)\n}",
			"%p, %p = %i, %i", "if x, ok := any(%v).($A); ok {\n\tfmt.Println(\"A\", x.n)\n}", "{\n\tvar x any = $GA[int]{n: %i}\n\t_, ok := x.($G[int])\n\tfmt.Println(ok)\n}",
			"func() {\n\tdefer func() {\n\t\tfmt.Println(recover())\n\t}()\n\tvar m map[string]int\n\tm[\"x\"] = %i\n}()", "{\n\tvar p *$T\n\tfmt.Println(p.n)\n}", "fmt.Println(any($pair(1)).(int))",
		))
		if m.knows(text) || m.IntN(20) == 0 {
			return entry{text: text}
		}
	}
	return m.rareVariable()
}

// knows reports whether all names in a text are declared.
func (m *maker) knows(text string) bool {
	for _, use := range marked.FindAllStringSubmatch(text, -1) {
		if _, ok := m.decls[use[1]]; !ok && use[1] != "max" && seqPackages[use[1]] == "" {
			return false
		}
	}
	return true
}
