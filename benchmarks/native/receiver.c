/* Many viewers in one process: WebSocket handshake, hello, and then nothing but taking frames.
 *
 *     receiver PORT PATH [hello] [small] [tokens=FILE]
 *
 * `hello`: say hello and wait for the welcome, as our protocol wants; without it a connection
 * counts once it is upgraded. `small`: the smallest receive buffers the kernel gives, and segments
 * as they are on a real network, so that the sender's buffer is no larger than it is there, either.
 * `tokens`: one a line, for the hellos of the viewers in turn.
 * Obeys lines on standard input and answers each with one line; ends when standard input does.
 *
 *     connect N MS           N more viewers                        open OPEN
 *     expect FRAMES MS       until that many in all (0: no wait)    frames F
 *     head SEQ MS            until all who are open have that seq   head BEHIND
 *     after SEQ              where who connects from now on begins  after SEQ
 *     stall N                the last N take nothing any more       stalled N
 *     drop                   all connections are cut, with a reset  dropped N
 *     back MS SPREAD         all come back, each at a random moment within SPREAD ms (-1: within
 *                            what its welcome said)                 open OPEN
 *     ping K N               every N-th who is open, from the K-th on, says one ping  pinged N
 *     record 0|1             keep arrivals: off, on (anew)          record 0|1
 *     records PATH           write them down                        records N
 *     report                 report open O closed C frames F bytes B gaps G doubles D skips S
 *                            snapshots N refused R code LAST_CLOSE_CODE
 *
 * MS is how long to wait at most: the answer then says how far it came. A record is
 * {u32 viewer, u32 from, u32 to, u32 bytes, u64 CLOCK_MONOTONIC in ns}.
 */
#define _GNU_SOURCE
#include "viewers.h"

/* What a command waits for. */
static struct { char kind; uint64_t target; int64_t until; } waiting;

static int behind(uint64_t seq)
{
    int count = 0;
    for (int i = 0; i < viewers_made; i++)
        count += !viewers[i].stalled && (viewers[i].state != OPEN || viewers[i].cursor < seq);
    return count;
}

/* Answer the command that waits, when what it waits for is there or its time is over. */
static void look_at_waiting(void)
{
    char line[200];
    int over = now_ns() >= waiting.until;
    if (waiting.kind == 'f' && (over || frames >= waiting.target))
        snprintf(line, sizeof line, "frames %llu", (unsigned long long)frames);
    else if (waiting.kind == 'o' && (over || open_now + (int)refused >= (int)waiting.target))
        snprintf(line, sizeof line, "open %d", open_now);
    else if (waiting.kind == 'h' && (over || behind(waiting.target) == 0))
        snprintf(line, sizeof line, "head %d", behind(waiting.target));
    else
        return;
    waiting.kind = 0;
    say(line);
}

static void wait_for(char kind, uint64_t target, long long within_ms)
{
    waiting.kind = kind;
    waiting.target = target;
    waiting.until = now_ns() + within_ms * 1000000;
}

static void connect_more(long long count, long long within_ms)
{
    for (long long i = 0; i < count && viewers_made < VIEWERS_MAX; i++) {
        viewers[viewers_made] = (struct viewer){.cursor = start_after, .due = 1};
        viewers_made++;
    }
    some_due = 1;
    wait_for('o', (uint64_t)viewers_made, within_ms);
}

static void come_back(long long within_ms, long long spread_ms)
{
    int64_t now = now_ns();
    for (int i = 0; i < viewers_made; i++) {
        long long spread = spread_ms < 0 ? viewers[i].retry_ms : spread_ms;
        viewers[i].tries = 0;
        viewers[i].due = now + (spread == 0 ? 0 : random() % (spread * 1000) * 1000);
    }
    some_due = 1;
    wait_for('o', (uint64_t)viewers_made, within_ms);
}

static int drop(void)
{
    int count = open_now;
    for (int i = 0; i < viewers_made; i++) {
        viewers[i].due = 0;
        shut(&viewers[i], 1);
    }
    return count;
}

static void stall(long long count)
{
    for (int i = viewers_made - (int)count; i < viewers_made; i++) {
        viewers[i].stalled = 1;
        epoll_ctl(epoll, EPOLL_CTL_DEL, viewers[i].fd, NULL);
    }
}

static int ping(long long first, long long step)
{
    int count = 0;
    for (long long i = first; i < viewers_made; i += step < 1 ? 1 : step)
        if (viewers[i].state == OPEN && ++count)
            send_text(&viewers[i], "{\"type\":\"ping\"}");
    return count;
}

static size_t write_records(const char *where)
{
    FILE *file = fopen(where, "wb");
    size_t written = file == NULL ? 0 : fwrite(records, sizeof *records, records_kept, file);
    if (file != NULL)
        fclose(file);
    return written;
}

static void report(char *line, size_t length)
{
    snprintf(line, length,
             "report open %d closed %llu frames %llu bytes %llu gaps %llu doubles %llu skips %llu "
             "snapshots %llu refused %llu code %u", open_now, (unsigned long long)closed,
             (unsigned long long)frames, (unsigned long long)bytes, (unsigned long long)gaps,
             (unsigned long long)doubles, (unsigned long long)skips,
             (unsigned long long)snapshots, (unsigned long long)refused, close_code);
}

static void obey(char *line)
{
    char answer[400] = "", word[200] = "";
    long long a = 0, b = 0;
    sscanf(line, "%199s %lld %lld", word, &a, &b);
    if (!strcmp(word, "connect")) {
        connect_more(a, b);
    } else if (!strcmp(word, "expect")) {
        wait_for('f', (uint64_t)a, b);
    } else if (!strcmp(word, "head")) {
        wait_for('h', (uint64_t)a, b);
    } else if (!strcmp(word, "back")) {
        come_back(a, b);
    } else if (!strcmp(word, "after")) {
        start_after = (uint64_t)a;
        snprintf(answer, sizeof answer, "after %lld", a);
    } else if (!strcmp(word, "stall")) {
        stall(a);
        snprintf(answer, sizeof answer, "stalled %lld", a);
    } else if (!strcmp(word, "drop")) {
        snprintf(answer, sizeof answer, "dropped %d", drop());
    } else if (!strcmp(word, "ping")) {
        snprintf(answer, sizeof answer, "pinged %d", ping(a, b));
    } else if (!strcmp(word, "record")) {
        recording = (int)a;
        records_kept = a ? 0 : records_kept;
        snprintf(answer, sizeof answer, "record %lld", a);
    } else if (!strcmp(word, "records")) {
        sscanf(line, "%*s %199s", word);
        snprintf(answer, sizeof answer, "records %zu", write_records(word));
    } else if (!strcmp(word, "report")) {
        report(answer, sizeof answer);
    } else {
        snprintf(answer, sizeof answer, "unknown %.150s", word);
    }
    if (answer[0] != 0)
        say(answer);
}

static void read_commands(void)
{
    static char lines[4096];
    static size_t kept;
    ssize_t got = read(0, lines + kept, sizeof lines - 1 - kept);
    if (got <= 0)
        exit(0);
    kept += (size_t)got;
    lines[kept] = 0;
    char *start = lines, *end;
    while ((end = strchr(start, '\n')) != NULL) {
        *end = 0;
        obey(start);
        start = end + 1;
    }
    kept -= (size_t)(start - lines);
    memmove(lines, start, kept);
}

static void happened(struct epoll_event *event)
{
    struct viewer *viewer = event->data.ptr;
    if (viewer == NULL) {
        read_commands();
    } else if (viewer->state == CONNECTING) {
        int error = 0;
        socklen_t length = sizeof error;
        getsockopt(viewer->fd, SOL_SOCKET, SO_ERROR, &error, &length);
        if (error != 0)
            lost(viewer);
        else
            ask_upgrade(viewer);
    } else if (viewer->state != AWAY) {
        readable(viewer);
    }
}

int main(int count, char **arguments)
{
    if (count < 3)
        return 2;
    port = atoi(arguments[1]);
    path = arguments[2];
    for (int i = 3; i < count; i++) {
        with_hello |= !strcmp(arguments[i], "hello");
        small_buffers |= !strcmp(arguments[i], "small");
        if (!strncmp(arguments[i], "tokens=", 7))
            read_tokens(arguments[i] + 7);
    }
    records = malloc(sizeof *records * RECORDS_MAX); /* untouched pages cost nothing */
    epoll = epoll_create1(0);
    struct epoll_event input = {EPOLLIN, {.ptr = NULL}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input);
    say("ready 0");
    for (;;) {
        struct epoll_event events[512];
        int found = epoll_wait(epoll, events, 512, waiting.kind ? 2 : 20);
        for (int i = 0; i < found; i++)
            happened(&events[i]);
        if (some_due)
            begin_who_is_due();
        if (waiting.kind)
            look_at_waiting();
    }
}
