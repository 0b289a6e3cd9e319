"""How many connections this process may take, given how many files it may open."""

import resource

CONNECTIONS_MAX = 15_000
_OTHERS_MAX = 2_000  # databases, recordings, encoders' pipes, publishers


def connections_max() -> int:
    """Raise the limit of open files as far as is useful and allowed (1,024 is common, and too few
    for viewers); how many connections that leaves, so that the database's files are never the
    ones that cannot be opened."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS_MAX + _OTHERS_MAX
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS_MAX
    return min(CONNECTIONS_MAX, soft - min(_OTHERS_MAX, soft // 4))
