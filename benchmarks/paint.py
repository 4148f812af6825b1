"""What a first load of the page costs: python -m benchmarks.paint ADDRESS

`sourcier chat` serves at that address. In a fresh Chromium, at two widths: seconds to the first paint, seconds until
one can ask, bytes that were fetched.
"""

from __future__ import annotations

import argparse
import sys
import time

from playwright.sync_api import sync_playwright

WIDTHS = (1280, 375)


def paint(url: str, width: int) -> tuple[float, int, float]:
    """Seconds to the first paint of a fresh browser, bytes that it fetched, seconds until one can ask."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 800})
        network, taken = page.context.new_cdp_session(page), [0]
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda one: taken.append(int(one["encodedDataLength"])))
        began = time.monotonic()
        page.goto(url)
        page.wait_for_selector("body.started")
        ready = time.monotonic() - began
        painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000
        page.wait_for_timeout(500)
        browser.close()
        return painted, sum(taken), ready


def main() -> int:
    """Print the figures of both widths."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("address", help="such as http://127.0.0.1:7860")
    address = parser.parse_args().address
    for width in WIDTHS:
        painted, taken, ready = paint(address, width)
        print(f"{width} px: first paint {painted:.2f} s, ready {ready:.2f} s, {taken / 1e6:.2f} MB fetched")
    return 0


if __name__ == "__main__":
    sys.exit(main())
