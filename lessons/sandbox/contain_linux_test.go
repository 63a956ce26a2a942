package sandbox

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// contained are the rows of the corpus that come to something else in mode container, where a cheat sees that there is more than it may touch.
var contained = map[string]struct{ says, ends string }{
	"it sees no process but its own":             {says: `\d+`},
	"it reads the environment of process 1":      {says: "EACCES"},
	"it opens the memory of process 1":           {says: "EACCES"},
	"it goes through the root of process 1":      {says: "EACCES"},
	"it kills everything":                        {says: "|done|ESRCH|EPERM", ends: "|.*SIGKILL"},
	"it kills who started it":                    {says: "EPERM"},
	"it reads a file of the machine":             {says: "EACCES"},
	"it reads the machine's users":               {says: "EACCES"},
	"it lists the home of who started it":        {says: "EACCES"},
	"it follows a link in its folder":            {says: "EACCES"},
	"it makes a link to a file of the machine":   {says: "EACCES"},
	"it connects to a server on the machine":     {says: "EPERM"},
	"it connects to the world":                   {says: "EPERM"},
	"it connects to an abstract socket":          {says: "EPERM"},
	"it connects to a socket in a folder":        {says: "EACCES"},
	"it has a server of its own":                 {says: ".*not permitted"},
	"it fills the disk":                          {says: "", ends: "more disk than its limit"},
	"it makes files without end":                 {says: "", ends: "more disk than its limit"},
	"it overwrites through a link in its folder": {says: "EACCES"},
	"it writes to a folder it may read":          {says: "EACCES"},
	"it locks a file that others lock":           {says: "EAGAIN"},
	"it reads a file that is blank for it":       {says: "ours"},
	"it writes to the root":                      {says: "EACCES"},
	"it reads a file that its caller left open":  {says: "none"},
	"it reads memory of process 1":               {says: "EPERM"},
	"it calls what the filter does not know":     {says: "EPERM"},
	"its environment is what it was given":       {says: "LANG=C.UTF-8;HOME=/[^;]*/resident-box-[0-9]+/0;TMPDIR=/[^;]*/resident-box-[0-9]+/1;"},
}

// inContainer starts a sandbox as on a machine that lacks this, besides control groups, which containers do not have.
func inContainer(lacks ...Mechanism) func(context.Context, Command) (*Process, error) {
	return func(ctx context.Context, c Command) (*Process, error) {
		none := []Finding{{Mechanism: Cgroup, Err: errors.New("not here")}}
		for _, m := range lacks {
			none = append(none, Finding{Mechanism: m, Err: errors.New("not here")})
		}
		p, without, err := contain(&c, none)
		if err != nil {
			return nil, err
		}
		return p.run(ctx, &c, without)
	}
}

// public makes the cheats' program and a folder that others may read: those of a test are closed to them.
func (w *world) public(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	data, err := os.ReadFile(w.program)
	if err != nil {
		t.Fatal(err)
	}
	w.program = filepath.Join(dir, "sandbox.test")
	if err := errors.Join(os.WriteFile(w.program, data, 0o755), os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
}

// TestContainer runs the corpus where there are no namespaces, with landlock and, as on older kernels, without.
func TestContainer(t *testing.T) {
	if os.Geteuid() != 0 {
		_, _, err := contain(&Command{}, nil)
		if u := new(UnsupportedError); !errors.As(err, &u) {
			t.Errorf("who is not root has a sandbox in mode container: %v", err)
		}
		return
	}
	w := newWorld(t)
	w.public(t)
	w.start = inContainer()
	for _, row := range corpus {
		t.Run(row.name, func(t *testing.T) {
			limits := small
			if row.limits != nil {
				row.limits(&limits)
			}
			says, ends := row.says, row.ends
			if other, ok := contained[row.name]; ok {
				says, ends = other.says, other.ends
			}
			w.holds(t, row.cheat, limits, says, ends)
		})
	}
	w.start = inContainer(Landlock)
	if err := os.Chmod(w.secret, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, cheat := range [][]string{{"read", "SECRET"}, {"write", "SECRET"}, {"read", "LAYER/link"}, {"write", "READABLE/forged"}, {"read", "/etc/shadow"}, {"write", "/usr/forged"}, {"mem"}} {
		t.Run("without landlock: "+strings.Join(cheat, " "), func(t *testing.T) { w.holds(t, cheat, small, "EACCES|EPERM|EROFS", "") })
	}
	w.untouched(t)
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "resident-box-*")); err != nil || len(left) > 0 {
		t.Errorf("boxes are left: %v, %v", left, err)
	}
}

// What the sandbox's user cannot reach is said before it runs.
func TestReachable(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o755), os.Mkdir(filepath.Join(dir, "closed"), 0o700), os.Mkdir(filepath.Join(dir, "closed/in"), 0o755),
		os.Mkdir(filepath.Join(dir, "open"), 0o755), os.WriteFile(filepath.Join(dir, "open/mine"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"open": "", "closed": "closed is not", "closed/in": "closed is not", "open/mine": "mine is not", "none": "no such file"} {
		if err := reachable(filepath.Join(dir, path)); !strings.Contains(cmp.Or(text(err), want), want) || (err == nil) != (want == "") {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// Every box has a user of its own, and what it does without is named with what stands in for it.
func TestBoxes(t *testing.T) {
	if os.Geteuid() != 0 {
		return // TestContainer has asked
	}
	users := map[int]bool{}
	for range 20 {
		p, without, err := contain(&Command{Argv: []string{"/bin/true"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(p.Box)
		users[p.ID] = true
		if info, err := os.Stat(p.Box); err != nil || info.Mode() != fs.ModeDir|0o711 {
			t.Errorf("%v, %v", info, err)
		}
		if slices.ContainsFunc(without, func(f Finding) bool { return f.Fallback == "" }) {
			t.Errorf("nothing stands in for one of %v", without)
		}
	}
	if len(users) != 20 {
		t.Errorf("20 boxes have %d users", len(users))
	}
}
