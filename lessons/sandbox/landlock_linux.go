package sandbox

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What landlock's versions have added to the rights that it can hold (landlock(7)).
const (
	readRights = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	fileRights = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV

	rightsOf1 = unix.LANDLOCK_ACCESS_FS_REFER - 1 // all below
	rightsOf2 = unix.LANDLOCK_ACCESS_FS_REFER
	rightsOf3 = unix.LANDLOCK_ACCESS_FS_TRUNCATE
	rightsOf5 = unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	scopeOf6  = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
)

// landlockVersion returns what version of landlock the kernel has.
func landlockVersion() (int, error) {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0, errno
	}
	return int(v), nil
}

// restrict lets the thread, and what it becomes, read and run what is readable, nil being everything it can see, and write to what is writable alone. Of what is only
// readable, what does not exist is left out.
// The system calls are made here, because the library for them starts them on all threads with C code.
func restrict(readable, writable []string) error {
	version, err := landlockVersion()
	if err != nil {
		return err
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: rightsOf1}
	if version >= 2 {
		attr.Handled_access_fs |= rightsOf2
	}
	if version >= 3 {
		attr.Handled_access_fs |= rightsOf3
	}
	if version >= 5 {
		attr.Handled_access_fs |= rightsOf5
	}
	if version >= 6 {
		attr.Scoped = scopeOf6
	}
	rules, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0) // an older kernel minds no zeros at the end
	if errno != 0 {
		return fmt.Errorf("create a rule set: %w", errno)
	}
	defer unix.Close(int(rules))
	if readable == nil {
		readable = []string{"/"}
	}
	for _, path := range readable {
		if err := allow(int(rules), path, readRights&attr.Handled_access_fs); err != nil && !errors.Is(err, unix.ENOENT) {
			return err
		}
	}
	for _, path := range writable {
		if err := allow(int(rules), path, attr.Handled_access_fs); err != nil {
			return err
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0); errno != 0 {
		return fmt.Errorf("restrict: %w", errno)
	}
	return nil
}

// allow adds the rights on everything beneath a path, or on the file that it is.
func allow(rules int, path string, rights uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		rights &= fileRights
	}
	// The kernel's structure is packed: 8 bytes of rights, then 4 of a descriptor.
	beneath := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(fd)}
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(rules), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&beneath)), 0, 0, 0); errno != 0 {
		return fmt.Errorf("allow %s: %w", path, errno)
	}
	return nil
}
