/*
 * Loaded before the C library (LD_PRELOAD): receive buffers no larger than those that Linux gives a program without
 * privileges as it is shipped (net.core.rmem_max 212992), whatever this machine would give.
 * gcc -O2 -shared -fPIC -o stock-clamp.so stock-clamp.c
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { STOCK_MAXIMUM = 212992 };

int setsockopt(int descriptor, int level, int option, const void *value, socklen_t length) {
  static int (*genuine)(int, int, int, const void *, socklen_t);
  if (genuine == NULL) genuine = (int (*)(int, int, int, const void *, socklen_t))dlsym(RTLD_NEXT, "setsockopt");
  if (level == SOL_SOCKET && option == SO_RCVBUFFORCE) {
    errno = EPERM;
    return -1;
  }
  int clamped;
  if (level == SOL_SOCKET && option == SO_RCVBUF && length == sizeof clamped) {
    memcpy(&clamped, value, sizeof clamped);
    if (clamped > STOCK_MAXIMUM) clamped = STOCK_MAXIMUM;
    value = &clamped;
  }
  return genuine(descriptor, level, option, value, length);
}
