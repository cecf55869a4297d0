"""What every test shares: data goes to a folder of the test's own."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into the deployment's data folder."""
    monkeypatch.setattr(settings, "DATA", tmp_path / "data", raising=False)
