package nbformat_test

import (
	"testing"

	"github.com/resident-go/resident/nbformat"
)

func TestReadTerms(t *testing.T) {
	seven := uint64(7)
	for _, row := range []struct {
		metadata string
		want     nbformat.Terms
		err      string
	}{
		{"", nbformat.Terms{}, ""},
		{"{}", nbformat.Terms{}, ""},
		{`{"lesson": {"name": "a"}, "tags": []}`, nbformat.Terms{}, ""},
		{`{"lesson": {"seed": 7}}`, nbformat.Terms{Seed: &seven}, ""},
		{`{"lesson": {"memory": "256MB", "seed": 7}}`, nbformat.Terms{Seed: &seven, Memory: 256_000_000}, ""},
		{`{"lesson": {"memory": "1.5GiB"}}`, nbformat.Terms{Memory: 3 << 29}, ""},
		{`{"lesson": {"memory": "64 kB"}}`, nbformat.Terms{}, `the cell's metadata.lesson.memory: want a size such as "256MB" or "1.5GiB", from 1MB on, got "64 kB"`},
		{`{"lesson": {"memory": "12"}}`, nbformat.Terms{}, `the cell's metadata.lesson.memory: want a size such as "256MB" or "1.5GiB", from 1MB on, got "12"`},
		{`{"lesson": {"memory": "NaNMB"}}`, nbformat.Terms{}, `the cell's metadata.lesson.memory: want a size such as "256MB" or "1.5GiB", from 1MB on, got "NaNMB"`},
		{`{"lesson": {"seed": -1}}`, nbformat.Terms{}, "the cell's metadata.lesson: json: cannot unmarshal number -1 into Go struct field .lesson.seed of type uint64"},
		{`{"lesson": 3}`, nbformat.Terms{}, "the cell's metadata.lesson: json: cannot unmarshal number into Go struct field .lesson of type struct { Seed *uint64 \"json:\\\"seed\\\"\"; Memory string \"json:\\\"memory\\\"\" }"},
	} {
		got, err := nbformat.ReadTerms([]byte(row.metadata))
		if row.err != "" {
			if err == nil || err.Error() != row.err {
				t.Errorf("%s: error %v, want %s", row.metadata, err, row.err)
			}
			continue
		}
		same := err == nil && got.Memory == row.want.Memory && (got.Seed == nil) == (row.want.Seed == nil) && (got.Seed == nil || *got.Seed == *row.want.Seed)
		if !same {
			t.Errorf("%s: got %+v (%v), want %+v", row.metadata, got, err, row.want)
		}
		if again := nbformat.TermsOf(got.With(t.Context())); again != got {
			t.Errorf("%s: the context has %+v, want %+v", row.metadata, again, got)
		}
	}
}
