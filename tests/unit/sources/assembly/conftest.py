from pathlib import Path

import pytest
from extracts_kit import Extracts


@pytest.fixture
def extracts(tmp_path: Path) -> Extracts:
    return Extracts(tmp_path)
