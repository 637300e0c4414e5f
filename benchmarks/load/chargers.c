/* The chargers: they connect, boot, and then do what the plan says, each with one open CALL at most.
 *
 * Each event is a line of JSON. After `start` and `stop` nothing happens until standard input brings a line, so that
 * whoever started this can read the proxy's counters in between. `end` tells what came out.
 */
#define _GNU_SOURCE
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

#define SECOND 1000000000ull
#define PATIENCE (5 * SECOND) /* in which an open CALL has to be answered after all is over; else it is lost */

struct plan plan;
static struct connection *all;
static int started, booted, failed; /* booted: and still there */
static int measuring, leaving, stop;
static double *delays;
static size_t delay_count, delay_room;

static void note(uint64_t nanoseconds) {
    if (delay_count == delay_room) {
        delay_room = delay_room ? 2 * delay_room : 1 << 16;
        if (!(delays = realloc(delays, delay_room * sizeof *delays))) die("realloc");
    }
    delays[delay_count++] = nanoseconds / 1e6;
}

static int ascending(const void *a, const void *b) {
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static double percentile(double part) { return delay_count ? delays[(size_t)(part * (delay_count - 1))] : 0; }

static int call(struct connection *c, enum action action) {
    c->action = action;
    c->asked = now();
    return send_text(c, write_call(frame + HEADER_MAX, c->id, ++c->number, action, plan.size));
}

/* The identity is the user name, as with most chargers. */
static void write_credentials(char *out, uint32_t id) {
    char shown[32];
    int size = snprintf(shown, sizeof shown, "CB%06x:bench-%06x", id, id);
    out += sprintf(out, "Authorization: Basic ");
    out += EVP_EncodeBlock((unsigned char *)out, (unsigned char *)shown, size);
    strcpy(out, "\r\n");
}

static int ready(struct connection *c) {
    char head[512], credentials[96] = "";
    if (plan.shows_password) write_credentials(credentials, c->id);
    int size = snprintf(head, sizeof head,
                        "GET /ocpp/CB%06x HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAA%08xAA==\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n%s\r\n",
                        c->id, plan.port, c->id, credentials);
    return put(c, head, size);
}

static int head(struct connection *c, char *head) {
    if (strncmp(head, "HTTP/1.1 101", 12) || !strcasestr(head, "Sec-WebSocket-Protocol: ocpp1.6")) return -1;
    c->state = OPEN;
    return call(c, BOOT);
}

static int text(struct connection *c, char *text, size_t size) {
    static char expected[TEXT_MAX + 128];
    uint64_t asked = c->asked;
    if (!asked || write_answer(expected, c->id, c->number, c->action, plan.size) != size ||
        memcmp(expected, text, size)) {
        wrong++;
        return -1;
    }
    c->asked = 0;
    messages += 2;
    if (!c->booted) {
        c->booted = 1;
        booted++;
        if (plan.mode == STORM) note(now() - c->began);
        return 0;
    }
    if (measuring && !leaving) note(now() - asked);
    return plan.mode == FULL && !leaving ? call(c, DATA) : 0;
}

static void over(struct connection *c) {
    booted -= c->booted;
    failed++;
}

/* Tells an event, and waits for a line on standard input; its end, or no line within a minute, ends the program. */
static void tell(const char *event) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char line;
    printf("{\"event\":\"%s\"}\n", event);
    fflush(stdout);
    if (poll(&input, 1, 60000) != 1 || read(STDIN_FILENO, &line, 1) != 1) exit(1);
}

static void connect_all(void) {
    uint64_t limit = now() + plan.limit * SECOND;
    int window = plan.mode == STORM ? plan.count : plan.window;
    while (booted + failed < plan.count && now() < limit && !stop) {
        while (started < plan.count && started - booted - failed < window) {
            struct connection *c = &all[started];
            c->id = started++;
            c->mask = c->id * 2654435761u + 12345;
            if (connect_to(c, plan.port) < 0) drop(c);
        }
        turn(-1, SECOND / 10, &stop);
    }
}

static int open_calls(void) {
    int found = 0;
    for (int i = 0; i < plan.count; i++) found += all[i].state == OPEN && all[i].booted && all[i].asked;
    return found;
}

static void finish(uint64_t began, double cpu, int skipped) {
    double seconds = (now() - began) / 1e9, used = cpu_seconds() - cpu;
    unsigned long long said = messages;
    tell("stop");
    leaving = 1;
    for (uint64_t end = now() + PATIENCE; open_calls() && now() < end && !stop;) turn(-1, SECOND / 50, &stop);
    qsort(delays, delay_count, sizeof *delays, ascending);
    printf("{\"event\":\"end\",\"seconds\":%.6f,\"messages\":%llu,\"failed\":%d,\"wrong\":%d,\"skipped\":%d,"
           "\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"cpu\":%.4f}\n",
           seconds, said, plan.count - booted + open_calls(), wrong, skipped, percentile(.5), percentile(.99), used);
}

static void storm(void) {
    tell("start");
    uint64_t began = now();
    double cpu = cpu_seconds();
    connect_all();
    finish(began, cpu, 0);
}

static void talk(void) {
    int paced = plan.mode != FULL, next = 0, skipped = 0;
    /* a CALL and its answer are two messages */
    uint64_t step = !paced ? 0 : plan.mode == PACED ? 2 * SECOND / plan.rate : plan.interval * SECOND / plan.count;
    uint64_t due = now() + step, began = now() + plan.warm * SECOND;
    double cpu = 0;
    for (int i = 0; !paced && i < plan.count; i++)
        if (all[i].state == OPEN && call(&all[i], DATA) < 0) drop(&all[i]);
    while (!stop) {
        uint64_t t = now();
        if (!measuring && t >= began) {
            tell("start");
            measuring = 1;
            messages = 0;
            cpu = cpu_seconds();
            due += now() - t;
            t = began = now();
        }
        if (measuring && t >= began + plan.seconds * SECOND) break;
        for (; paced && t >= due; due += step) {
            struct connection *c = &all[next++ % plan.count];
            if (c->state != OPEN) continue;
            if (c->asked) skipped++;
            else if (call(c, plan.mode == IDLE ? HEARTBEAT : plan.mode == METERED ? METER : DATA) < 0) drop(c);
        }
        turn(-1, paced && due > t && due - t < SECOND / 50 ? (int64_t)(due - t) : (int64_t)(SECOND / 50), &stop);
    }
    finish(began, cpu, skipped);
}

int chargers(void) {
    static const struct end charger = {.masks = 1, .ready = ready, .head = head, .text = text, .over = over};
    end = &charger;
    if (!(all = calloc(plan.count, sizeof *all))) die("calloc");
    if (plan.mode == STORM) storm();
    else {
        connect_all();
        talk();
    }
    return 0;
}
