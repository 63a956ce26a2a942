//go:build linux && (amd64 || arm64)

package child

/*
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// throughProc writes past the protection of the page, where making it writable is forbidden (SELinux and the like).
static int throughProc(void *at, const void *code, size_t n) {
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	if (fd < 0) return errno;
	ssize_t wrote = pwrite(fd, code, n, (off_t)(uintptr_t)at);
	int err = wrote == (ssize_t)n ? 0 : wrote < 0 ? errno : EIO;
	close(fd);
	return err;
}

// overwrite keeps the page executable all the time: other threads run code of the same page.
static int overwrite(void *at, const void *code, size_t n) {
	uintptr_t size = sysconf(_SC_PAGESIZE), start = (uintptr_t)at & ~(size - 1);
	size_t length = (((uintptr_t)at + n + size - 1) & ~(size - 1)) - start;
	int err = 0;
	if (mprotect((void *)start, length, PROT_READ | PROT_WRITE | PROT_EXEC) == 0) {
		memcpy(at, code, n);
		mprotect((void *)start, length, PROT_READ | PROT_EXEC);
	} else {
		err = throughProc(at, code, n);
	}
	__builtin___clear_cache((char *)at, (char *)at + n);
	return err;
}
*/
import "C"

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime"
	"syscall"
	"unsafe"
)

// replace makes every call of the function at an address, from wherever, a call of the function new, by writing a jump
// over its first instructions. Both must have the same signature; new receives the arguments in the registers where
// the old one would have found them. To replace a function twice by the same one is fine.
//
// Why this is safe here: it happens before the first request is read, and again for the copies in a library that was
// just opened, before any of its code is called. At the first moment the worker's own goroutine is the only one that runs
// anything but the runtime, and the runtime's threads (collector, monitor) never call the functions in question; at the
// second nobody knows the addresses yet. So no thread stands on the bytes that change. The function is long enough
// for the jump (checked), is found by its own name (checked: an alias or wrapper would not be), and the bytes are
// read back. Calls that the compiler has put in line are not reached; it does not do so with the functions concerned,
// and the tests call each of them.
func replace(name string, at uintptr, new any) error {
	code := jump(reflect.ValueOf(new).Pointer())
	if bytes.Equal(unsafe.Slice((*byte)(pointer(at)), len(code)), code) {
		return nil
	}
	f := runtime.FuncForPC(at)
	if f == nil || f.Name() != name || f.Entry() != at {
		return fmt.Errorf("%s is not at its entry", name)
	}
	if last := runtime.FuncForPC(at + uintptr(len(code)) - 1); last == nil || last.Entry() != at {
		return fmt.Errorf("%s is too short for a jump", name)
	}
	if rc := C.overwrite(pointer(at), unsafe.Pointer(&code[0]), C.size_t(len(code))); rc != 0 {
		return fmt.Errorf("the code of %s is write-protected: %w", name, syscall.Errno(rc))
	}
	if !bytes.Equal(unsafe.Slice((*byte)(pointer(at)), len(code)), code) {
		return fmt.Errorf("the code of %s did not change", name)
	}
	return nil
}

// pointer is the address of code, which the garbage collector does not move.
func pointer(at uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&at)) }
