"""A machine that is set up once: commands' tests copy its folder instead of making every table anew."""

import shutil
from pathlib import Path

import pytest

from tests.deployment import Deployment, deployment

_PEOPLE = """
from jiaoheng.access.account import Account
from jiaoheng.organisations.organisation import Organisation
top = Organisation.objects.create(code="320999", name_zh="示例区", kind="county", path="320999")
for code in ("1001", "1002"):
    said = {"name_zh": f"晨光{code}小学", "kind": "school", "parent": top, "path": f"320999/{code}", "stages": "primary"}
    Account.objects.create(username=f"clerk{code}", role="clerk", organisation=Organisation.objects.create(code=code, **said))
"""


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """On SQLite: an administrator «head», which is the trail's one line; an area with two schools and a clerk each."""
    with deployment("sqlite", tmp_path_factory.mktemp("machine") / "data") as made:
        made.says("account", "head", "--role", "administrator")
        made.runs(_PEOPLE)
        return made


def copy_of(machine: Deployment, data: Path) -> Deployment:
    """The same machine once more, in another folder."""
    shutil.copytree(machine.data, data)
    more = {name: value.replace(str(machine.data), str(data)) for name, value in machine.more.items()}
    return Deployment(data, f"sqlite:///{data / 'jiaoheng.sqlite3'}", more)
