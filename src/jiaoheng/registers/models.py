"""The database tables of the registers floor."""

from jiaoheng.registers.annual_statistics import AnnualStatistics

__all__ = ["AnnualStatistics"]
