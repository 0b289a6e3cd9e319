# Varnish in front of Showfloor: one cache answers for any number of viewers.
#
#   varnishd -a :80 -f /etc/varnish/showfloor.vcl -s malloc,512m
#
# It relies on two facts (docs/reference/timeline-protocol.md):
#   - a tick has one address and one content: of all requests for the next one, a single one waits at
#     the origin, and its answer serves all of them (Varnish's waiting list, no polling);
#   - deleted entries are purged: set SHOWFLOOR_PURGE_URLS to this cache's address at the origin.
#
# Behind it, SHOWFLOOR_TRUSTED_PROXIES=1 lets the origin see the visitors' addresses.

vcl 4.1;

import std;

backend default {
    .host = "127.0.0.1";
    .port = "8000";
    .connect_timeout = 5s;
    .first_byte_timeout = 40s;      # a blocked tick ends after 20 s
    .between_bytes_timeout = 60s;   # a stream says something every 15 s
}

# The origin's own machines may purge.
acl purgers {
    "localhost";
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ purgers) {
            return (synth(405, "Not allowed"));
        }
        return (purge);
    }
    if (req.http.Upgrade ~ "(?i)websocket") {
        return (pipe);
    }
    if (req.url ~ "^/timeline/") {
        unset req.http.Cookie;      # who someone is comes from a token alone
        if ((req.method != "GET" && req.method != "HEAD") || req.http.Authorization
                || req.url ~ "/private(\?|$)") {
            return (pass);
        }
        if (req.http.Accept ~ "(?i)text/event-stream") {
            return (pipe);
        }
        # The answer serves everyone, so the first request carries nothing of its person.
        set req.url = regsub(req.url, "\?.*$", "");
        unset req.http.X-Forwarded-For;
        unset req.http.Accept;
        return (hash);
    }
    if (req.url ~ "^/hls/" && (req.method == "GET" || req.method == "HEAD")
            && !req.http.Authorization) {
        unset req.http.Cookie;
        return (hash);
    }
    return (pass);                  # pages, API, admin: they know who is asking
}

sub vcl_pipe {
    if (req.http.Upgrade) {
        set bereq.http.Upgrade = req.http.Upgrade;
        set bereq.http.Connection = req.http.Connection;
    } else {
        set bereq.http.Connection = "close";
    }
    return (pipe);
}

sub vcl_hash {
    if (req.url ~ "^/timeline/") {
        # A show's address is unique in an installation: one purge reaches it under every host name.
        hash_data(req.url);
        return (lookup);
    }
}

sub vcl_backend_response {
    if (bereq.url ~ "^/(timeline|hls)/") {
        # Nothing is served past its time: a stale "not yet" would outlive the tick it speaks of.
        set beresp.grace = 0s;
        set beresp.keep = 0s;
        unset beresp.http.Set-Cookie;
        if (beresp.http.Cache-Control ~ "(?i)no-store|private") {
            # Such answers are fetched one by one for a moment only; soon they may be shared again.
            set beresp.uncacheable = true;
            set beresp.ttl = 1s;
            return (deliver);
        }
        if (beresp.http.Content-Type ~ "^application/json"
                && std.integer(beresp.http.Content-Length, 0) > 1400) {
            set beresp.do_gzip = true;      # one packet stays one packet
        }
        return (deliver);
    }
}
