package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"syscall"
)

// box is where a sandbox of mode [Container] has its folders: there is no view that could show them elsewhere. It belongs to one user, whom nobody else is.
type box struct {
	dir   string
	id    int
	moved map[string]string // where a folder lies that the sandbox may write to, by its path

}

// The users that boxes may have: no system gives out these numbers, and a container that maps only 65536 users has them.
const firstBoxID, boxIDs = 20_000, 40_000

// contain makes a plan without namespaces and view. What it does without is said, and what stands in for it.
func contain(c *Command, missing []Finding) (*plan, []Finding, error) {
	without, err := bare(missing)
	if err != nil {
		return nil, nil, err
	}
	p := &plan{Argv: slices.Clone(c.Argv), Env: slices.Clone(c.Env), Files: len(c.Files), Limits: c.Limits.withDefaults(), Dir: c.Dir}
	for m := range namespaceFlags {
		p.Skip = append(p.Skip, m)
	}
	for _, f := range without {
		p.Skip = append(p.Skip, f.Mechanism)
	}
	b, err := newBox(c.Dirs)
	if err != nil {
		return nil, nil, fmt.Errorf("a folder for a sandbox: %w", err)
	}
	p.Box, p.ID = b.dir, b.id
	p.move(b)
	p.Writable = append([]string{b.dir}, devices...)
	p.Readable = append(slices.Clone(system), "/proc", "/etc/passwd", "/etc/group", "/etc/hosts", "/etc/nsswitch.conf")
	for _, d := range c.Dirs {
		if d.Access == ReadOnly {
			p.Readable = append(p.Readable, d.Path)
		}
	}
	return p, without, nil
}

// bare is what a sandbox of mode container does without, and what stands in for it.
func bare(missing []Finding) ([]Finding, error) {
	if os.Geteuid() != 0 {
		return nil, &UnsupportedError{[]Finding{{Mechanism: View, Err: errors.New("in mode container each sandbox is another user, and only root can become one")}}}
	}
	mode := errors.New("not in mode container")
	network := Finding{Mechanism: NetworkNamespace, Err: mode, Fallback: "a filter that refuses sockets of the network"}
	without := []Finding{
		{Mechanism: View, Err: mode, Fallback: "the permissions of files, for a user of its own"},
		{Mechanism: PIDNamespace, Err: mode, Fallback: "a user of its own, whose processes are ended"},
	}
	for _, f := range missing {
		switch f.Mechanism {
		case Seccomp:
			network.Fallback = ""
			fallthrough
		case Landlock, Cgroup:
			without = append(without, f)
		}
	}
	return append(without, network), nil
}

// newBox makes the folder, under a name that says whose it is, so that no two sandboxes have the same user.
func newBox(dirs []Dir) (b *box, err error) {
	b = &box{moved: map[string]string{}}
	for range 1000 {
		b.id = firstBoxID + rand.IntN(boxIDs)
		b.dir = filepath.Join(os.TempDir(), fmt.Sprintf("resident-box-%d", b.id))
		if err = os.Mkdir(b.dir, 0o711); !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err == nil {
		err = b.fill(dirs)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(b.dir))
	}
	return b, nil
}

func (b *box) fill(dirs []Dir) error {
	if err := os.Chmod(b.dir, 0o711); err != nil { // whatever the mask
		return err
	}
	if err := errors.Join(b.own(Home, ""), b.own("/tmp", "")); err != nil {
		return err
	}
	for _, d := range dirs {
		if d.Access == ReadOnly || d.Access == Blank {
			continue
		}
		from := d.Path
		if d.Access == Empty {
			from = ""
		}
		if err := b.own(d.Path, from); err != nil {
			return err
		}
	}
	for _, d := range dirs {
		if d.Access != ReadOnly {
			continue
		}
		if err := reachable(d.Path); err != nil {
			return err
		}
		if at := b.place(d.Path); at != d.Path {
			if err := os.Symlink(d.Path, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// own makes a folder of the sandbox's user, with a copy of what is in another.
func (b *box) own(path, from string) error {
	at := filepath.Join(b.dir, fmt.Sprint(len(b.moved)))
	if err := os.Mkdir(at, 0o700); err != nil {
		return err
	}
	b.moved[filepath.Clean(path)] = at
	if from != "" {
		if err := os.CopyFS(at, os.DirFS(from)); err != nil {
			return fmt.Errorf("copy %s: %w", from, err)
		}
	}
	return filepath.WalkDir(at, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(name, b.id, b.id)
	})
}

// place is where a path lies in the box, or the path itself. Of folders in each other the inner one counts. What was given lies beneath /tmp, too.
func (b *box) place(path string) string {
	for dir := filepath.Clean(path); dir != "/" && dir != "."; dir = filepath.Dir(dir) {
		if at, ok := b.moved[dir]; ok && (dir != "/tmp" || dir == path) {
			return at + strings.TrimPrefix(filepath.Clean(path), dir)
		}
	}
	return path
}

// move changes the arguments, variables and the working directory that name a folder which lies elsewhere.
func (p *plan) move(b *box) {
	if p.Dir == "" {
		p.Dir = Home
	}
	p.Dir = b.place(p.Dir)
	for i, arg := range p.Argv {
		if i > 0 && filepath.IsAbs(arg) {
			p.Argv[i] = b.place(arg)
		}
	}
	for i, v := range p.Env {
		if name, value, _ := strings.Cut(v, "="); filepath.IsAbs(value) && !strings.Contains(value, ":") {
			p.Env[i] = name + "=" + b.place(value)
		}
	}
}

// reachable says what keeps other users from a file, which the permissions of the folders around it may do.
func reachable(path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	for at := real; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return err
		}
		if info.IsDir() && info.Mode().Perm()&1 == 0 || !info.IsDir() && info.Mode().Perm()&4 == 0 {
			return fmt.Errorf("%s has to be readable for all users, and %s is not: keep the cache, modules and the program elsewhere (XDG_CACHE_HOME, GOMODCACHE)", path, at)
		}
		if at == "/" {
			return nil
		}
	}
}

// diskUsed sums up what the box holds. An empty file counts, too.
func (p *plan) diskUsed() (total int64) {
	filepath.WalkDir(p.Box, func(_ string, d fs.DirEntry, err error) error {
		if err != nil { // it was there a moment ago
			return nil
		}
		if info, err := d.Info(); err == nil {
			total += max(4096, info.Sys().(*syscall.Stat_t).Blocks*512)
		}
		return nil
	})
	return total
}
