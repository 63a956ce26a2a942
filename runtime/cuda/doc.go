// Package cuda is NVIDIA's GPUs as devices.
//
// Nothing of NVIDIA is needed to build it: the driver's library is looked for when the device is first asked for, and where there is none the answer is an
// ordinary error that says what was looked for. [device.Auto] then takes the processor.
//
// A [Device] sends its work through one stream. [Device.Run] translates operations into a list of kernel launches and hands it over in one call of the driver; a
// list that comes again is kept by the driver as a graph, in which only what has changed is brought up to date. Run does not wait; Read and Sync do, and return what
// went wrong meanwhile.
//
// The kernels (runtime/cuda/kernels) are CUDA C++, compiled to PTX ahead of time; the driver makes machine code of that when a family of kernels is first
// used, and keeps it. Matrix products go to cublasLt where that library is found, else to kernels of our own; [device.Info] says which.
//
// Environment variables, all for looking into things:
//
//	RESIDENT_CUDA_DRIVER    the driver's library to take instead of libcuda.so.1; "none" hides the GPU
//	RESIDENT_CUBLASLT       the library for products; "none" keeps to our own kernels
//	RESIDENT_CUDA_GRAPHS    0 makes no graphs
//	RESIDENT_CUDA_BLOCKING  1 waits for each kernel, so that an error names the one which made it
//
// Importing the package registers the first GPU under the name "cuda:0".
package cuda
