"""Invented names: every one begins with 示例 ("example"), so none can be a real place or firm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dazhu_data.chance import dice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MARK: Final = "示例"
_FIRST: Final = "晴云霁澄松青暖星禾雨雪枫荷蓝银竹棠桐芦杏梅兰柳桂榆橙"
_SECOND: Final = "岚川溪桥舟帆庭径岸谷台廊月影声汀渡坞笛灯坪荫亭石枝穗"

ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "new": ("苑", "府", "雅居"),
    "existing": ("小区", "花园", "里"),
    "old_town": ("街片区", "巷片区", "老院落"),
    "rural": ("村社区", "农村社区"),
    "centre": ("托育中心", "托育园"),
    "comprehensive_centre": ("托育综合服务中心",),
    "kindergarten_class": ("幼儿园托班",),
    "home_based": ("家庭托育点",),
    "employer_run": ("职工托育点",),
    "community_embedded": ("社区托育点",),
    "early_education": ("早教中心",),
    "idle_land": ("闲置地块",),
    "community_centre": ("社区综合体",),
    "park": ("公园配套用房",),
    "school": ("闲置校舍",),
    "health_centre": ("卫生服务中心用房",),
}


def invented(purpose: str) -> Iterator[str]:
    """Yield stems such as 示例晴岚, none twice, in an order of their own for each purpose."""
    stems = [_MARK + first + second for first in _FIRST for second in _SECOND]
    dice(f"names of {purpose}").shuffle(stems)
    yield from stems
