/* The limit: one prebuilt WebSocket frame, send() to every socket in turn, nothing else.
 *
 *     broadcast TEXT        says "ready PORT", then obeys lines on standard input:
 *     pass                  the frame to everyone
 *
 * A socket whose buffer is full is waited for. Once its handshake is done a connection is never
 * read from again. Ends when standard input does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FILES_MAX = 20000, WAIT_MS = 5000, ABOUT_A_REQUEST = 4096 };

static const char ACCEPTED[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

static int sockets[FILES_MAX], sockets_open;
static unsigned char *frame;
static size_t frame_bytes;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void build_frame(const char *text)
{
    size_t length = strlen(text), header = 2;
    frame = malloc(length + 4);
    frame[0] = 0x81;
    if (length < 126) {
        frame[1] = (unsigned char)length;
    } else {
        frame[1] = 126;
        frame[2] = (unsigned char)(length >> 8);
        frame[3] = (unsigned char)length;
        header = 4;
    }
    memcpy(frame + header, text, length);
    frame_bytes = header + length;
}

static void pass(void)
{
    for (int i = 0; i < sockets_open; i++) {
        size_t done = 0;
        while (done < frame_bytes) {
            ssize_t sent = send(sockets[i], frame + done, frame_bytes - done,
                                MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent > 0) {
                done += (size_t)sent;
            } else if (errno == EAGAIN) {
                struct pollfd full = {sockets[i], POLLOUT, 0};
                if (poll(&full, 1, WAIT_MS) <= 0)
                    break;
            } else {
                break;
            }
        }
    }
}

static void shake_hands(int epoll, int fd)
{
    char request[ABOUT_A_REQUEST];
    ssize_t got = recv(fd, request, sizeof request - 1, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
    if (got <= 0 || sockets_open == FILES_MAX) {
        close(fd);
        return;
    }
    if (send(fd, ACCEPTED, sizeof ACCEPTED - 1, MSG_NOSIGNAL) > 0)
        sockets[sockets_open++] = fd;
}

static void accept_all(int epoll, int listener)
{
    for (;;) {
        int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0)
            return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {EPOLLIN, {.fd = fd}};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

/* Whether there is more to come. */
static int obey(void)
{
    static char lines[ABOUT_A_REQUEST];
    ssize_t got = read(0, lines, sizeof lines);
    for (ssize_t i = 0; i < got; i++)
        if (lines[i] == '\n')
            pass();
    return got > 0;
}

static int listen_anywhere(void)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 ||
        listen(listener, 4096) != 0)
        die("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("ready %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int count, char **arguments)
{
    if (count != 2)
        return 2;
    build_frame(arguments[1]);
    int epoll = epoll_create1(0), listener = listen_anywhere();
    struct epoll_event event = {EPOLLIN, {.fd = listener}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = 0;
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event);
    for (;;) {
        struct epoll_event events[256];
        int found = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < found; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                accept_all(epoll, listener);
            else if (fd != 0)
                shake_hands(epoll, fd);
            else if (!obey())
                return 0;
        }
    }
}
