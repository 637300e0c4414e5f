/* The two ends of the measurement: chargers (`generate`) and a central system (`stub`), in one thread with epoll.
 *
 * transport.c  sockets, TLS, buffers        websocket.c  opening handshake and frames
 * messages.c   what is said, octet by octet  stub.c, chargers.c  the two ends       main.c  the command line
 *
 * Functions that return int return -1 where the connection has to be dropped.
 */
#ifndef LOAD_H
#define LOAD_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_MAX 65000     /* octets of a message: one frame with a 16-bit length */
#define HEADER_MAX 16      /* room for a frame's header in front of its payload */

enum state { CONNECTING, HANDSHAKING, UPGRADING, OPEN, OVER };
enum action { BOOT, HEARTBEAT, METER, DATA };

struct connection {
    int fd;
    enum state state;
    int wants_out;                  /* whether epoll watches for room to write */
    SSL *tls;
    char *in, *out;                 /* an unfinished head or frame; what the kernel did not take */
    size_t in_size, out_size;
    uint32_t id, number, mask;      /* the charger's; its last CALL's */
    enum action action;             /* of that CALL */
    uint64_t began, asked;          /* nanoseconds: connect(), and the open CALL (0: none is open) */
    int booted;
};

/* What an end does with a connection. */
struct end {
    int masks;                                              /* a client masks what it sends */
    int (*ready)(struct connection *);                      /* TCP and TLS stand */
    int (*head)(struct connection *, char *head);           /* the peer's head, ended by a NUL */
    int (*text)(struct connection *, char *text, size_t size);
    void (*over)(struct connection *);                      /* after it was dropped */
};

extern const struct end *end;
extern SSL_CTX *tls;                /* NULL: without TLS */
extern unsigned long long messages; /* CALLs and answers that were as they had to be */
extern int wrong;                   /* messages that were not */

/* transport.c */
uint64_t now(void);
double cpu_seconds(void);
_Noreturn void die(const char *what);
void transport_open(void);
int listen_on(int port);
struct connection *adopt(struct connection *, int fd, enum state);
int connect_to(struct connection *, int port);
int put(struct connection *, const char *bytes, size_t size);
void drop(struct connection *);
void turn(int listener, int64_t nanoseconds, int *stdin_readable);

/* websocket.c */
extern char frame[HEADER_MAX + TEXT_MAX + 8];               /* a payload is written at frame + HEADER_MAX, then sent */
int send_frame(struct connection *, int opcode, size_t size);
int send_text(struct connection *, size_t size);
long read_frames(struct connection *, char *bytes, size_t size);
void accept_key(const char *key, char *out);

/* messages.c */
void messages_prepare(void);
size_t write_call(char *out, uint32_t id, uint32_t number, enum action, size_t size);
size_t write_answer(char *out, uint32_t id, uint32_t number, enum action, size_t size);

/* the two ends */
int stub(int port, int demands);
int chargers(void);

/* what the chargers do; set by main.c */
struct plan {
    int port, count, window, size, shows_password;
    double rate, interval, warm, seconds, limit;
    enum { STORM, FULL, PACED, IDLE, METERED } mode;
};
extern struct plan plan;

#endif
