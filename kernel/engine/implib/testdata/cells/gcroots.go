// Variables whose types are the worker's: the linker makes their GC masks from the import library.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

var (
	buffer  bytes.Buffer
	builder strings.Builder
	decoder json.Decoder
	pool    sync.Pool
	once    sync.Once
	table   tabwriter.Writer
	when    time.Time
	address url.URL
	number  big.Int
	value   reflect.Value
	many    [3]url.URL
	nested  struct {
		n     int
		addrs [2]url.URL
		by    map[string]*url.URL
		words [4][]string
		timer *time.Timer
		any   any
		f     func() string
	}
)

// text makes a string that only the variable it is assigned to keeps alive.
func text(n int) string { return strings.Repeat(string(rune('a'+n)), 1000) }

func fill() {
	buffer.WriteString(text(1))
	builder.WriteString(text(2))
	decoder = *json.NewDecoder(strings.NewReader(`"` + text(3) + `"`))
	pool.New = func() any { return text(4) }
	table.Init(&buffer, 1, 8, 1, ' ', 0)
	when = time.Unix(0, 0).In(time.FixedZone(text(5), 60))
	address = url.URL{Host: text(6), Path: text(7)}
	number.SetString(strings.Repeat("7", 1000), 10)
	value = reflect.ValueOf(text(8))
	many[2].Fragment = text(9)
	nested.addrs[1].RawQuery = text(10)
	nested.by = map[string]*url.URL{text(11): {Host: text(12)}}
	nested.words[3] = []string{text(13), text(14)}
	nested.any = text(15)
	s := text(16)
	nested.f = func() string { return s }
	once.Do(func() { nested.n = 3 })
}

func churn() (n int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 20000 {
				b := make([]byte, 100+i%2000)
				for j := range b {
					b[j] = 0xff
				}
				mu.Lock()
				n += len(b) % (g + 2)
				mu.Unlock()
			}
		})
		runtime.GC()
	}
	wg.Wait()
	runtime.GC()
	return n
}

func main() {
	fill()
	fmt.Println(churn())
	var s string
	fmt.Println(decoder.Decode(&s), s)
	fmt.Println(buffer.String(), builder.String(), pool.New(), when, address.String(), number.String(), value, many[2].Fragment)
	fmt.Println(nested.addrs[1].RawQuery, nested.by[text(11)].Host, nested.words[3], nested.any, nested.f(), nested.n)
	fmt.Fprintln(&table, "a\tb")
	fmt.Println(table.Flush(), strings.TrimLeft(buffer.String(), "b"))
}
