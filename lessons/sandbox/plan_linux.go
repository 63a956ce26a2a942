package sandbox

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The user of a sandbox: what it is called inside, and which one root's sandboxes have outside. Sandboxes of other users have that
// user outside.
const (
	insideID  = 1000
	outsideID = 65534
)

// plan is what the stages carry out. It is made outside, where the machine's file system can be seen.
type plan struct {
	Argv, Env []string
	Dir       string
	Files     int // how many descriptors from 3 on are the command's
	Mounts    []mount
	Writable  []string // for landlock
	Readable  []string // likewise; nil is everything that can be seen
	Box       string   // the folder of a sandbox that has no view
	Limits    Limits
	Skip      []Mechanism // missing ones
	ID        int         // the user of the command, as the first stage sees it
}

func (p *plan) has(m Mechanism) bool { return !slices.Contains(p.Skip, m) }

// mount is one piece of the file system view.
type mount struct {
	Kind kind
	Path string // inside
	From string // outside, or what a link or a file holds
}

type kind int

const (
	bind    kind = iota // read-only
	layered             // written to above
	empty
	blank // an empty file of its own
	link
	file
	device
)

// system are the folders that programs are in, and what they need of /etc. Those that a machine lacks are left out.
var system = []string{
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
	"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/mime.types", "/etc/protocols", "/etc/services",
}

var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}

// written are files that say who the user is, and links that programs expect.
var written = []mount{
	{file, "/etc/passwd", fmt.Sprintf("student:x:%d:%d::%s:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\n", insideID, insideID, Home)},
	{file, "/etc/group", fmt.Sprintf("student:x:%d:\nnogroup:x:65534:\n", insideID)},
	{file, "/etc/hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n"},
	{file, "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"},
	{link, "/dev/fd", "/proc/self/fd"}, {link, "/dev/stdin", "/proc/self/fd/0"}, {link, "/dev/stdout", "/proc/self/fd/1"}, {link, "/dev/stderr", "/proc/self/fd/2"},
	{empty, "/tmp", ""}, {empty, "/dev/shm", ""}, {empty, Home, ""},
}

func newPlan(c *Command) (*plan, error) {
	p := &plan{Argv: c.Argv, Env: c.Env, Dir: cmp.Or(c.Dir, Home), Files: len(c.Files), Limits: c.Limits.withDefaults(), ID: insideID}
	if os.Geteuid() == 0 {
		p.ID = outsideID
	}
	p.Mounts = slices.Clone(written)
	for _, path := range system {
		if err := p.addSystem(path); err != nil {
			return nil, err
		}
	}
	for _, path := range devices {
		p.Mounts = append(p.Mounts, mount{device, path, path})
	}
	for _, d := range c.Dirs {
		m, err := given(d)
		if err != nil {
			return nil, err
		}
		p.Mounts = append(p.Mounts, m)
	}
	// A folder comes before what is mounted in it.
	slices.SortStableFunc(p.Mounts, func(a, b mount) int { return strings.Count(a.Path, "/") - strings.Count(b.Path, "/") })
	p.Mounts = slices.DeleteFunc(p.Mounts, p.covered)
	for _, m := range p.Mounts {
		if m.Kind == empty || m.Kind == layered || m.Kind == device {
			p.Writable = append(p.Writable, m.Path)
		}
	}
	return p, nil
}

// addSystem adds a folder of the system, or the link that it is on many: /bin is /usr/bin there.
func (p *plan) addSystem(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return nil
	}
	if info.Mode()&os.ModeSymlink != 0 {
		to, err := os.Readlink(path)
		if err != nil {
			return fmt.Errorf("read the link %s: %w", path, err)
		}
		p.Mounts = append(p.Mounts, mount{link, path, to})
		return nil
	}
	p.Mounts = append(p.Mounts, mount{bind, path, path})
	return nil
}

// given is the mount of a folder that the caller names.
func given(d Dir) (mount, error) {
	path := filepath.Clean(d.Path)
	if !filepath.IsAbs(path) || path == "/" {
		return mount{}, fmt.Errorf("sandbox folder %q: an absolute path below / is needed", d.Path)
	}
	switch d.Access {
	case Empty:
		return mount{empty, path, ""}, nil
	case Blank:
		return mount{blank, path, ""}, nil
	}
	from, err := filepath.EvalSymlinks(path)
	if err != nil {
		return mount{}, fmt.Errorf("sandbox folder: %w", err)
	}
	if d.Access == Layered {
		return mount{layered, path, from}, nil
	}
	return mount{bind, path, from}, nil
}

// covered reports whether a read-only folder is in another that the sandbox has anyway, as GOROOT is in /usr/local.
func (p *plan) covered(m mount) bool {
	return m.Kind == bind && m.Path == m.From && slices.ContainsFunc(p.Mounts, func(o mount) bool {
		return o.Kind == bind && o.Path == o.From && strings.HasPrefix(m.Path, o.Path+"/")
	})
}
