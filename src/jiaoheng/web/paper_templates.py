"""Paper templates: which reports the rulebook offers.

Changes when templates are kept elsewhere than in the rulebook's folder `papers`.
"""

from django.conf import settings

from jiaoheng.rulebook.loader import shipped_rulebook

__all__ = ["templates"]


def templates() -> list[str]:
    """The ids of the paper templates, the bureau's own with ours."""
    layers = [shipped_rulebook(), *([settings.RULEBOOK_OVERLAY] if settings.RULEBOOK_OVERLAY else [])]
    return sorted({file.stem for layer in layers for file in (layer / "papers").glob("*.md")})
