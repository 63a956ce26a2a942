// The device and its context.
#include "fake.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace fake {

std::recursive_mutex lock;

namespace {

bool initialised;
context *primary; // of the device; null before it is wanted
thread_local context *current;

struct {
	int code;
	const char *name, *text;
} const codes[] = {
	{SUCCESS, "CUDA_SUCCESS", "no error"},
	{INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
	{OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
	{NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
	{INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
	{INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
	{INVALID_PTX, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
	{INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
	{NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
	{simt::ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
	{CONTEXT_IS_DESTROYED, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"},
	{716, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
	{simt::LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
	{NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
	{CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"},
	{CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"},
};

} // namespace

bool lasting(int code) {
	for (int c : {700, 702, 710, 714, 715, 716, 717, 718, 719, 999}) {
		if (c == code) {
			return true;
		}
	}
	return false;
}

int refuse(int code, const char *format, ...) {
	if (getenv("RESIDENT_FAKE_CUDA_VERBOSE") != nullptr) {
		va_list list;
		va_start(list, format);
		fprintf(stderr, "fake driver, code %d: ", code);
		vfprintf(stderr, format, list);
		fprintf(stderr, "\n");
		va_end(list);
	}
	return code;
}

int ordered(const char *name) {
	static std::string served;
	const char *order = getenv("RESIDENT_FAKE_CUDA_FAIL");
	if (order == nullptr || order[0] == 0) {
		served.clear();
		return SUCCESS;
	}
	size_t n = strlen(name);
	if (served == order || strncmp(order, name, n) != 0 || order[n] != '=') {
		return SUCCESS;
	}
	served = order;
	return refuse(atoi(order + n + 1), "%s, as ordered", name);
}

int enter(const char *name, context *&c) {
	c = current;
	if (!initialised) {
		return refuse(NOT_INITIALIZED, "%s before cuInit", name);
	}
	if (c == nullptr) {
		return refuse(INVALID_CONTEXT, "%s: the thread has no context", name);
	}
	if (!c->alive) {
		return refuse(CONTEXT_IS_DESTROYED, "%s: the thread's context is gone", name);
	}
	if (c->broken != SUCCESS) {
		return c->broken;
	}
	return ordered(name);
}

} // namespace fake

using namespace fake;

#define LOCK std::lock_guard<std::recursive_mutex> locked_(fake::lock)

EXPORT cuInit(unsigned flags) {
	LOCK;
	if (flags != 0) {
		return INVALID_VALUE;
	}
	initialised = true;
	return ordered(__func__);
}

EXPORT cuDriverGetVersion(int *version) {
	*version = 12080;
	return SUCCESS;
}

EXPORT cuDeviceGetCount(int *n) {
	*n = 1;
	return initialised ? SUCCESS : NOT_INITIALIZED;
}

EXPORT cuDeviceGet(int *device, int number) {
	*device = number;
	return !initialised ? NOT_INITIALIZED : number == 0 ? SUCCESS : INVALID_DEVICE;
}

EXPORT cuDeviceGetName(char *name, int size, int device) {
	snprintf(name, size, "fake GPU");
	return device == 0 ? SUCCESS : INVALID_DEVICE;
}

EXPORT cuDeviceGetAttribute(int *value, int attribute, int device) {
	if (device != 0) {
		return INVALID_DEVICE;
	}
	switch (attribute) {
	case 16: // multiprocessors
		*value = 4;
		return SUCCESS;
	case 75: // compute capability
		*value = 9;
		return SUCCESS;
	case 76:
		*value = 0;
		return SUCCESS;
	case 97: // shared memory that a block can have if it asks for it
		*value = simt::MOST_SHARED;
		return SUCCESS;
	}
	return refuse(INVALID_VALUE, "attribute %d is not known here", attribute);
}

EXPORT cuDeviceTotalMem_v2(size_t *bytes, int device) {
	const char *limit = getenv("RESIDENT_FAKE_CUDA_MEMORY");
	*bytes = limit != nullptr ? strtoull(limit, nullptr, 10) : 1u << 30;
	return device == 0 ? SUCCESS : INVALID_DEVICE;
}

EXPORT cuDevicePrimaryCtxRetain(context **c, int device) {
	LOCK;
	if (device != 0) {
		return INVALID_DEVICE;
	}
	if (primary == nullptr) {
		primary = new context;
	}
	*c = primary;
	return ordered(__func__);
}

EXPORT cuDevicePrimaryCtxReset_v2(int device) {
	LOCK;
	if (primary != nullptr) {
		release(primary); // the object stays, so that those who still use it are told
		primary = nullptr;
	}
	return device == 0 ? ordered(__func__) : INVALID_DEVICE;
}

EXPORT cuDevicePrimaryCtxRelease_v2(int device) { return cuDevicePrimaryCtxReset_v2(device); }

EXPORT cuCtxSetCurrent(context *c) {
	LOCK;
	if (c != nullptr && !c->alive) {
		return refuse(CONTEXT_IS_DESTROYED, "cuCtxSetCurrent: the context is gone");
	}
	current = c;
	return SUCCESS;
}

EXPORT cuGetErrorName(int code, const char **text) {
	for (auto &c : codes) {
		if (c.code == code) {
			*text = c.name;
			return SUCCESS;
		}
	}
	*text = nullptr;
	return INVALID_VALUE;
}

EXPORT cuGetErrorString(int code, const char **text) {
	for (auto &c : codes) {
		if (c.code == code) {
			*text = c.text;
			return SUCCESS;
		}
	}
	*text = nullptr;
	return INVALID_VALUE;
}
