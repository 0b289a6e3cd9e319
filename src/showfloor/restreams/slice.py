"""The slice of restreams: it has no jobs, because the process that takes a show sends it on."""

from showfloor.kernel.slices import Slice

SLICE = Slice("restreams")
