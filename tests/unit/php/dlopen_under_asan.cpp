// PHP loads its extensions with RTLD_DEEPBIND, so that their functions do not mix with those of other libraries;
// AddressSanitizer ends a program that does so, because the extension would get past its malloc(). Without the flag
// both work.
#include <dlfcn.h>

extern "C" void* __interceptor_dlopen(const char* path, int flags);

extern "C" void* dlopen(const char* path, int flags) { return __interceptor_dlopen(path, flags & ~RTLD_DEEPBIND); }
