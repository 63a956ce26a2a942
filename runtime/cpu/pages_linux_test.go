package cpu

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"

	"github.com/resident-go/resident/runtime/device"
	"github.com/resident-go/resident/runtime/device/plain"
)

// TestLargePages checks in the system's list of mappings that the advice has arrived.
func TestLargePages(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("this system has no transparent large pages")
	}
	for _, size := range []int{2 * largePage, 64<<20 + 5} {
		b, err := New().Alloc(device.I8, size)
		if err != nil {
			t.Fatal(err)
		}
		mem := b.(*plain.Buffer).Bytes()
		if !advised(t, uintptr(unsafe.Pointer(&mem[len(mem)/2]))) {
			t.Errorf("the middle of %d bytes is not where large pages are wanted", size)
		}
	}
}

// advised looks for the flag hg of the mapping that an address is in.
func advised(t *testing.T, at uintptr) bool {
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inside := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var from, to uintptr
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x ", &from, &to); n == 2 {
			inside = from <= at && at < to
		}
		if flags, ok := strings.CutPrefix(lines.Text(), "VmFlags:"); ok && inside {
			return strings.Contains(flags+" ", " hg ")
		}
	}
	t.Skipf("the system does not say how the mapping with %#x is used", at)
	return false
}
