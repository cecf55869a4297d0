"""What every test shares: data goes to a folder of the test's own."""

from pathlib import Path
from typing import Any

import hypothesis
import pytest

# A slow machine is no fault of the program: examples have no time limit.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, settings: Any) -> None:
    """No test writes into the deployment's data folder, nor into its rulebook."""
    settings.DATA = tmp_path / "data"
    settings.RULEBOOK_OVERLAY = None
