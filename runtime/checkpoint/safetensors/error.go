package safetensors

import (
	"fmt"
	"unicode/utf8"
)

// FormatError says why a file is not what the format or its index promises.
type FormatError struct {
	File    string // as it was named to Open or NewReader
	Tensor  string // empty when the fault is not that of one tensor
	Problem string // what was found and what was expected
}

func (e *FormatError) Error() string {
	where := "read " + quoted(e.File)
	if e.Tensor != "" {
		where += ": tensor " + quoted(e.Tensor)
	}
	return where + ": " + e.Problem
}

// quoted makes text of unknown origin fit for one line of an error.
func quoted(s string) string {
	const most = 120
	if len(s) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		return fmt.Sprintf("%q...", s[:cut])
	}
	return fmt.Sprintf("%q", s)
}

// fault is a FormatError whose file is not known yet.
func fault(tensor, format string, args ...any) *FormatError {
	return &FormatError{Tensor: tensor, Problem: fmt.Sprintf(format, args...)}
}
