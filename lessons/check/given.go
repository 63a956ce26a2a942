package check

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Given is an argument of a case that is worked out where the author's code runs, and enters the student's process as data: a grader need not run there what made it. It
// may be a number, a string or a boolean, or a slice, an array or a map of them. Where a reader runs the cell, it is its argument.
func Given[T any](v T) T { return v }

// Printed calls a function and returns what it has printed on standard output.
func Printed(f func()) string {
	r, w, err := os.Pipe()
	if err != nil {
		panic(fmt.Errorf("check.Printed: %w", err))
	}
	text := make(chan string)
	go func() {
		var b bytes.Buffer
		io.Copy(&b, io.LimitReader(r, maxText+1))
		io.Copy(io.Discard, r) // who floods must not wait for a reader
		text <- b.String()
	}()
	stdout := os.Stdout
	os.Stdout = w
	defer r.Close()
	defer func() {
		os.Stdout = stdout
		w.Close()
	}()
	f()
	w.Close()
	return <-text
}

// Caught calls a function and returns what it panicked with, or that it did not.
func Caught(f func()) (values []Value) {
	returned := false
	defer func() {
		if v := recover(); !returned {
			values = []Value{{Kind: Panic, Text: strings.ToValidUTF8(short(fmt.Sprint(v)), "\uFFFD")}}
		}
	}()
	f()
	returned = true
	return []Value{{Kind: Nil}}
}

// Literal writes a value as Go: what [Given] may be. Types that are declared somewhere cannot be named from everywhere, and are refused.
func Literal(v any) (string, error) {
	if v == nil || !plain(reflect.TypeOf(v)) {
		return "", fmt.Errorf("check.Given takes numbers, strings, booleans, and slices, arrays and maps of them, not %T", v)
	}
	var b strings.Builder
	if err := literal(&b, reflect.ValueOf(v), false); err != nil {
		return "", fmt.Errorf("check.Given of %T: %w", v, err)
	}
	return b.String(), nil
}

// plain tells a type that needs no declaration, down to its elements.
func plain(t reflect.Type) bool {
	switch k := t.Kind(); {
	case t.PkgPath() != "":
		return false
	case k == reflect.Map:
		return plain(t.Key()) && plain(t.Elem())
	case k == reflect.Slice, k == reflect.Array:
		return plain(t.Elem())
	default:
		return k == reflect.Bool || k == reflect.String || isNumber(k)
	}
}

// literal writes a value. In a list its type is said already.
func literal(b *strings.Builder, v reflect.Value, typed bool) error {
	t := v.Type()
	open := func(text string) {
		if !typed {
			b.WriteString(t.String() + "(")
		}
		b.WriteString(text)
		if !typed {
			b.WriteString(")")
		}
	}
	switch v.Kind() {
	case reflect.Bool:
		open(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		open(strconv.FormatInt(v.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		open(strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) || f == 0 && math.Signbit(f) {
			return fmt.Errorf("%v has no literal", f)
		}
		open(strconv.FormatFloat(v.Float(), 'g', -1, t.Bits()))
	case reflect.String:
		open(strconv.Quote(v.String()))
	default:
		return literals(b, v)
	}
	return nil
}

func literals(b *strings.Builder, v reflect.Value) error {
	b.WriteString(v.Type().String() + "{")
	if v.Kind() != reflect.Map {
		for i := range v.Len() {
			if err := literal(b, v.Index(i), true); err != nil {
				return err
			}
			b.WriteString(", ")
		}
		b.WriteString("}")
		return nil
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int { return compareKeys(encode(x), encode(y)) })
	for _, k := range keys {
		if err := literal(b, k, true); err != nil {
			return err
		}
		b.WriteString(": ")
		if err := literal(b, v.MapIndex(k), true); err != nil {
			return err
		}
		b.WriteString(", ")
	}
	b.WriteString("}")
	return nil
}
