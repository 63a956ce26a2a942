package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Where things are while the view is built: the machine's root, and the one file system in memory that holds all that is writable.
const (
	oldRoot = "/.old"
	scratch = "/.scratch"
)

// view builds the file system of the sandbox and moves into it. The first stage calls it, in a mount namespace of its own.
type view struct {
	plan   *plan
	layers int
}

func (v *view) build() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	// The new root is a small file system in memory, which becomes read-only.
	if err := unix.Mount("sandbox", "/tmp", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755,size=4m"); err != nil {
		return fmt.Errorf("mount the root: %w", err)
	}
	if err := os.Mkdir("/tmp"+oldRoot, 0o700); err != nil {
		return fmt.Errorf("build the root: %w", err)
	}
	if err := unix.PivotRoot("/tmp", "/tmp"+oldRoot); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := v.mountProc(); err != nil {
		return err
	}
	if err := v.mountScratch(); err != nil {
		return err
	}
	for _, m := range v.plan.Mounts {
		if err := v.mount(m); err != nil {
			return fmt.Errorf("show %s: %w", m.Path, err)
		}
	}
	return v.close()
}

// mountProc shows the processes of the sandbox's namespace, of those the user's own, and nothing of the machine.
func (v *view) mountProc() error {
	if err := os.Mkdir("/proc", 0o555); err != nil {
		return fmt.Errorf("build the root: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "hidepid=invisible,subset=pid"); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return nil
}

func (v *view) mountScratch() error {
	if err := os.Mkdir(scratch, 0o700); err != nil {
		return fmt.Errorf("build the root: %w", err)
	}
	options := fmt.Sprintf("mode=700,size=%d,nr_inodes=%d", v.plan.Limits.Disk, max(v.plan.Limits.Disk>>14, 1024))
	if err := unix.Mount("scratch", scratch, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mount the writable file system: %w", err)
	}
	return nil
}

// close takes the machine's root away and makes what is left of the new one read-only.
func (v *view) close() error {
	for _, dir := range []string{oldRoot, scratch} { // what is mounted from the latter stays
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			return fmt.Errorf("unmount %s: %w", dir, err)
		}
		if err := os.Remove(dir); err != nil {
			return fmt.Errorf("remove %s: %w", dir, err)
		}
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return fmt.Errorf("make the root read-only: %w", err)
	}
	return nil
}

func (v *view) mount(m mount) error {
	switch m.Kind {
	case link:
		if err := os.MkdirAll(filepath.Dir(m.Path), 0o755); err != nil {
			return err
		}
		return os.Symlink(m.From, m.Path)
	case file:
		if err := os.MkdirAll(filepath.Dir(m.Path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(m.Path, []byte(m.From), 0o644)
	case empty:
		return v.mountEmpty(m.Path)
	case blank:
		return v.mountBlank(m.Path)
	case layered:
		return v.mountLayered(m)
	}
	return v.bind(m)
}

// bind shows a folder or a file of the machine.
func (v *view) bind(m mount) error {
	from := oldRoot + m.From
	if err := target(from, m.Path); err != nil {
		return err
	}
	if err := unix.Mount(from, m.Path, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_NOSUID}
	if m.Kind == bind {
		attr.Attr_set |= unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NODEV
	}
	return unix.MountSetattr(unix.AT_FDCWD, m.Path, unix.AT_RECURSIVE, &attr)
}

// target makes what something is mounted on, of its kind.
func target(from, path string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.MkdirAll(path, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	return os.WriteFile(path, nil, 0o644)
}

// layer returns a new folder of the writable file system, which belongs to the sandbox's user.
func (v *view) layer() (string, error) {
	v.layers++
	dir := fmt.Sprintf("%s/%d", scratch, v.layers)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	return dir, os.Chown(dir, v.plan.ID, v.plan.ID)
}

func (v *view) mountEmpty(path string) error {
	from, err := v.layer()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	return unix.Mount(from, path, "", unix.MS_BIND, "")
}

// mountBlank shows an empty file that nobody outside has.
func (v *view) mountBlank(path string) error {
	v.layers++
	from := fmt.Sprintf("%s/%d", scratch, v.layers)
	if err := os.WriteFile(from, nil, 0o444); err != nil {
		return err
	}
	return unix.Mount(from, path, "", unix.MS_BIND, "")
}

// mountLayered shows a folder that can be written to, without a change to the folder: through an overlay, or, on systems that allow it
// to root alone, as a copy.
func (v *view) mountLayered(m mount) error {
	upper, err := v.layer()
	if err != nil {
		return err
	}
	work, err := v.layer()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(m.Path, 0o755); err != nil {
		return err
	}
	lower := oldRoot + m.From
	if !strings.ContainsAny(lower, `:,\`) { // which divide options
		options := fmt.Sprintf("userxattr,lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work)
		if err := unix.Mount("layer", m.Path, "overlay", unix.MS_NOSUID|unix.MS_NODEV, options); err == nil {
			return nil
		}
	}
	if err := os.CopyFS(upper, os.DirFS(lower)); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return unix.Mount(upper, m.Path, "", unix.MS_BIND, "")
}
