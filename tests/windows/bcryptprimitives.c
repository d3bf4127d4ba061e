/* Wine 8.0 has no bcryptprimitives.dll, from which Rust's standard library gets random bytes. Only tests under wine use this one. */
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return SystemFunction036(data, (ULONG)length); }
