//go:build linux

package child

import "encoding/binary"

// jump is LDR X16, #8; BR X16 with the address behind it. X16 is free at any call: linkers use it for long branches.
func jump(to uintptr) []byte {
	return binary.LittleEndian.AppendUint64([]byte{0x50, 0, 0, 0x58, 0, 0x02, 0x1f, 0xd6}, uint64(to))
}
