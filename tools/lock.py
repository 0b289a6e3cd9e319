"""Write the lock files in `requirements/` from `pyproject.toml` (`make lock`).

Every file is resolved for all platforms from Python 3.12 on, with hashes, and names no package
index. `run.txt` comes first; the others are held to its versions, so that the groups agree.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = "3.12"
LOCKS = {
    "run": ["pyproject.toml"],
    "s3": ["pyproject.toml", "--extra", "s3"],
    "captions": ["pyproject.toml", "--extra", "captions"],
    "demo": ["pyproject.toml", "src/showfloor_demo/pyproject.toml"],
    "setup": ["--group", "setup"],
    "front": ["--group", "front"],
    "dev": ["--group", "dev"],
    "bench": ["--group", "bench"],
}


def compile_lock(name: str, source: list[str], upgrade: bool) -> None:
    """Resolve one group; keeps the versions that are locked already unless `upgrade`."""
    command = [
        str(Path(sys.executable).with_name("uv")), "pip", "compile", *source,
        "--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--quiet",
        "--custom-compile-command", "make lock", "--output-file", f"requirements/{name}.txt",
    ]  # fmt: skip
    if name != "run":  # the others agree with it
        command += ["--constraint", "requirements/run.txt"]
    if upgrade:
        command.append("--upgrade")
    subprocess.run(command, cwd=ROOT, check=True, timeout=600)


def main() -> None:
    for name, source in LOCKS.items():
        compile_lock(name, source, upgrade="--upgrade" in sys.argv[1:])
        print(f"requirements/{name}.txt")


if __name__ == "__main__":
    main()
