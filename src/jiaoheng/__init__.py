"""Jiaoheng 教衡: the working system of a district education bureau."""

__all__ = ["__version__"]

__version__ = "0.2.0"
