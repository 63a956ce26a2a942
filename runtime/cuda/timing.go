package cuda

import "time"

// Timing is what one kernel took while [Device.Profile] ran.
type Timing struct {
	Kernel string // a kernel of ours, or a product of cublasLt with its sizes
	Calls  int
	Time   time.Duration // of all calls together, on the device
}
