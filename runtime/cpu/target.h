// Which instructions a file is compiled for. TARGET_BEGIN stands above its functions, TARGET_END below. The rest of the package is
// compiled for the least of the machines, so nothing but a function that dispatch has chosen may run these.
#define PRAGMA(x) _Pragma(#x)
#if defined(__clang__)
#define TARGET_BEGIN(features) PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define TARGET_END PRAGMA(clang attribute pop)
#else
#define TARGET_BEGIN(features) PRAGMA(GCC push_options) PRAGMA(GCC target(features))
#define TARGET_END PRAGMA(GCC pop_options)
#endif
