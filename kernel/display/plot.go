package display

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Plots are drawn six inches wide and four high; lengths are in points.
const plotWidth, plotHeight = 432, 288

// plotted draws what has gonum/plot's method WriterTo(width, height vg.Length, format string) (io.WriterTo, error). The
// lengths have a type of gonum/plot's own, so the method is called by reflection.
func plotted(v any) (svg string, ok bool) {
	method := reflect.ValueOf(v).MethodByName("WriterTo")
	if !method.IsValid() {
		return "", false
	}
	t := method.Type()
	if t.NumIn() != 3 || t.In(0).Kind() != reflect.Float64 || t.In(1) != t.In(0) || t.In(2).Kind() != reflect.String ||
		t.NumOut() != 2 || t.Out(0) != reflect.TypeFor[io.WriterTo]() || t.Out(1) != reflect.TypeFor[error]() {
		return "", false
	}
	results := method.Call([]reflect.Value{
		reflect.ValueOf(plotWidth).Convert(t.In(0)), reflect.ValueOf(plotHeight).Convert(t.In(1)),
		reflect.ValueOf("svg").Convert(t.In(2)),
	})
	if err, failed := results[1].Interface().(error); failed {
		panic(fmt.Sprintf("drawing: %v", err))
	}
	var b strings.Builder
	if _, err := results[0].Interface().(io.WriterTo).WriteTo(&b); err != nil {
		panic(fmt.Sprintf("drawing: %v", err))
	}
	return b.String(), true
}
