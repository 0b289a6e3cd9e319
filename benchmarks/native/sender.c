/* Many people writing at once: each connection sends a request by POST, waits for its answer and
 * sends the next one, kept alive; the people take turns.
 *
 *     sender PORT PATH command|operation|empty|nothing TOKENS CONNECTIONS
 *
 * `command`: a chat message `{"id","name":"message","body":{"text"}}`, as our client sends it;
 * `operation`: `{"client_id","text"}`, as the API wants it; `empty`: `{}` under an
 * Idempotency-Key, as a checkout begins; `nothing`: a command of a kind that there is not, whose
 * answer, 422, counts as one. TOKENS: a file, one a line.
 * Obeys lines on standard input and answers each with one line; ends when standard input does.
 *
 *     send FROM MS PATH [PER_S]
 *                           messages FROM, FROM + 1, … for so long, then the last answers are
 *                           waited for. PER_S: so many a second, each timed from when it was due;
 *                           0: as fast as answers come
 *                           sent S acked A refused R status LAST p50 US p99 US ms MS
 *
 * What was acked is in PATH: {u32 number, u32 seq} each; the seq is 0 where an answer has none.
 * A message's client id and key are `b-NUMBER`.
 */
#define _GNU_SOURCE
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
    CONNECTIONS_MAX = 1024,
    TOKENS_MAX = 100000,
    ACKS_MAX = 4000000,
    ANSWER_BYTES_MAX = 16384,
    LAST_ANSWERS_MS = 20000,
};

struct line {
    int fd;
    int waiting;          /* for an answer */
    uint32_t number;      /* of the message it waits for */
    int64_t sent_at;
    size_t bytes;
    char answer[ANSWER_BYTES_MAX];
};

struct ack {
    uint32_t number, seq;
};

static struct line lines[CONNECTIONS_MAX];
static char *tokens[TOKENS_MAX];
static struct ack *acks;
static uint32_t *took_us;
static size_t acked;
static int tokens_read, connections, epoll, port, as_command, as_empty, as_nothing,
    last_status;
static const char *path;
static uint64_t sent, refused;

/* What people say: letters of several scripts, emoji, so that nothing is the simplest case only. */
static const char *SAID[] = {
    "What a lovely colour, I want it", "Is it waterproof?", "Wie lange h\xc3\xa4lt das denn?",
    "love it \xf0\x9f\x98\x8d\xf0\x9f\x98\x8d", "How much is shipping to Austria please",
    "I bought it last week, it is great!", "Gr\xc3\xbc\xc3\x9f" "e aus M\xc3\xbcnchen \xf0\x9f\x91\x8b",
    "Which shade are you wearing today?", "first time here, hello everyone", "so pretty!!",
};

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void fail(const char *what) {
    fprintf(stderr, "sender: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void open_line(struct line *one) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    one->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (one->fd < 0 || connect(one->fd, (struct sockaddr *)&to, sizeof to))
        fail("connect");
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    one->waiting = 0;
    one->bytes = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, one->fd, &event))
        fail("epoll");
}

static void send_message(struct line *one, uint32_t number, int64_t due) {
    char body[512], request[4096], key[64] = "";
    const char *said = SAID[number % (sizeof SAID / sizeof *SAID)];
    if (as_empty)
        snprintf(key, sizeof key, "Idempotency-Key: b-%u\r\n", number);
    int length = as_empty ? snprintf(body, sizeof body, "{}")
        : as_nothing
        ? snprintf(body, sizeof body,
              "{\"id\":\"b-%u\",\"name\":\"nothing\",\"body\":{\"text\":\"%s (%u)\"}}",
              number, said, number)
        : as_command
        ? snprintf(body, sizeof body,
              "{\"id\":\"b-%u\",\"name\":\"message\",\"body\":{\"text\":\"%s (%u)\"}}",
              number, said, number)
        : snprintf(body, sizeof body, "{\"client_id\":\"b-%u\",\"text\":\"%s (%u)\"}",
              number, said, number);
    int size = snprintf(request, sizeof request,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n"
        "Content-Type: application/json\r\nAccept: */*\r\nAccept-Language: en\r\n%s"
        "Content-Length: %d\r\n\r\n%s",
        path, port, tokens[number % tokens_read], key, length, body);
    one->number = number;
    one->waiting = 1;
    one->bytes = 0;
    one->sent_at = due ? due : now_us();
    if (send(one->fd, request, size, MSG_NOSIGNAL) != size)
        fail("send");
    sent++;
}

/* Whether the answer is whole. */
static int take(struct line *one) {
    ssize_t got = recv(one->fd, one->answer + one->bytes, sizeof one->answer - 1 - one->bytes, 0);
    if (got <= 0)
        fail("the server closed a connection");
    one->bytes += got;
    one->answer[one->bytes] = 0;
    char *end = strstr(one->answer, "\r\n\r\n");
    if (!end)
        return 0;
    char *length = strcasestr(one->answer, "\r\ncontent-length:");
    size_t whole = end + 4 - one->answer + (length ? atol(length + 17) : 0);
    if (one->bytes < whole)
        return 0;
    last_status = atoi(one->answer + 9);
    char *seq = strstr(end, "\"seq\":");
    int is_right = as_nothing ? last_status == 422 : last_status / 100 == 2 && (seq || as_empty);
    if (!is_right || acked == ACKS_MAX) {
        if (!refused++)
            fprintf(stderr, "sender: %s\n", one->answer);
        return 1;
    }
    took_us[acked] = now_us() - one->sent_at;
    acks[acked++] = (struct ack){one->number, seq ? (uint32_t)strtoul(seq + 6, 0, 10) : 0};
    return 1;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void run(uint32_t number, int64_t ms, const char *kept, int64_t per_s) {
    struct epoll_event events[CONNECTIONS_MAX];
    struct line *free_lines[CONNECTIONS_MAX];
    int64_t began = now_us(), until = began + ms * 1000, ended = began, now = began;
    int waiting = 0, spare = connections;
    sent = refused = acked = 0;
    for (int i = 0; i < connections; i++)
        free_lines[i] = &lines[i];
    while (waiting || now < until) {
        int pause = 1000;
        while (spare && now < until) {
            int64_t due = per_s ? began + (int64_t)sent * 1000000 / per_s : 0;
            if (due > now) {
                pause = (due - now) / 1000 + 1;
                break;
            }
            send_message(free_lines[--spare], number++, due);
            waiting++;
        }
        int ready = epoll_wait(epoll, events, CONNECTIONS_MAX, pause);
        now = now_us();
        if (now > until + LAST_ANSWERS_MS * 1000)
            break;
        for (int i = 0; i < ready; i++) {
            struct line *one = events[i].data.ptr;
            if (!take(one))
                continue;
            ended = now;
            one->waiting = 0;
            waiting--;
            free_lines[spare++] = one;
        }
    }
    FILE *file = fopen(kept, "wb");
    if (!file || fwrite(acks, sizeof *acks, acked, file) != acked || fclose(file))
        fail(kept);
    qsort(took_us, acked, sizeof *took_us, by_size);
    printf("sent %llu acked %zu refused %llu status %d p50 %u p99 %u ms %lld\n",
        (unsigned long long)sent, acked, (unsigned long long)refused, last_status,
        acked ? took_us[acked / 2] : 0, acked ? took_us[acked * 99 / 100] : 0,
        (long long)(ended - began) / 1000);
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc != 6)
        return 2;
    port = atoi(argv[1]);
    path = argv[2];
    as_command = !strcmp(argv[3], "command");
    as_empty = !strcmp(argv[3], "empty");
    as_nothing = !strcmp(argv[3], "nothing");
    connections = atoi(argv[5]);
    if (connections < 1 || connections > CONNECTIONS_MAX)
        return 2;
    acks = malloc(sizeof *acks * ACKS_MAX);
    took_us = malloc(sizeof *took_us * ACKS_MAX);
    FILE *file = fopen(argv[4], "r");
    char *line = 0, kept[1024];
    size_t room = 0;
    if (!file || !acks || !took_us)
        fail(argv[4]);
    while (tokens_read < TOKENS_MAX && getline(&line, &room, file) > 0) {
        line[strcspn(line, "\r\n")] = 0;
        if (strlen(line) < 2048)
            tokens[tokens_read++] = strdup(line);
    }
    fclose(file);
    if (!tokens_read)
        return 2;
    epoll = epoll_create1(0);
    for (int i = 0; i < connections; i++)
        open_line(&lines[i]);
    printf("ready %d\n", connections);
    fflush(stdout);
    while (getline(&line, &room, stdin) > 0) {
        unsigned number;
        long long ms, per_s = 0;
        if (sscanf(line, "send %u %lld %1023s %lld", &number, &ms, kept, &per_s) >= 3)
            run(number, ms, kept, per_s);
    }
    return 0;
}
