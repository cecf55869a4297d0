"""The command `jiaoheng`: each room registers its own commands; none has a rule of its own."""

from jiaoheng.cli.main import main

__all__ = ["main"]
