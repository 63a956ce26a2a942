package sandbox

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What is missing is refused, or named; what cannot be missed is refused in every mode.
func TestModes(t *testing.T) {
	none := errors.New("not here")
	for _, row := range []struct {
		missing         Finding
		strict, besides bool // whether there is a sandbox
	}{
		{Finding{Mechanism: Cgroup, Err: none, Fallback: "limits"}, true, true},
		{Finding{Mechanism: Seccomp, Err: none}, false, true},
		{Finding{Mechanism: Landlock, Err: none}, false, true},
		{Finding{Mechanism: UserNamespace, Err: none}, false, true},
		{Finding{Mechanism: NetworkNamespace, Err: none}, false, true},
		{Finding{Mechanism: MountNamespace, Err: none}, false, false},
		{Finding{Mechanism: PIDNamespace, Err: none}, false, false},
		{Finding{Mechanism: View, Err: none}, false, false},
	} {
		for mode, want := range map[Mode]bool{Strict: row.strict, BestEffort: row.besides} {
			without, err := mode.accept([]Finding{row.missing})
			if (err == nil) != want {
				t.Errorf("mode %d without %s: %v", mode, row.missing.Mechanism, err)
			}
			if err == nil && (len(without) != 1 || without[0].Mechanism != row.missing.Mechanism) {
				t.Errorf("mode %d does not name %s: %v", mode, row.missing.Mechanism, without)
			}
			if u := new(UnsupportedError); err != nil && (!errors.As(err, &u) || !strings.Contains(err.Error(), string(row.missing.Mechanism))) {
				t.Errorf("mode %d refuses %s with %v", mode, row.missing.Mechanism, err)
			}
		}
	}
}

// A sandbox that does without something has the rest.
func TestWithout(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		skip   Mechanism
		rights string
	}{
		{Seccomp, "0+ 0+ 0+ 0+ 0+ 1 0"},
		{Landlock, "0+ 0+ 0+ 0+ 0+ 1 2"},
		{Cgroup, "0+ 0+ 0+ 0+ 0+ 1 2"},
		{NetworkNamespace, "0+ 0+ 0+ 0+ 0+ 1 2"},
		{IPCNamespace, "0+ 0+ 0+ 0+ 0+ 1 2"},
		{UTSNamespace, "0+ 0+ 0+ 0+ 0+ 1 2"},
		{UserNamespace, "0+ 0+ 0+ 0+ 0+ 1 2"},
	} {
		t.Run(string(row.skip), func(t *testing.T) {
			if row.skip == UserNamespace && os.Geteuid() != 0 {
				return // others than root have nothing without one, which tryParts finds
			}
			var out bytes.Buffer
			c := Command{Argv: []string{exe, "cheat", "rights"}, Dirs: []Dir{{Path: exe}}, Stdout: &out, Stderr: &out, Limits: small}
			p, err := newPlan(&c)
			if err != nil {
				t.Fatal(err)
			}
			p.Skip = []Mechanism{row.skip}
			b, err := p.run(t.Context(), &c, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Wait(); err != nil || !matches(row.rights, out.String()) {
				t.Errorf("%v, rights %q, want %q", err, out.String(), row.rights)
			}
		})
	}
}

// Who writes too fast waits, and nothing is lost.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &meter{max: Limits{OutBytes: 1 << 30, OutLines: 1 << 30, OutPerSec: 1000}.withDefaults(), over: func(l *LimitError) { t.Error(l) }}
		start := time.Now()
		for range 100 {
			if !m.count(100, 1) {
				t.Fatal("output within the limits was refused")
			}
		}
		if took := time.Since(start); took < 8*time.Second || took > 11*time.Second {
			t.Errorf("10000 bytes at 1000 a second took %v", took)
		}
	})
}
