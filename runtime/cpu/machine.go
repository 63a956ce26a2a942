package cpu

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// model is what the maker calls the processor, as far as Linux tells.
func model() string {
	for _, key := range []string{"model name", "Model", "Hardware"} {
		if name := firstField("/proc/cpuinfo", key); name != "" {
			return name
		}
	}
	return runtime.GOARCH
}

// memory is the machine's memory in bytes, 0 where Linux does not tell.
func memory() int64 {
	kib, err := strconv.ParseInt(strings.TrimSuffix(firstField("/proc/meminfo", "MemTotal"), " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return kib * 1024
}

// firstField is the value of the first line "key: value" in a file, "" if there is none.
func firstField(file, key string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if k, v, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// detail says what decides the processor's speed: the instructions in use, how many threads there are.
func detail() string {
	words := append([]string{Level()}, Features()...)
	if !vector {
		words = []string{"pure Go"}
	}
	return strings.Join(append(words, strconv.Itoa(Threads())+" threads"), ", ")
}
