"""Debian's headless Chromium against a live server. Nothing is downloaded: both paths are given."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import text_to_be_present_in_element
from selenium.webdriver.support.ui import Select, WebDriverWait

from medbridge.actions.load_accounts import load_accounts
from tests import build
from tests.integration.conftest import Voice

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync --disable-default-apps "
    "--window-size=1200,1000 --lang=en"
)
PATIENCE_SECONDS = 15  # the machine may be busy with other tests


class Browser:
    """What a person does with a browser, by the words on the page."""

    def __init__(self, driver: webdriver.Chrome, address: str) -> None:
        self.driver = driver
        self.address = address
        # Chromium may answer about a page that is just being replaced: "Node ... does not belong to the document".
        self._wait = WebDriverWait(driver, PATIENCE_SECONDS, ignored_exceptions=[WebDriverException])

    def open(self, path: str) -> None:
        self.driver.get(f"{self.address}/desk/{path}")

    def sees(self, *words: str) -> None:
        """Waits until the page says all of this; TimeoutException with what it says instead."""
        for each in words:
            self._wait.until(text_to_be_present_in_element((By.TAG_NAME, "body"), each), f"“{each}” is not on the page")

    def follow(self, words: str) -> None:
        self._wait.until(lambda driver: driver.find_element(By.PARTIAL_LINK_TEXT, words).click() is None)

    def press(self, words: str) -> None:
        self._wait.until(lambda _: self._first(f"//button[contains(normalize-space(), '{words}')]").click() is None)

    def fill(self, label: str, text: str) -> None:
        self._labelled(label).send_keys(text)

    def choose(self, label: str, option: str) -> None:
        Select(self._labelled(label)).select_by_visible_text(option)

    def sign_in(self, name: str) -> None:
        self.driver.delete_all_cookies()
        self.open("sign-in")
        self.press(name)
        self.sees("Sign out")

    def _labelled(self, label: str) -> WebElement:
        return self.driver.find_element(By.ID, self._first(f"//label[.='{label}']").get_attribute("for") or "")

    def _first(self, xpath: str) -> WebElement:
        return self.driver.find_element(By.XPATH, xpath)


@pytest.fixture
def browser(live_server: Any, tmp_path: Path) -> Iterator[Browser]:
    if not CHROMIUM or not DRIVER:
        pytest.skip("NO BROWSER: chromium and chromedriver are missing (apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS.split(), f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    # A driver that is named keeps Selenium Manager from looking for one on the network.
    driver = webdriver.Chrome(options=options, service=Service(executable_path=DRIVER))
    driver.implicitly_wait(PATIENCE_SECONDS)
    yield Browser(driver, live_server.url)
    driver.quit()


@pytest.fixture
def own_chain(settings: Any, tmp_path: Path) -> None:
    settings.LOCAL_CHAIN_DIR = tmp_path / "chain"


@pytest.fixture
def records(transactional_db: None, own_chain: None) -> Callable[..., Voice]:
    """The cast, and Alice's record at North Bay."""
    load_accounts(at=timezone.now(), content=build.raw(build.ACCOUNTS))
    feed = Voice("north-feed", "TREAT", "user/*.cruds")
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-o1", build.observation("Patient/north-alice", "north-o1"))
    return Voice
