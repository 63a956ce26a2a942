package cuda

// Counts is what the host has had a device do: the measure of what a program costs beside the work of the kernels.
type Counts struct {
	Kernels  int // run, products of cublasLt among them, by themselves or as part of graphs
	Launches int // handed over one by one
	Graphs   int // handed over
	Updates  int // arguments of kernels that were changed in graphs
	Up, Down int // bytes copied to and from the device
	Waits    int // for the device
}
