/* load stub --port P [--cert F --key F] [--demand]
 * load generate --port P [--ca F] [--show] --mode storm|full|paced|idle|metered --count N ...
 */
#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

unsigned long long messages;
int wrong;

static const char *cert, *key, *ca, *mode = "full";
static int demands;

static void prepare_tls(int is_stub) {
    if (!(is_stub ? cert : ca)) return;
    tls = SSL_CTX_new(is_stub ? TLS_server_method() : TLS_client_method());
    if (!tls) die("SSL_CTX_new");
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(tls, 1);
    if (!is_stub) {
        SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
        if (SSL_CTX_load_verify_locations(tls, ca, NULL) != 1) die(ca);
        return;
    }
    if (SSL_CTX_use_certificate_chain_file(tls, cert) != 1 || SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
        die(cert);
    /* no tickets: every connection of the proxy is a whole handshake */
    SSL_CTX_set_options(tls, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(tls, 0);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
}

static int set(const char *name, const char *value) {
    if (!strcmp(name, "--port")) plan.port = atoi(value);
    else if (!strcmp(name, "--cert")) cert = value;
    else if (!strcmp(name, "--key")) key = value;
    else if (!strcmp(name, "--ca")) ca = value;
    else if (!strcmp(name, "--mode")) mode = value;
    else if (!strcmp(name, "--count")) plan.count = atoi(value);
    else if (!strcmp(name, "--window")) plan.window = atoi(value);
    else if (!strcmp(name, "--size")) plan.size = atoi(value);
    else if (!strcmp(name, "--rate")) plan.rate = atof(value);
    else if (!strcmp(name, "--interval")) plan.interval = atof(value);
    else if (!strcmp(name, "--warm")) plan.warm = atof(value);
    else if (!strcmp(name, "--seconds")) plan.seconds = atof(value);
    else if (!strcmp(name, "--limit")) plan.limit = atof(value);
    else return -1;
    return 0;
}

static int read_mode(void) {
    static const char *const names[] = {"storm", "full", "paced", "idle", "metered"};
    for (int i = 0; i < 5; i++)
        if (!strcmp(mode, names[i])) return plan.mode = i, 0;
    return -1;
}

int main(int count, char **words) {
    int is_stub = count > 1 && !strcmp(words[1], "stub");
    plan = (struct plan){.count = 1, .window = 32, .size = 250, .rate = 400, .interval = 60, .warm = 1, .seconds = 3,
                         .limit = 60};
    for (int i = 2; i < count; i++) {
        if (!strcmp(words[i], "--demand")) demands = 1;
        else if (!strcmp(words[i], "--show")) plan.shows_password = 1;
        else if (i + 1 == count || set(words[i], words[i + 1])) return fprintf(stderr, "what is %s?\n", words[i]), 2;
        else i++;
    }
    if (count < 2 || read_mode() || plan.size < 80 || plan.size > TEXT_MAX || plan.count < 1 || plan.count > 50000 ||
        plan.rate <= 0)
        return fprintf(stderr, "mode, size (80 to 65000), count (1 to 50000) or rate is wrong\n"), 2;
    signal(SIGPIPE, SIG_IGN);
    messages_prepare();
    transport_open();
    prepare_tls(is_stub);
    return is_stub ? stub(plan.port, demands) : chargers();
}
