"""Pictures of every page for the README: ``python -m tests.browser.pictures`` makes them again."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import sync_playwright

from pages.shell.navigation import ONLY_WITH_SIGN_IN, SCREENS, SITE
from tests.browser.conftest import FLAGS, ROOT, Visit, serve
from tests.browser.looking import WIDE, open_screen
from tests.browser.programme import write_sample

FOLDER = ROOT / ".docs"
SHOWN = 1300  # of the page, from its top
WIDTH, COLOURS = 900, 128  # of a picture; a page has few colours, and each costs space
MOST_BYTES = 1_500_000


def main() -> int:
    """Write ``.docs/pages/<page>.png`` and ``.docs/site.png``; 1 if they are too large together."""
    (FOLDER / "pages").mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        with serve(write_sample(Path(folder) / "store.db")) as server:
            visit = Visit(chromium, server)
            shown = [screen for screen in SCREENS if screen.file not in ONLY_WITH_SIGN_IN]
            for screen in shown:
                open_screen(visit.page, server, screen)
                visit.page.set_viewport_size({"width": WIDE, "height": SHOWN})
                visit.page.wait_for_timeout(300)
                write(visit.page.screenshot(), FOLDER / "pages" / f"{screen.file}.png")
            visit.close()
        chromium.close()
    shutil.copyfile(FOLDER / "pages" / f"{SITE}.png", FOLDER / "site.png")
    size = sum(path.stat().st_size for path in FOLDER.rglob("*.png"))
    sys.stdout.write(f"{len(shown)} pages, {size / 1e6:.2f} MB\n")
    return int(size > MOST_BYTES)


def write(picture: bytes, path: Path) -> None:
    """A smaller picture with few colours."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    height = round(image.height * WIDTH / image.width)
    small = image.resize((WIDTH, height), Image.Resampling.LANCZOS)
    small.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


if __name__ == "__main__":
    sys.exit(main())
