package display

import (
	"fmt"
	"reflect"
)

// maxSequence is how many elements of an iterator are taken.
const maxSequence = 100

// sequence is what an iterator has yielded, up to a limit: a slice of its elements, or pairs.
type sequence struct {
	firsts, seconds reflect.Value // slices; seconds is valid for pairs
	more            bool          // it would have gone on
	panicked        any
}

// sequenceOf takes elements from an iterator, an iter.Seq or iter.Seq2 of any element types.
func sequenceOf(v any) (s *sequence, ok bool) {
	f := reflect.ValueOf(v)
	if !f.IsValid() || f.Kind() != reflect.Func || f.IsNil() || speaks(f.Type()) {
		return nil, false
	}
	t := f.Type()
	if !t.CanSeq() && !t.CanSeq2() {
		return nil, false
	}
	s = &sequence{}
	yield := t.In(0)
	s.firsts = reflect.MakeSlice(reflect.SliceOf(yield.In(0)), 0, 0)
	if t.CanSeq2() {
		s.seconds = reflect.MakeSlice(reflect.SliceOf(yield.In(1)), 0, 0)
	}
	s.take(f)
	return s, true
}

// take calls the iterator. What it yielded before it panicked is kept.
func (s *sequence) take(f reflect.Value) {
	defer func() { s.panicked = recover() }()
	if !s.seconds.IsValid() {
		for x := range f.Seq() {
			if s.more = s.firsts.Len() == maxSequence; s.more {
				return
			}
			s.firsts = reflect.Append(s.firsts, x)
		}
		return
	}
	for k, x := range f.Seq2() {
		if s.more = s.firsts.Len() == maxSequence; s.more {
			return
		}
		s.firsts, s.seconds = reflect.Append(s.firsts, k), reflect.Append(s.seconds, x)
	}
}

func (s *sequence) plain() string {
	p := printer{open: map[place]bool{}}
	p.WriteByte('[')
	for i := range s.firsts.Len() {
		if i > 0 {
			p.WriteByte(' ')
		}
		p.value(s.firsts.Index(i), 1)
		if s.seconds.IsValid() {
			p.WriteByte(':')
			p.value(s.seconds.Index(i), 1)
		}
	}
	if s.more {
		p.WriteString(" … and more")
	}
	p.WriteByte(']')
	if s.panicked != nil {
		fmt.Fprintf(&p, " (going on panicked: %v)", s.panicked)
	}
	return p.String()
}

// html is a table where the elements have parts or come in pairs, nothing otherwise.
func (s *sequence) html() (string, bool) {
	t := &table{}
	switch {
	case s.firsts.Len() == 0:
		return "", false
	case s.seconds.IsValid():
		t.head = []string{"key", "value"}
		for i := range s.firsts.Len() {
			t.row(s.firsts.Index(i), s.seconds.Index(i))
		}
	case tabular(s.firsts):
		t.fromList(s.firsts)
	default:
		return "", false
	}
	if s.more {
		return t.html() + "<p>… and more rows</p>", true
	}
	return t.html(), true
}
