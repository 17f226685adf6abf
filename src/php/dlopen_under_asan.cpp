// PHP loads its extensions with RTLD_DEEPBIND, so that their functions do not mix with those of other libraries;
// AddressSanitizer ends a program that does so, because the extension would get past its malloc(). Without the flag
// both work.
#include <dlfcn.h>

void* dlopen_of_asan(const char* path, int flags) asm("__interceptor_dlopen");

extern "C" void* dlopen(const char* path, int flags) { return dlopen_of_asan(path, flags & ~RTLD_DEEPBIND); }
