package child

/*
#cgo linux LDFLAGS: -ldl
#cgo CFLAGS: -D_GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef POLLRDHUP
#define POLLRDHUP POLLHUP
#endif

static void *openLibrary(const char *path, char **err) {
	void *h = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
	if (!h) *err = dlerror();
	return h;
}

static void *findSymbol(void *library, const char *name) {
	void *p = dlsym(library, name);
	return p ? p : dlsym(RTLD_DEFAULT, name);
}

static void *watch(void *fd) {
	struct pollfd p = {(int)(intptr_t)fd, POLLRDHUP, 0};
	while (!(p.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL))) {
		p.revents = 0;
		poll(&p, 1, -1);
	}
	_exit(0);
}

static int startWatch(int fd) {
	pthread_t t;
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int err = pthread_create(&t, NULL, watch, (void *)(intptr_t)fd);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!err) pthread_detach(t);
	return err;
}

static int dupAbove(int fd, int lowest) { return fcntl(fd, F_DUPFD_CLOEXEC, lowest); }

static int copyOver(int fd, int to) { return dup2(fd, to); }

static void flushStdout(void) { fflush(stdout); }
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

func openLibrary(path string) (unsafe.Pointer, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var reason *C.char
	h := C.openLibrary(name, &reason)
	if h == nil {
		return nil, errors.New(C.GoString(reason))
	}
	return h, nil
}

// findSymbol looks in the library first, then in everything that is loaded; nil when there is no such symbol.
func findSymbol(library unsafe.Pointer, name string) unsafe.Pointer {
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	return C.findSymbol(library, s)
}

func dupHidden(fd int) (int, error) {
	n, err := C.dupAbove(C.int(fd), hidden)
	if n < 0 {
		return 0, err
	}
	return int(n), nil
}

// copyTo makes a descriptor of that number, which programs that are started have too.
func copyTo(fd, number int) error {
	if n, err := C.copyOver(C.int(fd), C.int(number)); n < 0 {
		return err
	}
	return nil
}

// dieWith ends the process when the engine's end of the socket closes, however the engine ended. A thread of its own
// does it, outside the Go scheduler: a cell that holds every processor or stands in the way of the garbage collector
// cannot keep the worker alive.
func dieWith(fd int) {
	if rc := C.startWatch(C.int(fd)); rc != 0 {
		fmt.Fprintln(os.Stderr, "resident worker: no thread to watch the engine:", syscall.Errno(rc))
	}
}

// flushC writes what C code in cells has printed: to a pipe, C's own stdout is buffered.
func flushC() { C.flushStdout() }
