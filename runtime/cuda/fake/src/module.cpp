// Modules: the text of a PTX file says which kernels there are, the kernels themselves were compiled into this library.
#include "fake.h"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>

namespace fake {

// self finds what this library exports.
static void *symbol(const char *name) {
	static void *self = [] {
		Dl_info info;
		dladdr((void *)&refuse, &info);
		return dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
	}();
	return dlsym(self, name);
}

// number reads the decimal number behind a word, from a place on; 0 if there is none before the end.
static unsigned number_behind(const std::string &text, const char *word, size_t from, size_t end) {
	size_t at = text.find(word, from);
	return at < end ? (unsigned)strtoul(text.c_str() + at + strlen(word), nullptr, 10) : 0;
}

// shared_in adds up the arrays that a kernel declares, as in ".shared .align 4 .b8 name[128];".
static unsigned shared_in(const std::string &text, size_t from, size_t end) {
	unsigned sum = 0;
	for (size_t at = from; (at = text.find("\t.shared ", at)) < end; at++) {
		size_t line = text.find('\n', at), bracket = text.find('[', at);
		if (bracket < line) {
			sum += (unsigned)strtoul(text.c_str() + bracket + 1, nullptr, 10);
		}
	}
	return sum;
}

static int read(const std::string &text, module &m) {
	if (text.find(".version ") == std::string::npos || text.find(".address_size 64") == std::string::npos) {
		return refuse(INVALID_PTX, "this is no PTX: %.40s", text.c_str());
	}
	if (number_behind(text, ".target sm_", 0, text.size()) > 90) {
		return refuse(INVALID_PTX, "PTX for a later device");
	}
	const char *entry = ".visible .entry ";
	for (size_t at = 0; (at = text.find(entry, at)) != std::string::npos;) {
		at += strlen(entry);
		size_t open = text.find('(', at), close = text.find(')', open), next = std::min(text.find(entry, close), text.size()), body = text.find('{', close);
		function f;
		f.name = text.substr(at, open - at);
		f.args = number_behind(text, "[", open, close);
		f.most = number_behind(text, ".maxntid ", close, body);
		f.shared = shared_in(text, body, next);
		f.kernel = (void (*)())symbol(f.name.c_str());
		if (f.args <= 16 || f.args > simt::MOST_ARGS || f.most == 0) {
			return refuse(INVALID_PTX, "kernel %s has %zu bytes of arguments and at most %u threads", f.name.c_str(), f.args, f.most);
		}
		m.functions[f.name] = f;
	}
	return SUCCESS;
}

int check_launch(context *c, function *f, const unsigned grid[3], const unsigned block[3], unsigned shared, void **params, kernel_launch &l) {
	if (c->functions.count(f) == 0) {
		return refuse(INVALID_HANDLE, "a launch of what is no kernel");
	}
	const char *name = f->name.c_str();
	l.fails = ordered(name);
	if (l.fails != SUCCESS && !lasting(l.fails)) {
		return l.fails;
	}
	if (grid[0] < 1 || grid[1] < 1 || grid[2] < 1 || grid[0] > 0x7fffffff || grid[1] > 65535 || grid[2] > 65535) {
		return refuse(INVALID_VALUE, "%s: a grid of %u, %u, %u blocks", name, grid[0], grid[1], grid[2]);
	}
	if (block[1] != 1 || block[2] != 1 || block[0] < 1 || block[0] > f->most) {
		return refuse(INVALID_VALUE, "%s: a block of %u, %u, %u threads, it was compiled for at most %u", name, block[0], block[1], block[2], f->most);
	}
	if (shared > f->dynamic || shared + f->shared > simt::MOST_SHARED) {
		return refuse(INVALID_VALUE, "%s: %u bytes of shared memory beside %u, at most %u", name, shared, f->shared, f->dynamic);
	}
	if (params == nullptr || params[0] == nullptr) {
		return refuse(INVALID_VALUE, "%s: no arguments", name);
	}
	l.f = f;
	memcpy(l.grid, grid, sizeof l.grid);
	l.threads = block[0], l.shared = shared;
	l.args.assign((const char *)params[0], (const char *)params[0] + f->args);
	return SUCCESS;
}

} // namespace fake

using namespace fake;

EXPORT cuModuleLoadDataEx(module **made, const void *image, unsigned n, int *, void **) {
	BEGIN(c);
	if (n > 16) {
		return INVALID_VALUE;
	}
	std::unique_ptr<module> m(new module);
	if (int code = read((const char *)image, *m)) {
		return code;
	}
	for (auto &f : m->functions) {
		c->functions.insert(&f.second);
	}
	*made = m.release();
	c->modules.insert(*made);
	return SUCCESS;
}

EXPORT cuModuleLoadData(module **made, const void *image) { return cuModuleLoadDataEx(made, image, 0, nullptr, nullptr); }

EXPORT cuModuleUnload(module *m) {
	BEGIN(c);
	if (c->modules.erase(m) == 0) {
		return INVALID_HANDLE;
	}
	for (auto &f : m->functions) {
		c->functions.erase(&f.second);
	}
	delete m;
	return SUCCESS;
}

EXPORT cuModuleGetFunction(function **f, module *m, const char *name) {
	BEGIN(c);
	if (c->modules.count(m) == 0) {
		return INVALID_HANDLE;
	}
	auto found = m->functions.find(name);
	if (found == m->functions.end()) {
		return refuse(NOT_FOUND, "the module has no kernel %s", name);
	}
	if (found->second.kernel == nullptr) {
		return refuse(NOT_FOUND, "kernel %s was not compiled for the host", name);
	}
	*f = &found->second;
	return SUCCESS;
}

// The attributes of kernels: 0 threads at most, 1 static shared memory, 8 dynamic shared memory at most.
EXPORT cuFuncGetAttribute(int *value, int attribute, function *f) {
	BEGIN(c);
	if (c->functions.count(f) == 0) {
		return INVALID_HANDLE;
	}
	*value = (int)(attribute == 0 ? f->most : attribute == 1 ? f->shared : f->dynamic);
	return attribute == 0 || attribute == 1 || attribute == 8 ? SUCCESS : INVALID_VALUE;
}

EXPORT cuFuncSetAttribute(function *f, int attribute, int value) {
	BEGIN(c);
	if (c->functions.count(f) == 0) {
		return INVALID_HANDLE;
	}
	if (attribute != 8 || value < 0 || value + f->shared > simt::MOST_SHARED) {
		return refuse(INVALID_VALUE, "%s: attribute %d cannot be %d beside %u bytes of static shared memory", f->name.c_str(), attribute, value, f->shared);
	}
	f->dynamic = (unsigned)value;
	return SUCCESS;
}
