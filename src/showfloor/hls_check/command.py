"""`showfloor hls-check URL`: reads any server's stream and says which rules of HLS it breaks."""

import argparse
import asyncio
import json
from typing import Any, Final
from urllib.parse import urlsplit

from showfloor.hls_check.check import Report, check, key_of
from showfloor.hls_check.findings import Finding, Severity, exit_code
from showfloor.hls_check.reader import Limits, Reader
from showfloor.kernel.errors import Invalid

TEXT: Final = "check a stream of any server against the rules of HLS"
SECONDS_MAX: Final = 600
MEGABYTES_MAX: Final = 4096


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="a multivariant or a media playlist, http or https")
    parser.add_argument("--seconds", type=int, default=30, help="at most this long (default: 30)")
    parser.add_argument(
        "--megabytes", type=int, default=128, help="read at most this much (default: 128)"
    )
    parser.add_argument("--json", action="store_true", help="the report as JSON")


def run(arguments: argparse.Namespace, _settings: object = None) -> int:
    """Check and print; 2 when an error was found, 1 for a warning, else 0."""
    if urlsplit(arguments.url).scheme not in {"http", "https"}:
        raise Invalid("url: an address such as https://shop.example/hls/…", field="url")
    for name, most in (("seconds", SECONDS_MAX), ("megabytes", MEGABYTES_MAX)):
        if not 1 <= getattr(arguments, name) <= most:
            raise Invalid(f"--{name}: from 1 to {most}", field=name)
    limits = Limits(total_s=arguments.seconds, bytes_max=arguments.megabytes << 20)
    report = asyncio.run(_check(arguments.url, limits))
    print(json.dumps(as_json(report), indent=2) if arguments.json else as_text(report))
    return exit_code(report.findings)


async def _check(url: str, limits: Limits) -> Report:
    reader = Reader(limits)
    try:
        return await check(url, reader)
    finally:
        await reader.close()


def as_json(report: Report) -> dict[str, Any]:
    return {
        "kind": report.kind,
        "complete": report.complete,
        "playlists": report.playlists,
        "requests": report.requests,
        "bytes": report.bytes,
        "seconds": round(report.took_s, 1),
        "findings": [
            {
                "rule": finding.rule.name, "severity": finding.rule.severity,
                "clause": finding.rule.clause, "says": finding.rule.says, "url": finding.url,
                "line": finding.line, "detail": finding.detail,
                "times": report.times[key_of(finding)],
            }
            for finding in report.findings
        ],
    }  # fmt: skip


def as_text(report: Report) -> str:
    lines = [_line(finding, report) for severity in Severity for finding in report.of(severity)]
    counts = ", ".join(f"{len(report.of(severity))} × {severity}" for severity in Severity)
    lines.append(
        f"{report.kind}, {report.playlists} playlists: {counts}; {report.requests} requests, "
        f"{report.bytes / 1e6:.1f} MB, {report.took_s:.1f} s"
    )
    if not report.complete:
        lines.append("Not everything was read: give it more --seconds or --megabytes.")
    return "\n".join(lines)


def _line(finding: Finding, report: Report) -> str:
    rule, times = finding.rule, report.times[key_of(finding)]
    place = f"{finding.url}:{finding.line}" if finding.line else finding.url
    detail = f" ({finding.detail})" if finding.detail else ""
    often = f", {times} times" if times > 1 else ""
    return (
        f"{rule.severity:<8} {rule.clause:<9} {rule.name}: {rule.says}{detail}\n    {place}{often}"
    )
