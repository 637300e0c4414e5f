/* Sockets, TLS on them, and what neither the kernel nor the peer has taken yet. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define READ_SIZE (1 << 16)

const struct end *end;
SSL_CTX *tls;
static int epoll;
static char received[READ_SIZE + HEADER_MAX + TEXT_MAX];

uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

double cpu_seconds(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

_Noreturn void die(const char *what) {
    perror(what);
    exit(2);
}

static void watch(int operation, int fd, void *what, int out) {
    struct epoll_event event = {.events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = what};
    if (epoll_ctl(epoll, operation, fd, &event)) die("epoll_ctl");
}

void transport_open(void) {
    if ((epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) die("epoll");
    watch(EPOLL_CTL_ADD, STDIN_FILENO, &epoll, 0);
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int listen_on(int port) {
    struct sockaddr_in address = loopback(port);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0) die("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (void *)&address, sizeof address) || listen(fd, 4096)) die("listen");
    watch(EPOLL_CTL_ADD, fd, NULL, 0);
    return fd;
}

/* Takes a socket over; a new connection where none is given. */
struct connection *adopt(struct connection *c, int fd, enum state state) {
    int one = 1;
    if (!c && !(c = calloc(1, sizeof *c))) die("calloc");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->fd = fd;
    c->state = state;
    if (tls) {
        if (!(c->tls = SSL_new(tls)) || SSL_set_fd(c->tls, fd) != 1) die("SSL_new");
        end->masks ? SSL_set_connect_state(c->tls) : SSL_set_accept_state(c->tls);
        if (end->masks && (!SSL_set1_host(c->tls, "localhost") || !SSL_set_tlsext_host_name(c->tls, "localhost")))
            die("SSL_set1_host");
    }
    c->wants_out = state == CONNECTING;
    watch(EPOLL_CTL_ADD, fd, c, c->wants_out);
    return c;
}

int connect_to(struct connection *c, int port) {
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0) die("socket");
    c->began = now();
    adopt(c, fd, CONNECTING);
    return connect(fd, (void *)&address, sizeof address) && errno != EINPROGRESS ? -1 : 0;
}

static void want_out(struct connection *c, int out) {
    if (out == c->wants_out) return;
    watch(EPOLL_CTL_MOD, c->fd, c, out);
    c->wants_out = out;
}

static ssize_t raw_write(struct connection *c, const char *bytes, size_t size) {
    if (!c->tls) return send(c->fd, bytes, size, MSG_NOSIGNAL);
    int taken = SSL_write(c->tls, bytes, size);
    if (taken > 0) return taken;
    errno = SSL_get_error(c->tls, taken) == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return -1;
}

static int flush(struct connection *c) {
    size_t done = 0;
    while (done < c->out_size) {
        ssize_t taken = raw_write(c, c->out + done, c->out_size - done);
        if (taken < 0 && errno != EAGAIN) return -1;
        if (taken < 0) break;
        done += taken;
    }
    if (done) memmove(c->out, c->out + done, c->out_size -= done);
    want_out(c, c->out_size > 0);
    return 0;
}

int put(struct connection *c, const char *bytes, size_t size) {
    if (!c->out_size) {
        ssize_t taken = raw_write(c, bytes, size);
        if (taken < 0 && errno != EAGAIN) return -1;
        if (taken > 0) bytes += taken, size -= taken;
        if (!size) return 0;
    }
    if (!(c->out = realloc(c->out, c->out_size + size))) die("realloc");
    memcpy(c->out + c->out_size, bytes, size);
    c->out_size += size;
    want_out(c, 1);
    return 0;
}

static int advance(struct connection *c) {
    if (c->state == CONNECTING) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error) return -1;
        want_out(c, 0);
        c->state = HANDSHAKING;
    }
    if (c->tls) {
        int done = SSL_do_handshake(c->tls);
        if (done != 1) {
            int why = SSL_get_error(c->tls, done);
            if (why == SSL_ERROR_WANT_WRITE) want_out(c, 1);
            return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
        }
    }
    c->state = UPGRADING;
    return end->ready(c);
}

/* Hands on what can be used of `size` octets; returns how many were. */
static long take(struct connection *c, char *bytes, size_t size) {
    size_t used = 0;
    if (c->state == UPGRADING) {
        char *rest = memmem(bytes, size, "\r\n\r\n", 4);
        if (!rest) return 0;
        rest[2] = 0;
        if (end->head(c, bytes) < 0) return -1;
        used = rest + 4 - bytes;
    }
    if (c->state == OPEN) {
        long more = read_frames(c, bytes + used, size - used);
        if (more < 0) return -1;
        used += more;
    }
    return used;
}

static int readable(struct connection *c) {
    do {
        size_t have = c->in_size;
        if (have > HEADER_MAX + TEXT_MAX) return -1;
        if (have) memcpy(received, c->in, have);
        ssize_t got = c->tls ? SSL_read(c->tls, received + have, READ_SIZE) : read(c->fd, received + have, READ_SIZE);
        if (got <= 0) {
            if (c->tls) return SSL_get_error(c->tls, got) == SSL_ERROR_WANT_READ ? 0 : -1;
            return got < 0 && errno == EAGAIN ? 0 : -1;
        }
        have += got;
        long used = take(c, received, have);
        if (used < 0) return -1;
        if ((c->in_size = have - used)) {
            if (!(c->in = realloc(c->in, c->in_size))) die("realloc");
            memcpy(c->in, received + used, c->in_size);
        }
    } while (c->tls && SSL_has_pending(c->tls));
    return 0;
}

void drop(struct connection *c) {
    if (c->state == OVER) return;
    c->state = OVER;
    SSL_free(c->tls);
    close(c->fd);
    free(c->in), free(c->out);
    c->tls = NULL, c->in = c->out = NULL;
    end->over(c);
}

static void happened(struct connection *c, uint32_t events) {
    int bad = 0;
    if (c->state == OVER) return;
    ERR_clear_error();
    if (c->state < UPGRADING) bad = advance(c);
    else {
        if (events & EPOLLOUT) bad = flush(c);
        if (!bad && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) bad = readable(c);
    }
    if (!bad && c->state >= UPGRADING && c->tls && SSL_has_pending(c->tls)) bad = readable(c);
    if (bad) drop(c);
}

/* One turn of the loop: waits for `nanoseconds` at most, for ever if negative. */
void turn(int listener, int64_t nanoseconds, int *stdin_readable) {
    struct epoll_event events[256];
    struct timespec wait = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    int count = epoll_pwait2(epoll, events, 256, nanoseconds < 0 ? NULL : &wait, NULL);
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == &epoll) *stdin_readable = 1;
        else if (events[i].data.ptr) happened(events[i].data.ptr, events[i].events);
        else
            for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
                struct connection *c = adopt(NULL, fd, HANDSHAKING);
                if (!tls && advance(c) < 0) drop(c);
            }
    }
}
