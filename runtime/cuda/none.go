//go:build !cgo || !linux

package cuda

import (
	"errors"

	"github.com/resident-go/resident/runtime/device"
)

func init() {
	device.Register("cuda:0", func() (device.Device, error) {
		return nil, errors.New("this program was built without cgo, or not for Linux, so it cannot reach a GPU")
	})
}
