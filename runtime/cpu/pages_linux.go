package cpu

import (
	"os"
	"syscall"
	"unsafe"
)

// largePage is the size of the processor's large pages, where ordinary ones have 4 KiB.
const largePage = 2 << 20

// wantLargePages asks the system to lay memory in large pages, if it is worth it. What is read from end to end, as weights are for each
// token, comes up to twice as fast: the processor reads ahead within a page, and looks up fewer of them. It is advice, and an error means that
// the system does not take it.
func wantLargePages(mem []byte) {
	if len(mem) < 2*largePage {
		return
	}
	page := uintptr(os.Getpagesize())
	begin := uintptr(unsafe.Pointer(&mem[0]))
	from, to := (begin+page-1)&^(page-1), (begin+uintptr(len(mem)))&^(page-1)
	_ = syscall.Madvise(mem[from-begin:to-begin], syscall.MADV_HUGEPAGE)
}
