/* A central system that answers at once, and drops whoever says anything but the next message of its charger. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

static int demands_password;
static int refused;

static int ready(struct connection *c) { return (void)c, 0; }

static int head(struct connection *c, char *head) {
    char *name = strcasestr(head, "/CB"), *key = strcasestr(head, "Sec-WebSocket-Key:"), reply[256], accepted[32];
    if (!name || !key || !strcasestr(head, "Sec-WebSocket-Protocol: ocpp1.6") ||
        (demands_password && !strcasestr(head, "Authorization: Basic "))) {
        static const char no[] = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
        refused++;
        put(c, no, sizeof no - 1);
        return -1;
    }
    c->id = strtoul(name + 3, NULL, 16);
    for (key += strlen("Sec-WebSocket-Key:"); *key == ' '; key++);
    accept_key(key, accepted);
    int size = snprintf(reply, sizeof reply,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n", accepted);
    c->state = OPEN;
    return put(c, reply, size);
}

static enum action action_of(const char *text, size_t size) {
    const char *id_end = size > 8 ? memchr(text + 4, '"', size - 4) : NULL;
    if (!id_end || id_end + 3 >= text + size) return DATA;
    return id_end[3] == 'B' ? BOOT : id_end[3] == 'H' ? HEARTBEAT : id_end[3] == 'M' ? METER : DATA;
}

static int text(struct connection *c, char *text, size_t size) {
    static char expected[TEXT_MAX + 128];
    enum action action = action_of(text, size);
    c->number++;
    if (write_call(expected, c->id, c->number, action, size) != size || memcmp(expected, text, size)) {
        wrong++;
        return -1;
    }
    messages++;
    return send_text(c, write_answer(frame + HEADER_MAX, c->id, c->number, action, size));
}

static void over(struct connection *c) { free(c); }

/* Serves until its standard input ends, then tells what it saw. */
int stub(int port, int demands) {
    static const struct end central = {.ready = ready, .head = head, .text = text, .over = over};
    int finished = 0, listener;
    end = &central;
    demands_password = demands;
    listener = listen_on(port);
    while (!finished) turn(listener, -1, &finished);
    printf("{\"event\":\"end\",\"messages\":%llu,\"wrong\":%d,\"refused\":%d}\n", messages, wrong, refused);
    return 0;
}
