// A cell that is linked against two libraries. Its variables have types of the carrier, made of types of the worker.
package main

import (
	"cells/carrier.v2"
	"cells/carrier.v2/leaf"
	"fmt"
	"net/url"
	"runtime"
	"strings"
)

var (
	page  carrier.Page
	pages [3]carrier.Page
	both  struct {
		links map[string]*leaf.Link
		page  carrier.Page
		url   url.URL
	}
)

type plain struct{ prefix string }

func (p plain) Render(g *carrier.Page) string { return p.prefix + g.String() }

func main() {
	host := strings.Repeat("h", 100)
	page.Text.WriteString(" text " + host)
	page.Links[1] = leaf.Link{To: url.URL{Host: host + "1"}, Count: map[string]int{host: 1}}
	pages[2].Up = &carrier.Page{Links: [2]leaf.Link{1: {To: url.URL{Host: host + "2"}}}}
	both.page.Links[1].To.Host = host + "3"
	both.links = map[string]*leaf.Link{"x": {Count: map[string]int{host + "4": 4}}}
	var keep [][]byte
	for i := range 20000 {
		keep = append(keep[:i%10], []byte(strings.Repeat("\xff", 100+i%300)))
		if i%1000 == 0 {
			runtime.GC()
		}
	}
	fmt.Println(page.String(), carrier.Show(plain{"p "}, pages[2].Up), both.page.String(), both.links["x"].Count, len(keep))
	fmt.Println(carrier.Answer, carrier.Map([]int{1, 2}, func(i int) leaf.Link { return leaf.Link{To: url.URL{Host: fmt.Sprint(i)}} }))
	fmt.Printf("%T %T\n", page, carrier.Map[string, *carrier.Page])
	var s fmt.Stringer = &page
	_, ok := s.(*carrier.Page)
	fmt.Println(ok)
}
