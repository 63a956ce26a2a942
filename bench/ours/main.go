// Command ours is this project's side in the benchmarks of the runtime.
//
//	ours weights FILE VOCAB BLOCK LAYERS HEADS EMBED   write random weights of a GPT-2, in the format of llm.c
//	ours train FILE BATCH TOKENS                       a unit is a step of training; its number is the loss before it
//	ours adapt FILE BATCH TOKENS RANK                  the same of adapters of all matrices
//	ours decode FILE TYPE PROMPT TOKENS                a unit is the mean of so many tokens after a prompt; its number is the last highest logit
//	ours matmul nn|nt M N K TIMES                      a unit is the mean of some products A[M, K]·B[K, N] (nt: B[N, K]ᵀ); its number is their sum
//
// TYPE is that of the weights: f32, bf16 or i8. All but the first are racers (see bench/race). Peers read the same file and make the
// same tokens and matrices by formula, so that the numbers of all agree.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/resident-go/resident/runtime/cpu"
	"github.com/resident-go/resident/runtime/device"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "ours:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("want weights, train, adapt, decode or matmul")
	}
	switch what, args := args[0], args[1:]; what {
	case "weights":
		n, err := numbers(args, 1, 5)
		if err != nil {
			return err
		}
		return makeWeights(args[0], n)
	case "train":
		n, err := numbers(args, 1, 2)
		if err != nil {
			return err
		}
		return train(args[0], n[0], n[1])
	case "adapt":
		n, err := numbers(args, 1, 3)
		if err != nil {
			return err
		}
		return adapt(args[0], n[0], n[1], n[2])
	case "decode":
		n, err := numbers(args, 2, 2)
		if err != nil {
			return err
		}
		return decode(args[0], args[1], n[0], n[1])
	case "matmul":
		n, err := numbers(args, 1, 4)
		if err != nil {
			return err
		}
		return matmul(args[0] == "nt", n[0], n[1], n[2], n[3])
	default:
		return fmt.Errorf("%s: want weights, train, adapt, decode or matmul", what)
	}
}

// numbers reads the arguments that follow some words.
func numbers(args []string, words, count int) (all []int, err error) {
	if len(args) != words+count {
		return nil, fmt.Errorf("%d arguments %q, want %d", len(args), args, words+count)
	}
	for _, text := range args[words:] {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q: want a number from 1 on", text)
		}
		all = append(all, n)
	}
	return all, nil
}

// serve does units as a racer. need is the memory that the task takes at least, or 0; about says what is done.
func serve(need int, about string, unit func() (seconds, result float64, err error)) error {
	info := device.Auto().Info()
	detail := strings.TrimSuffix(info.Detail, fmt.Sprintf(", %d threads", info.Threads))
	fmt.Printf("ready %d this runtime, %s, %s\n", need, about, detail)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		threads, err := strconv.Atoi(lines.Text())
		if err != nil || threads < 1 {
			return fmt.Errorf("told to use %q threads", lines.Text())
		}
		runtime.GOMAXPROCS(threads)
		cpu.SetThreads(threads)
		seconds, result, err := unit()
		if err != nil {
			return err
		}
		fmt.Println(seconds, result)
	}
	return nil
}

// formula makes tokens: the linear congruential generator of Numerical Recipes.
type formula uint32

func (f *formula) tokens(n, vocab int) []int32 {
	ids := make([]int32, n)
	for i := range ids {
		*f = *f*1664525 + 1013904223
		ids[i] = int32(int(*f>>8) % vocab)
	}
	return ids
}
