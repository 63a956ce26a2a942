// Package sandbox runs a command that is not trusted: the session of a student's submission, with the Go compiler and linker in it.
//
// What it promises on Linux, when [Start] returns without an error in mode [Strict]:
//
//   - The command sees a file system of its own: the system's programs and the folders it was given, read-only; an empty home and
//     /tmp that vanish at the end; of /proc its own processes alone. No other path of the machine exists for it.
//   - It is in namespaces of its own for users, mounts, processes, network, System V IPC and the host name. The network
//     has a loopback device that reaches nobody else.
//   - It has no capabilities and cannot gain any (no_new_privs), its user is nobody outside, system calls that reach around the
//     namespaces or into other processes are refused by a seccomp filter, and landlock holds a second time what may be written.
//   - Memory, processes, open files, file sizes, the sum of what it writes, CPU time, time on the clock and output are limited. Memory and
//     processes are held by a control group, of version 2 or 1, where one can be made; else by resource limits for each process
//     and by process 1 of the sandbox, which counts the memory of all and ends them.
//   - When the command ends, is killed, or the caller dies, no process of it is left, whatever it detached itself from.
//   - Its environment is what the caller wrote down, and its descriptors are those it was handed.
//
// What it does not promise: that the kernel has no defects; that time, caches or the processor's side channels tell nothing; that what
// comes out is true. Whoever reads the output of a sandbox reads what a student wrote.
//
// Where a mechanism is missing, Strict refuses with an [UnsupportedError] that names it. [BestEffort] goes on without those
// that can be missed, and [Process.Without] names them, for the caller to say so in each report. A view of the file system and the
// namespaces of mounts and processes cannot be missed. [Probe] tries everything out. Other systems than Linux have none of it.
//
// [Container] is for root in a container, which allows no namespaces, as most do. Each sandbox is then a user of its own, with a folder of its own, and a copy there of what it may
// write to: the paths in its arguments and variables are changed to that. What it must not read has to be closed to other users, and landlock, where the kernel has it, closes the rest. The
// filter refuses sockets of the network, loopback included. At the end all processes of that user are killed. What the command prints is held as everywhere; what it
// writes is looked at once a second. It sees that other processes exist, and their command lines.
//
// A sandbox is set up by the program that starts it: Start runs this program again, in its first stage, which is process 1 of the sandbox,
// and that runs it once more, in its second stage, which gives up what is left of its rights and becomes the command. A
// program that uses the package calls [Stage] before anything else.
package sandbox
