"""`python -m jiaoheng`."""

from jiaoheng.cli import main

main()
