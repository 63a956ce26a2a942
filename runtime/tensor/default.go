package tensor

import (
	"os"
	"sync"

	_ "github.com/resident-go/resident/runtime/cpu" // so that there is a device
	_ "github.com/resident-go/resident/runtime/cuda"
	"github.com/resident-go/resident/runtime/device"
)

var standard struct {
	sync.Mutex
	dev device.Device
}

// Default is the device of new tensors: the processor, unless SetDefault has chosen another one, or the environment variable RESIDENT_DEVICE names one ("cuda:0").
// A model goes to the best device there is with To([device.Auto]()). It panics if there is no device of that name.
func Default() device.Device {
	standard.Lock()
	defer standard.Unlock()
	if standard.dev == nil {
		name := os.Getenv("RESIDENT_DEVICE")
		if name == "" {
			name = "cpu"
		}
		dev, err := device.Open(name)
		must("default device", err)
		standard.dev = dev
	}
	return standard.dev
}

// SetDefault chooses the device of new tensors; nil is the one that Default takes by itself.
func SetDefault(d device.Device) {
	standard.Lock()
	defer standard.Unlock()
	standard.dev = d
}
