"""Take the pictures of `docs/tour.md` from a site that runs on the example district (`make demo`).

    python tools/pictures.py [http://127.0.0.1:8000]

Each picture is named for what it shows; on a page of many numbers only the first screen is taken, as a reader sees it.
"""

import os
import re
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
DESKTOP, PHONE, WALL = (1280, 860), (390, 844), (1920, 1080)
PASSWORD = os.environ.get("JIAOHENG_DEMO_PASSWORD", "jiaoheng-demo")

SHOTS: tuple[tuple[str, str, str, tuple[int, int]], ...] = (
    # name, who looks, address (a pattern after the arrow is the link to follow), size
    ("home", "leader", "/", DESKTOP),
    ("measure", "officer", "/measures/pupils_per_teacher/", DESKTOP),
    ("verdict", "officer", "/standards/high_quality_balance_2017/", DESKTOP),
    ("plan_to_pass", "officer", "/standards/high_quality_balance_2017/plan-to-pass/", DESKTOP),
    ("own_measure", "officer", "/measures/own/new/", DESKTOP),
    ("ledgers", "officer", "/ledgers/", DESKTOP),
    ("desk", "officer", "/desk/", DESKTOP),
    ("hazards", "officer", "/ledgers/hazards/overview/", DESKTOP),
    ("hazard", "officer", "/ledgers/hazards/ -> /ledgers/hazards/\\d+/$", DESKTOP),
    ("plan", "leader", "/plans/ -> /plans/\\d+/$", DESKTOP),
    ("plan_timeline", "leader", "/plans/ -> /plans/\\d+/$ -> timeline/$", DESKTOP),
    ("goal", "leader", "/plans/ -> /plans/\\d+/$ -> /goals/\\d+/$", DESKTOP),
    ("wall", "leader", "/plans/ -> /plans/\\d+/$ -> wall/$", WALL),
    ("phone_hazard", "clerk", "/ledgers/hazards/new/", PHONE),
    ("phone_visit", "officer", "/ledgers/inspector_visits/new/", PHONE),
    ("phone_desk", "clerk", "/desk/", PHONE),
    ("audit", "officer", "/audit/", DESKTOP),
)


def main() -> None:
    """Take every picture, or those named after the address."""
    base = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    wanted = set(sys.argv[2:])
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, who, path, (width, height) in SHOTS:
            if not wanted or name in wanted:
                page = signed_in(browser, base, who, width, height)
                walk(page, base, path)
                page.screenshot(path=PICTURES / f"{name}.png")
                print(f"{name}.png")
                page.context.close()
        browser.close()


def signed_in(browser: Browser, base: str, who: str, width: int, height: int) -> Page:
    """A fresh browser with this account at the site."""
    page = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN").new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{base}/sign-in/")
    page.fill("#id_username", who)
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_load_state("networkidle")
    return page


def walk(page: Page, base: str, path: str) -> None:
    """Go to the address, then follow the first link that fits each pattern. Raises: LookupError where there is none."""
    address, *links = path.split(" -> ")
    page.goto(base + address)
    for pattern in links:
        there = [link.get_attribute("href") or "" for link in page.locator("a[href]").all()]
        fitting = [href for href in there if re.search(pattern, href)]
        if not fitting:
            raise LookupError(f"{page.url} has no link like {pattern}")
        page.goto(base + fitting[0])
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main()
