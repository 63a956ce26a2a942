package nbformat_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/resident-go/resident/nbformat"
	"github.com/resident-go/resident/nbformat/schema"
)

// Read a notebook of any version, work on it, write it as nbformat 4.5.
func Example() {
	const old = `{"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "Old"}, "worksheets": [{"cells": [
		{"cell_type": "heading", "level": 2, "source": "Sums"},
		{"cell_type": "code", "language": "go", "input": ["a := 1", "a + 1"], "outputs": []}]}]}`
	nb, err := nbformat.Read(strings.NewReader(old))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range nb.Cells {
		fmt.Printf("%s: %q\n", c.Type, c.Source)
	}
	sum := &nb.Cells[1]
	sum.ExecutionCount = 1
	sum.Outputs = []nbformat.Output{{
		Type:           nbformat.ExecuteResult,
		Data:           map[string]any{"text/plain": "2"},
		ExecutionCount: 1,
	}}
	nb.Cells = nb.Cells[1:]
	if err := schema.Validate(nb); err != nil {
		fmt.Println(err)
	}
	if err := nbformat.Write(os.Stdout, nb); err != nil {
		fmt.Println(err)
	}
	// Output:
	// markdown: "## Sums"
	// code: "a := 1\na + 1"
	// {
	//  "cells": [
	//   {
	//    "cell_type": "code",
	//    "execution_count": 1,
	//    "id": "91aea210",
	//    "metadata": {},
	//    "outputs": [
	//     {
	//      "data": {
	//       "text/plain": [
	//        "2"
	//       ]
	//      },
	//      "execution_count": 1,
	//      "metadata": {},
	//      "output_type": "execute_result"
	//     }
	//    ],
	//    "source": [
	//     "a := 1\n",
	//     "a + 1"
	//    ]
	//   }
	//  ],
	//  "metadata": {},
	//  "nbformat": 4,
	//  "nbformat_minor": 5
	// }
}

// A Collector is the Sink of one cell; the cells of a document share Displays.
func ExampleCollector() {
	var document nbformat.Displays
	first, second := nbformat.NewCollector(&document), nbformat.NewCollector(&document)

	first.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: "10%\r"})
	first.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: "100%\n"})
	first.Output(nbformat.Output{Type: nbformat.DisplayData, Data: map[string]any{"text/plain": "training"}, DisplayID: "state"})
	second.Output(nbformat.Output{Type: nbformat.DisplayData, Data: map[string]any{"text/plain": "trained"}, DisplayID: "state", Update: true})

	for _, o := range first.Outputs() {
		fmt.Printf("%s %q %v\n", o.Type, o.Text, o.Data)
	}
	fmt.Println(len(second.Outputs()))
	// Output:
	// stream "100%\n" map[]
	// display_data "" map[text/plain:trained]
	// 0
}
