package device

// Recording is a list of operations that can be run again and again.
type Recording interface {
	// Run hands the operations over, as [Device.Run] does.
	Run() error
}

// Recorder is a device that runs a list again with less effort if it was told of it before.
type Recorder interface {
	// Record checks operations and keeps them, with their operands.
	Record(ops ...Op) (Recording, error)
}

// Record keeps operations to be run again and again, on any device.
func Record(dev Device, ops ...Op) (Recording, error) {
	if r, ok := dev.(Recorder); ok {
		return r.Record(ops...)
	}
	for _, op := range ops {
		if err := op.Check(); err != nil {
			return nil, err
		}
	}
	return repeated{dev, ops}, nil
}

// repeated is a recording on a device that makes nothing of it.
type repeated struct {
	dev Device
	ops []Op
}

func (r repeated) Run() error { return r.dev.Run(r.ops...) }

// Fetcher is a device that works on its own, and of which can be read without waiting for all that was handed over.
type Fetcher interface {
	// Fetch has n bytes of a buffer, from element at on, copied after what was handed over before. The function that it returns waits for that alone and puts
	// them into dst, which has n bytes; it is to be called once.
	Fetch(src Buffer, at, n int) (wait func(dst []byte) error, err error)
}

// Fetch is [Fetcher.Fetch] on any device. One that is no Fetcher is read at once.
func Fetch(src Buffer, at, n int) (wait func(dst []byte) error, err error) {
	if f, ok := src.Device().(Fetcher); ok {
		return f.Fetch(src, at, n)
	}
	mem := make([]byte, n)
	if err := src.Device().Read(mem, src, at); err != nil {
		return nil, err
	}
	return func(dst []byte) error { copy(dst, mem); return nil }, nil
}
