// Memory of the device and pinned memory of the host. Before and behind each allocation are pages that cannot be touched, and new memory is full of bytes
// that are no numbers.
#include "fake.h"

#include <cstring>
#include <sys/mman.h>

EXPORT cuDeviceTotalMem_v2(size_t *bytes, int device);

namespace fake {

enum : size_t { PAGE = 4096, GRAIN = 512 };

bool inside(const std::map<address, context::allocation> &all, address at, size_t size) {
	auto next = all.upper_bound(at);
	if (next == all.begin()) {
		return false;
	}
	--next;
	return at + size <= next->first + next->second.size;
}

// reserve maps memory that ends where a page does.
static bool reserve(std::map<address, context::allocation> &all, size_t size, address &at) {
	size_t room = (size + PAGE - 1) / PAGE * PAGE, mapped = room + 2 * PAGE;
	char *map = (char *)mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED || mprotect(map + PAGE, room, PROT_READ | PROT_WRITE) != 0) {
		return false;
	}
	char *begin = map + PAGE + (room - size) / GRAIN * GRAIN;
	memset(begin, 0xff, size);
	at = (address)begin;
	all[at] = {size, map, mapped};
	return true;
}

void forget_memory(std::map<address, context::allocation> &all) {
	for (auto &a : all) {
		munmap(a.second.map, a.second.mapped);
	}
	all.clear();
}

} // namespace fake

using namespace fake;

EXPORT cuMemAlloc_v2(address *at, size_t size) {
	BEGIN(c);
	if (int code = spoils_capture(c, __func__)) {
		return code;
	}
	size_t total;
	cuDeviceTotalMem_v2(&total, 0);
	if (size == 0) {
		return INVALID_VALUE;
	}
	if (c->used + size > total || !reserve(c->device, size, *at)) {
		return refuse(OUT_OF_MEMORY, "%zu bytes, of %zu %zu are used", size, total, c->used);
	}
	c->used += size;
	return SUCCESS;
}

EXPORT cuMemFree_v2(address at) {
	BEGIN(c);
	if (int code = spoils_capture(c, __func__)) {
		return code;
	}
	if (int code = finish_all(c)) { // it waits for the device
		return code;
	}
	auto found = c->device.find(at);
	if (found == c->device.end()) {
		return refuse(INVALID_VALUE, "cuMemFree: %llx is no allocation", at);
	}
	c->used -= found->second.size;
	munmap(found->second.map, found->second.mapped);
	c->device.erase(found);
	return SUCCESS;
}

EXPORT cuMemGetInfo_v2(size_t *free, size_t *total) {
	BEGIN(c);
	cuDeviceTotalMem_v2(total, 0);
	*free = *total > c->used ? *total - c->used : 0;
	return SUCCESS;
}

EXPORT cuMemHostAlloc(void **at, size_t size, unsigned flags) {
	BEGIN(c);
	address a;
	if (int code = spoils_capture(c, __func__)) {
		return code;
	}
	if (size == 0 || flags > 7) {
		return INVALID_VALUE;
	}
	if (!reserve(c->pinned, size, a)) {
		return OUT_OF_MEMORY;
	}
	*at = (void *)a;
	return SUCCESS;
}

EXPORT cuMemFreeHost(void *at) {
	BEGIN(c);
	if (int code = finish_all(c)) {
		return code;
	}
	auto found = c->pinned.find((address)at);
	if (found == c->pinned.end()) {
		return refuse(INVALID_VALUE, "cuMemFreeHost: %p is no allocation", at);
	}
	munmap(found->second.map, found->second.mapped);
	c->pinned.erase(found);
	return SUCCESS;
}

EXPORT cuMemHostGetDevicePointer_v2(address *at, void *host, unsigned flags) {
	BEGIN(c);
	if (flags != 0 || !inside(c->pinned, (address)host, 1)) {
		return refuse(INVALID_VALUE, "%p is not pinned memory", host);
	}
	*at = (address)host;
	return SUCCESS;
}

// move is a copy in a stream. Which of the two is on the device is known to the caller.
static int move(context *c, stream *s, address to, address from, size_t size, bool to_device, bool from_device) {
	const char *what = !inside(to_device ? c->device : c->pinned, to, size)         ? "to"
	                   : !inside(from_device ? c->device : c->pinned, from, size) ? "from"
	                                                                              : nullptr;
	if (what != nullptr) {
		return refuse(INVALID_VALUE, "a copy of %zu bytes %s %llx, which is not in an allocation of %s memory", size, what, *what == 't' ? to : from,
			(*what == 't' ? to_device : from_device) ? "device" : "pinned");
	}
	return hand_over(s, [=] {
		if (!inside(to_device ? c->device : c->pinned, to, size) || !inside(from_device ? c->device : c->pinned, from, size)) {
			return refuse(simt::ILLEGAL_ADDRESS, "memory was freed before it was copied");
		}
		memmove((void *)to, (const void *)from, size);
		return (int)SUCCESS;
	});
}

EXPORT cuMemcpyHtoDAsync_v2(address to, const void *from, size_t size, stream *s) {
	BEGIN(c);
	return move(c, s, to, (address)from, size, true, false);
}

EXPORT cuMemcpyDtoHAsync_v2(void *to, address from, size_t size, stream *s) {
	BEGIN(c);
	return move(c, s, (address)to, from, size, false, true);
}

EXPORT cuMemcpyDtoDAsync_v2(address to, address from, size_t size, stream *s) {
	BEGIN(c);
	return move(c, s, to, from, size, true, true);
}

EXPORT cuMemsetD8Async(address to, unsigned char value, size_t size, stream *s) {
	BEGIN(c);
	if (!inside(c->device, to, size)) {
		return refuse(INVALID_VALUE, "%zu bytes at %llx are not in an allocation", size, to);
	}
	return hand_over(s, [=] {
		memset((void *)to, value, size);
		return (int)SUCCESS;
	});
}
