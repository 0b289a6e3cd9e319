/* The receiver's viewers: sockets, handshakes, hellos, frames, and what is counted of them. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    VIEWERS_MAX = 19000,
    AT_ONCE = 128,        /* handshakes under way */
    PER_ADDRESS = 40,     /* viewers behind one address, and each address in a /24 of its own */
    BUFFER = 1 << 20,
    TRIES_MAX = 20,
    RECORDS_MAX = 8000000,
    TOKEN_BYTES_MAX = 800,
};

enum state { AWAY, CONNECTING, UPGRADING, GREETING, OPEN };

struct viewer {
    int fd;
    enum state state;
    int stalled, tries;
    int64_t due;          /* when to connect; 0: not at all */
    uint32_t retry_ms;
    uint64_t cursor;      /* the last seq it has */
    unsigned char *rest;  /* an incomplete frame */
    size_t rest_bytes;
};

struct record {
    uint32_t viewer, first, last, bytes;
    uint64_t at;
};

static struct viewer viewers[VIEWERS_MAX];
static int viewers_made, open_now, under_way, some_due;
static int epoll, port, with_hello, small_buffers, recording;
static const char *path;
static char **tokens;
static int tokens_read;
static char epoch[128];
static uint64_t start_after, frames, bytes, gaps, doubles, skips, snapshots, closed, refused;
static unsigned close_code;
static struct record *records;
static size_t records_kept;
static unsigned char buffer[BUFFER];

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void say(const char *line)
{
    puts(line);
    fflush(stdout);
}

static void shut(struct viewer *viewer, int with_reset)
{
    if (viewer->state == AWAY)
        return;
    if (viewer->state == OPEN)
        open_now--;
    else
        under_way--;
    if (with_reset) {
        struct linger none = {1, 0};
        setsockopt(viewer->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    }
    close(viewer->fd);
    free(viewer->rest);
    viewer->rest = NULL;
    viewer->rest_bytes = 0;
    viewer->state = AWAY;
}

/* The other side ended it. Before it was open: once more, a little later. */
static void lost(struct viewer *viewer)
{
    int was_open = viewer->state == OPEN;
    shut(viewer, 0);
    if (was_open) {
        closed++;
    } else if (viewer->tries++ < TRIES_MAX) {
        viewer->due = now_ns() + 100000000;
        some_due = 1;
    } else {
        refused++;
    }
}

static void watch(struct viewer *viewer, uint32_t events, int operation)
{
    struct epoll_event event = {events, {.ptr = viewer}};
    epoll_ctl(epoll, operation, viewer->fd, &event);
}

static void begin(struct viewer *viewer)
{
    int index = (int)(viewer - viewers), one = 1, small = 2304, segment = 1400;
    uint32_t host = 0x7f010002u + ((uint32_t)(index / PER_ADDRESS) << 8);
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    viewer->due = 0;
    viewer->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (viewer->fd < 0) {
        perror("socket");
        exit(1);
    }
    if (small_buffers) {
        setsockopt(viewer->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        setsockopt(viewer->fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
    setsockopt(viewer->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(viewer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    bind(viewer->fd, (struct sockaddr *)&from, sizeof from);
    viewer->state = CONNECTING;
    under_way++;
    if (connect(viewer->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) {
        watch(viewer, 0, EPOLL_CTL_ADD);
        lost(viewer);
        return;
    }
    watch(viewer, EPOLLOUT, EPOLL_CTL_ADD);
}

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

static void send_frame(struct viewer *viewer, int opcode, const void *text, size_t length)
{
    unsigned char frame[1200];
    size_t header = 2;
    frame[0] = (unsigned char)(0x80 | opcode);
    if (length < 126) {
        frame[1] = (unsigned char)(0x80 | length);
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = (unsigned char)(length >> 8);
        frame[3] = (unsigned char)length;
        header = 4;
    }
    memset(frame + header, 0, 4); /* a mask of zeros masks nothing, and is one */
    memcpy(frame + header + 4, text, length);
    if (send(viewer->fd, frame, header + 4 + length, MSG_NOSIGNAL) < 0)
        lost(viewer);
}

static void send_text(struct viewer *viewer, const char *text)
{
    send_frame(viewer, TEXT, text, strlen(text));
}

static void now_open(struct viewer *viewer)
{
    viewer->state = OPEN;
    viewer->tries = 0;
    under_way--;
    open_now++;
}

static void ask_upgrade(struct viewer *viewer)
{
    char request[512];
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          "Sec-WebSocket-Version: 13\r\n\r\n", path, port);
    viewer->state = UPGRADING;
    watch(viewer, EPOLLIN, EPOLL_CTL_MOD);
    if (send(viewer->fd, request, (size_t)length, MSG_NOSIGNAL) < 0)
        lost(viewer);
}

static void say_hello(struct viewer *viewer)
{
    char token[TOKEN_BYTES_MAX + 20] = "", hello[TOKEN_BYTES_MAX + 300];
    if (tokens_read > 0)
        snprintf(token, sizeof token, "\"token\":\"%s\",", tokens[(viewer - viewers) % tokens_read]);
    snprintf(hello, sizeof hello, "{\"type\":\"hello\",%s\"after\":%llu,\"epoch\":\"%s\"}", token,
             (unsigned long long)viewer->cursor, epoch);
    viewer->state = GREETING;
    send_text(viewer, hello);
}

/* Where the frames begin in what came; 0: not there yet, or lost. */
static size_t upgraded(struct viewer *viewer, unsigned char *data, size_t length)
{
    unsigned char *end = memmem(data, length, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    if (length < 12 || memcmp(data + 9, "101", 3) != 0) {
        lost(viewer);
        return 0;
    }
    if (with_hello)
        say_hello(viewer);
    else
        now_open(viewer);
    return (size_t)(end + 4 - data);
}

/* The number after `"name":` in the first bytes of a text; 0 when there is none. */
static uint64_t number(const unsigned char *text, size_t length, const char *name)
{
    unsigned char *found = memmem(text, length < 300 ? length : 300, name, strlen(name));
    return found == NULL ? 0 : strtoull((char *)found + strlen(name), NULL, 10);
}

static void welcome(struct viewer *viewer, const unsigned char *text, size_t length)
{
    unsigned char *name = memmem(text, length, "\"epoch\":\"", 9);
    viewer->retry_ms = (uint32_t)number(text, length, "\"retry_ms\":");
    if (name != NULL && epoch[0] == 0) {
        unsigned char *end = memchr(name + 9, '"', length - (size_t)(name + 9 - text));
        size_t bytes_of = end == NULL ? 0 : (size_t)(end - name - 9);
        if (bytes_of < sizeof epoch)
            memcpy(epoch, name + 9, bytes_of);
    }
    if (viewer->state == GREETING)
        now_open(viewer);
}

static void entries(struct viewer *viewer, const unsigned char *text, size_t length)
{
    uint64_t first = number(text, length, "\"from\":"), last = number(text, length, "\"to\":");
    if (first > viewer->cursor + 1)
        gaps++;
    if (first <= viewer->cursor && last >= first)
        doubles++;
    if (last > viewer->cursor)
        viewer->cursor = last;
    frames++;
    bytes += length;
    if (recording && records_kept < RECORDS_MAX)
        records[records_kept++] = (struct record){(uint32_t)(viewer - viewers), (uint32_t)first,
                                                  (uint32_t)last, (uint32_t)length,
                                                  (uint64_t)now_ns()};
}

static int begins(const unsigned char *text, size_t length, const char *with)
{
    size_t wanted = strlen(with);
    return length >= wanted && memcmp(text, with, wanted) == 0;
}

static void take_text(struct viewer *viewer, const unsigned char *text, size_t length)
{
    if (begins(text, length, "{\"type\":\"entries\"")) {
        entries(viewer, text, length);
    } else if (begins(text, length, "{\"type\":\"welcome\"")) {
        welcome(viewer, text, length);
    } else if (begins(text, length, "{\"type\":\"skip\"")) {
        skips++;
        viewer->cursor = number(text, length, "\"to\":");
    } else if (begins(text, length, "{\"type\":\"snapshot\"")) {
        snapshots++;
    }
}

/* How much of `data` was whole frames; -1 when the connection ended. */
static ssize_t take_frames(struct viewer *viewer, unsigned char *data, size_t length)
{
    size_t at = 0;
    while (length - at >= 2) {
        size_t header = 2, payload = data[at + 1] & 127;
        if (payload == 126)
            header = 4;
        else if (payload == 127)
            header = 10;
        if (length - at < header)
            break;
        if (header == 4)
            payload = (size_t)data[at + 2] << 8 | data[at + 3];
        for (size_t i = 2; header == 10 && i < 10; i++)
            payload = (i == 2 ? 0 : payload << 8) | data[at + i];
        if (length - at < header + payload)
            break;
        unsigned opcode = data[at] & 15;
        if (opcode == TEXT)
            take_text(viewer, data + at + header, payload);
        if (opcode == PING && payload < 126)
            send_frame(viewer, PONG, data + at + header, payload);
        if (opcode == CLOSE) {
            close_code = payload < 2 ? 1005 : (unsigned)data[at + header] << 8 | data[at + header + 1];
            lost(viewer);
        }
        if (viewer->state == AWAY)
            return -1;
        at += header + payload;
    }
    return (ssize_t)at;
}

static void keep_rest(struct viewer *viewer, const unsigned char *data, size_t length)
{
    free(viewer->rest);
    viewer->rest = NULL;
    viewer->rest_bytes = length;
    if (length > 0) {
        viewer->rest = malloc(length);
        memcpy(viewer->rest, data, length);
    }
}

static void readable(struct viewer *viewer)
{
    size_t had = viewer->rest_bytes;
    if (had > 0)
        memcpy(buffer, viewer->rest, had);
    ssize_t got = recv(viewer->fd, buffer + had, BUFFER - had, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        close_code = 1006;
        lost(viewer);
        return;
    }
    size_t length = had + (size_t)got, at = 0;
    if (viewer->state == UPGRADING) {
        at = upgraded(viewer, buffer, length);
        if (viewer->state == AWAY)
            return;
    }
    if (viewer->state != UPGRADING) {
        ssize_t taken = take_frames(viewer, buffer + at, length - at);
        if (taken < 0)
            return;
        at += (size_t)taken;
    }
    if (had > 0 || at < length)
        keep_rest(viewer, buffer + at, length - at);
}

static void begin_who_is_due(void)
{
    static int next;
    int64_t now = now_ns();
    int due = 0;
    for (int seen = 0; seen < viewers_made && under_way < AT_ONCE; seen++) {
        struct viewer *viewer = &viewers[next];
        next = (next + 1) % viewers_made;
        if (viewer->state == AWAY && viewer->due != 0 && viewer->due <= now)
            begin(viewer);
        due |= viewer->due != 0;
    }
    some_due = due || under_way >= AT_ONCE;
}

static void read_tokens(const char *file_name)
{
    char line[TOKEN_BYTES_MAX];
    FILE *file = fopen(file_name, "r");
    tokens = calloc(VIEWERS_MAX, sizeof *tokens);
    while (file != NULL && tokens_read < VIEWERS_MAX && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = 0;
        tokens[tokens_read++] = strdup(line);
    }
    if (file != NULL)
        fclose(file);
}
