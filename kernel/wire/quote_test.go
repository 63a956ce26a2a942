package wire

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
)

// FuzzQuote holds long texts against encoding/json.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a", "\"\\\n\r\t\b\f\x00\x1f\x7f", "<p>&amp;</p>", "\u2028ü€😀", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, part string) {
		d := Dict{"text/plain": "short", "text/html": strings.Repeat(part+"-", long/(len(part)+1)+1), "n": 1}
		before := maps.Clone(d)
		raw, err := marshal(ExecuteResult{ExecutionCount: 1, Data: d})
		if err != nil {
			t.Fatal(err)
		}
		plain, err := json.Marshal(ExecuteResult{ExecutionCount: 1, Data: d})
		if err != nil {
			t.Fatal(err)
		}
		var got, want ExecuteResult
		if err := errors.Join(json.Unmarshal(raw, &got), json.Unmarshal(plain, &want)); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q becomes %.100q", part, got.Data["text/html"])
		}
		if !maps.Equal(before, d) {
			t.Error("the content was changed")
		}
	})
}
