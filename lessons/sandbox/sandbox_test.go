package sandbox

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	Stage()
	os.Exit(m.Run())
}

func TestProbe(t *testing.T) {
	for _, f := range Probe(t.Context()) {
		t.Logf("%-18s %v %s (%s)", f.Mechanism, f.Err, f.Detail, f.Fallback)
	}
}
