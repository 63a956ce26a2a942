package tensor

import (
	"sync"

	_ "github.com/resident-go/resident/runtime/cpu" // so that there is a device
	"github.com/resident-go/resident/runtime/device"
)

var standard struct {
	sync.Mutex
	dev device.Device
}

// Default is the device of new tensors: the best there is, unless SetDefault has chosen.
func Default() device.Device {
	standard.Lock()
	defer standard.Unlock()
	if standard.dev == nil {
		standard.dev = device.Auto()
	}
	return standard.dev
}

// SetDefault chooses the device of new tensors; nil is the best there is.
func SetDefault(d device.Device) {
	standard.Lock()
	defer standard.Unlock()
	standard.dev = d
}
