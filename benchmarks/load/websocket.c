/* RFC 6455, as much of it as the two ends need: whole text frames, pings, and the key of the opening handshake. */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "load.h"

enum { TEXT = 1, PING = 9, PONG = 10 };

char frame[HEADER_MAX + TEXT_MAX + 8];

static void mask(char *payload, size_t size, const unsigned char *key) {
    uint64_t twice, word;
    memcpy(&twice, key, 4), memcpy((char *)&twice + 4, key, 4);
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        memcpy(&word, payload + i, 8);
        word ^= twice;
        memcpy(payload + i, &word, 8);
    }
    for (; i < size; i++) payload[i] ^= key[i & 3];
}

int send_frame(struct connection *c, int opcode, size_t size) {
    char *payload = frame + HEADER_MAX;
    unsigned char *head = (unsigned char *)payload - (end->masks ? 4 : 0) - (size < 126 ? 2 : 4);
    head[0] = 0x80 | opcode;
    if (size < 126) head[1] = size;
    else head[1] = 126, head[2] = size >> 8, head[3] = size & 255;
    if (end->masks) {
        head[1] |= 0x80;
        c->mask = c->mask * 1664525u + 1013904223u;
        memcpy(payload - 4, &c->mask, 4);
        mask(payload, size, (unsigned char *)payload - 4);
    }
    return put(c, (char *)head, payload + size - (char *)head);
}

int send_text(struct connection *c, size_t size) { return send_frame(c, TEXT, size); }

/* Reads whole frames; returns how many octets they had. A close frame ends the connection as anything unusual does. */
long read_frames(struct connection *c, char *bytes, size_t size) {
    size_t used = 0;
    for (;;) {
        unsigned char *head = (unsigned char *)bytes + used;
        size_t left = size - used, header = 2, length;
        if (left < 2) return used;
        if ((length = head[1] & 127) == 126) {
            if (left < 4) return used;
            length = head[2] << 8 | head[3], header = 4;
        } else if (length == 127) return -1;
        int masked = head[1] >> 7, opcode = head[0] & 15;
        if (masked == end->masks || (head[0] & 0xF0) != 0x80 || length > TEXT_MAX) return -1;
        header += 4 * masked;
        if (left < header + length) return used;
        char *payload = (char *)head + header;
        if (masked) mask(payload, length, (unsigned char *)payload - 4);
        used += header + length;
        if (opcode == TEXT) {
            if (end->text(c, payload, length) < 0) return -1;
        } else if (opcode == PING) {
            memcpy(frame + HEADER_MAX, payload, length);
            if (send_frame(c, PONG, length) < 0) return -1;
        } else if (opcode != PONG) return -1;
    }
}

/* Sec-WebSocket-Accept for a key of 24 characters; `out` has room for 29. */
void accept_key(const char *key, char *out) {
    unsigned char digest[SHA_DIGEST_LENGTH];
    char both[64];
    int size = snprintf(both, sizeof both, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    SHA1((unsigned char *)both, size, digest);
    EVP_EncodeBlock((unsigned char *)out, digest, SHA_DIGEST_LENGTH);
}
