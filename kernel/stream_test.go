package kernel

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

// TestStream writes and compares the messages that come out, as "o" (stdout) or "e" (stderr) and the text.
// "|" is a flush, "." the end, "+" the delay passing.
func TestStream(t *testing.T) {
	const euro = "\xe2\x82\xac"
	rows := []struct {
		name   string
		writes []string
		want   []string
	}{
		{"pieces become one", []string{"oa", "ob", "oc", "."}, []string{"oabc"}},
		{"nothing is nothing", []string{"|", ".", "o", "."}, nil},
		{"flush sends", []string{"oa", "|", "ob", "."}, []string{"oa", "ob"}},
		{"the delay sends", []string{"oa", "ob", "+", "oc", "+"}, []string{"oab", "oc"}},
		{"the other name sends", []string{"oa", "eb", "oc", "."}, []string{"oa", "eb", "oc"}},
		{"half a character waits", []string{"oa" + euro[:2], "|", "o" + euro[2:] + "b", "."}, []string{"oa", "o€b"}},
		{"half a character waits for its own name", []string{"o" + euro[:1], "eb", "o" + euro[1:], "."}, []string{"eb", "o€"}},
		{"half a character at the end", []string{"oa" + euro[:2], "."}, []string{"oa", "o" + euro[:2]}},
		{"bytes that are no text", []string{"o\xff\xfe", "."}, []string{"o\xff\xfe"}},
		{"a long run of tail bytes", []string{"o\x80\x80\x80\x80", "."}, []string{"o\x80\x80\x80\x80"}},
		{"after the end", []string{"oa", ".", "ob", "+"}, []string{"oa", "ob"}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []string
				s := newStream(func(name, text string) { got = append(got, name[3:4]+text) })
				for _, w := range r.writes {
					switch w[0] {
					case '|':
						s.flush()
					case '.':
						s.end()
					case '+':
						time.Sleep(streamDelay)
						synctest.Wait()
					default:
						s.write(map[byte]string{'o': "stdout", 'e': "stderr"}[w[0]], w[1:])
					}
				}
				if !slices.Equal(got, r.want) {
					t.Errorf("got %q, want %q", got, r.want)
				}
			})
		})
	}
}

func TestStreamSplitsLongText(t *testing.T) {
	text := strings.Repeat("x", 7) + strings.Repeat("€", streamSize)
	var got []string
	s := newStream(func(_, text string) { got = append(got, text) })
	s.write("stdout", text)
	s.end()
	for i, g := range got {
		if len(g) > streamSize || !utf8.ValidString(g) {
			t.Errorf("message %d has %d bytes, valid %v", i, len(g), utf8.ValidString(g))
		}
	}
	if strings.Join(got, "") != text {
		t.Error("the pieces together are not the text")
	}
}

// TestStreamCoalesces: many small writes make few messages, at most one for each delay.
func TestStreamCoalesces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := 0
		s := newStream(func(string, string) { messages++ })
		for i := range 1000 {
			s.write("stdout", fmt.Sprintln(i))
			time.Sleep(time.Millisecond)
		}
		s.end()
		if most := int(time.Second/streamDelay) + 1; messages > most {
			t.Errorf("%d messages in a second, want at most %d", messages, most)
		}
	})
}
