"""What the numbers were measured on: processor, memory, versions."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

LIBRARIES = (
    "numpy", "pandas", "scipy", "streamlit", "altair", "SQLAlchemy", "python-calamine", "openpyxl",
    "xlsxwriter", "pingouin", "statsmodels",
)  # fmt: skip


def facts() -> list[tuple[str, str]]:
    """Name and value of everything that a reader needs to judge the numbers."""
    return [
        ("processor", f"{processor()}, {os.cpu_count()} cores"),
        ("memory", memory()),
        ("system", f"{platform.system()} {platform.release()}, {platform.machine()}"),
        ("Python", platform.python_version()),
        ("libraries", ", ".join(f"{name} {version(name)}" for name in LIBRARIES)),
        ("R", r_version() or "not installed"),
    ]


def processor() -> str:
    """The model of the processor, as far as the system tells."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def memory() -> str:
    """Installed memory in gigabytes."""
    try:
        n_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return "unknown"
    return f"{n_bytes / 1e9:.0f} GB"


def version(name: str) -> str:
    """The version of a library, or that it is not there."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def r_version() -> str:
    """The first line that R says of itself; nothing without R."""
    program = shutil.which("Rscript")
    if program is None:
        return ""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().splitlines()[0]


def missing_library(name: str) -> str:
    """A sentence if a library is not installed, else nothing."""
    if version(name) != "not installed":
        return ""
    return f"{name} is not installed here, so it is not compared."
