/* What is said: each message follows from charger, number, action and size alone, so that either end knows every octet.
 *
 * CALL    [2,"00002a-7","DataTransfer",{"vendorId":"bench","data":"..."}]
 * answer  [3,"00002a-7",{"status":"Accepted","data":"..."}]
 *
 * The letters of `data` begin elsewhere in the alphabet with each number. Meter values tell another power with each
 * number, and no time: there is no calendar here, and who reads them counts them as of now.
 */
#include <string.h>

#include "load.h"

static char letters[TEXT_MAX + 26];

void messages_prepare(void) {
    for (size_t i = 0; i < sizeof letters; i++) letters[i] = 'a' + i % 26;
}

static char *say(char *out, const char *words) {
    size_t size = strlen(words);
    memcpy(out, words, size);
    return out + size;
}

static char *hexadecimal(char *out, uint32_t value, int digits) {
    while (digits < 8 && value >> 4 * digits) digits++;
    for (int i = digits - 1; i >= 0; i--) *out++ = "0123456789abcdef"[value >> 4 * i & 15];
    return out;
}

static char *decimal(char *out, uint32_t value) {
    if (value > 9) out = decimal(out, value / 10);
    *out++ = '0' + value % 10;
    return out;
}

static char *begin(char *out, const char *type, uint32_t id, uint32_t number) {
    out = say(out, type);
    out = hexadecimal(out, id, 6);
    *out++ = '-';
    return say(hexadecimal(out, number, 1), "\",");
}

static char *fill(char *out, const char *start, uint32_t number, size_t size) {
    size_t done = out - start + 3;
    if (done >= size) return out;
    memcpy(out, letters + number % 26, size - done);
    return out + (size - done);
}

size_t write_call(char *out, uint32_t id, uint32_t number, enum action action, size_t size) {
    char *p = begin(out, "[2,\"", id, number);
    if (action == BOOT)
        p = say(p, "\"BootNotification\",{\"chargePointVendor\":\"bench\",\"chargePointModel\":\"bench\"}]");
    else if (action == HEARTBEAT) p = say(p, "\"Heartbeat\",{}]");
    else if (action == METER) {
        p = say(p, "\"MeterValues\",{\"connectorId\":1,\"meterValue\":[{\"sampledValue\":[{\"value\":\"");
        p = decimal(p, 1000 + (id * 7 + number * 131) % 9000);
        p = say(p, "\",\"measurand\":\"Power.Active.Import\",\"unit\":\"W\"}]}]}]");
    }
    else p = say(fill(say(p, "\"DataTransfer\",{\"vendorId\":\"bench\",\"data\":\""), out, number, size), "\"}]");
    return p - out;
}

size_t write_answer(char *out, uint32_t id, uint32_t number, enum action action, size_t size) {
    char *p = begin(out, "[3,\"", id, number);
    if (action == BOOT)
        p = say(p, "{\"status\":\"Accepted\",\"currentTime\":\"2024-01-01T00:00:00Z\",\"interval\":300}]");
    else if (action == METER) p = say(p, "{}]");
    else if (action == HEARTBEAT) p = say(p, "{\"currentTime\":\"2024-01-01T00:00:00Z\"}]");
    else p = say(fill(say(p, "{\"status\":\"Accepted\",\"data\":\""), out, number, size), "\"}]");
    return p - out;
}
