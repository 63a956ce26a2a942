package sandbox

import (
	"maps"
	"slices"
	"syscall"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// refused are the system calls that a submission has no business with, and why. Calls that are newer than the filter's table are
// refused as well.
var refused = map[string][]string{
	"other processes' memory and state": {"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "pidfd_getfd", "kcmp", "get_robust_list", "migrate_pages", "move_pages"},
	"namespaces and mounts": {"unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
		"open_by_handle_at", "name_to_handle_at"},
	"the machine": {"reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "swapon", "swapoff", "acct", "syslog", "quotactl", "quotactl_fd",
		"settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname", "iopl", "ioperm", "vhangup", "lookup_dcookie", "nfsservctl", "fanotify_init"},
	"parts of the kernel with a history of holes": {"bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "add_key", "request_key", "keyctl",
		"personality", "modify_ldt", "vmsplice", "uselib"},
	"what the machine has a number of for all, or makes all wait": {"inotify_init", "inotify_init1", "io_setup", "sync", "syncfs"},
	"memory that no limit counts":                                 {"memfd_create", "memfd_secret", "shmget", "shmat", "shmctl", "msgget", "msgsnd", "semget", "semop", "mq_open"},
}

// unknown is the answer to calls with a structure that a filter cannot look into: programs fall back to older calls then.
var unknown = []string{"clone3"}

// namespaces are the flags of clone that make some.
const namespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

// families are the kinds of sockets there are: others, as those to the host of a virtual machine, are in no namespace.
var families = []uint64{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6}

// filterCalls lets this thread, and what it becomes, make harmless system calls only. Where the network is not one of its own, sockets to it are not harmless.
func filterCalls(ownNetwork bool) error {
	families := families
	if !ownNetwork {
		families = []uint64{unix.AF_UNIX}
	}
	policy, err := policy(families)
	if err != nil {
		return err
	}
	return seccomp.LoadFilter(seccomp.Filter{Policy: policy})
}

func policy(families []uint64) (seccomp.Policy, error) {
	table, err := arch.GetInfo("")
	if err != nil {
		return seccomp.Policy{}, err
	}
	special := []string{"clone", "socket", "socketpair"}
	no := slices.Concat(slices.Concat(slices.Collect(maps.Values(refused))...), unknown, special)
	allowed := slices.Sorted(maps.Keys(table.SyscallNames))
	allowed = slices.DeleteFunc(allowed, func(name string) bool { return slices.Contains(no, name) })
	var conditional []seccomp.NameWithConditions
	conditional = append(conditional, seccomp.NameWithConditions{Name: "clone", Conditions: seccomp.ArgumentConditions{{Argument: 0, Operation: seccomp.BitsNotSet, Value: namespaces}}})
	for _, f := range families {
		for _, name := range []string{"socket", "socketpair"} {
			conditional = append(conditional, seccomp.NameWithConditions{Name: name, Conditions: seccomp.ArgumentConditions{{Argument: 0, Operation: seccomp.Equal, Value: f}}})
		}
	}
	return seccomp.Policy{DefaultAction: seccomp.ActionErrno, Syscalls: []seccomp.SyscallGroup{
		{Names: unknown, Action: seccomp.Action(unix.SECCOMP_RET_ERRNO | uint32(syscall.ENOSYS))},
		{Names: allowed, Action: seccomp.ActionAllow},
		{NamesWithCondtions: conditional, Action: seccomp.ActionAllow},
	}}, nil
}
