/** Numbers of the Linux interface that batched UDP speaks, as the generic headers of the kernel define them. */

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SHUT_RD = 0;

export const SOL_SOCKET = 1;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_REUSEPORT = 15;
export const SO_RCVTIMEO = 20;
export const SO_RCVBUFFORCE = 33;
/** Nine 32-bit counts; see SK_MEMINFO_DROPS. */
export const SO_MEMINFO = 55;
/** Index in SO_MEMINFO: datagrams dropped, what SO_RXQ_OVFL would tell with the next datagram. */
export const SK_MEMINFO_DROPS = 8;

export const IPPROTO_IP = 0;
export const IP_PKTINFO = 8;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;

export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
/** Blocks for the first message only. */
export const MSG_WAITFORONE = 0x10000;

export const EPOLL_CLOEXEC = 0o2000000;
export const EPOLL_CTL_ADD = 1;
export const EPOLLIN = 1;

/** Of struct pollfd. */
export const POLLIN = 1;

export const EINTR = 4;
export const EAGAIN = 11;
export const EAFNOSUPPORT = 97;
export const ENOBUFS = 105;
