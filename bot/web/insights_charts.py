"""Charts as inline SVG: pygal draws them, the page's own style sheet colours them."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: Six series are told apart by colour and by dash; more would not be.
MOST_SERIES: Final = 6
_WIDTH: Final = 640
_ROW: Final = 30
_STEPS: Final = tuple(n * 10**power for power in range(7) for n in (1, 2, 5))
_DROPPED: Final = ("tooltip-overlay", "text-overlay", "overlay", "titles")


def bars(title: str, counts: Sequence[tuple[str, int]]) -> Markup:
    """Draw one horizontal bar for each word, the longest first."""
    chart = _pygal().HorizontalBar(**_options(height=60 + _ROW * len(counts)))
    ordered = list(reversed(counts))
    chart.x_labels = [word for word, _ in ordered]
    chart.y_labels = _ticks(max(number for _, number in counts))
    chart.add(title, [number for _, number in ordered])
    return _drawn(chart, title)


def _pygal() -> Any:
    """Load pygal when a chart is asked for, without the hook that it leaves in every import."""
    import pygal  # noqa: PLC0415  a web process that is never asked for this page does without

    # It looks for plugins in a way that Python 3.11 warns of and later ones dropped.
    sys.meta_path[:] = [hook for hook in sys.meta_path if type(hook).__module__ != "pygal"]
    return pygal


def _ticks(top: int) -> list[int]:
    """Return about five round numbers from 0 to at least `top`."""
    step = next(n for n in _STEPS if n * 5 >= top) if top <= 5 * _STEPS[-1] else top // 4
    return list(range(0, top + step, step))


def stacked(title: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> Markup:
    """Draw one column for each label."""
    return _columns(_pygal().StackedBar(**_options(), x_label_rotation=_turned(labels)),
                    title, labels, series)  # fmt: skip


def columns(title: str, labels: Sequence[str], numbers: Sequence[int]) -> Markup:
    """Draw a distribution."""
    chart = _pygal().Bar(**_options(height=240))
    return _columns(chart, title, labels, {title: numbers})


def lines(
    title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]
) -> Markup:
    """Draw shares in percent over time; where nothing is known the line has a gap."""
    chart = _pygal().Line(
        **_options(), range=(0, 100), dots_size=3, x_label_rotation=_turned(labels),
        allow_interruptions=True, show_only_major_dots=False,
    )  # fmt: skip
    return _columns(chart, title, labels, series)


def _options(height: int = 260) -> dict[str, Any]:
    return {
        "js": (),
        "width": _WIDTH,
        "height": height,
        "disable_xml_declaration": True,
        "show_legend": False,  # the page has one that can be read aloud
        "min_scale": 4,
        "margin": 8,
        "show_minor_x_labels": False,
        "x_labels_major_count": 12,
        "truncate_label": 40,
        "formatter": lambda value: "" if value is None else f"{value:g}",
    }


def _columns(
    chart: Any, title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]
) -> Markup:
    chart.x_labels = list(labels)
    for name, numbers in list(series.items())[:MOST_SERIES]:
        chart.add(name, list(numbers))
    return _drawn(chart, title)


def _turned(labels: Sequence[str]) -> int:
    return 0 if len(labels) <= 7 else 35  # noqa: PLR2004  a week's days fit side by side


def _drawn(chart: Any, title: str) -> Markup:
    """Return the SVG without pygal's own style, script, comments and tooltips."""
    from xml.etree.ElementTree import tostring  # noqa: PLC0415  as pygal

    tree: Element = chart.render_tree()
    _prune(tree)
    for name in ("id", "xmlns"):
        tree.attrib.pop(name, None)
    tree.set("role", "img")
    tree.set("aria-label", f"{title}: the table beside it says the same")
    tree.set("preserveAspectRatio", "xMinYMin meet")
    # ElementTree escapes every text and attribute.
    return Markup(tostring(tree, encoding="unicode", short_empty_elements=True))  # noqa: S704


def _prune(element: "Element") -> None:
    for child in list(element):
        if _is_dropped(child):
            element.remove(child)
            continue
        for name in ("style", "id"):
            child.attrib.pop(name, None)
        _name_value(child)
        _prune(child)


def _is_dropped(element: "Element") -> bool:
    """Comments, pygal's own style and script, and the layers for its script."""
    if not isinstance(element.tag, str) or element.tag in ("defs", "script", "style"):
        return True
    return any(name in _DROPPED for name in element.get("class", "").split())


def _name_value(group: "Element") -> None:
    """Say a mark's value when the mouse rests on it, as browsers do by themselves."""
    told = {str(child.get("class")): child.text or "" for child in group if child.tag == "desc"}
    for child in [child for child in group if child.tag == "desc"]:
        group.remove(child)
    if "value" in told:
        title = group.makeelement("title", {})
        title.text = " · ".join(word for word in (told.get("x_label"), told["value"]) if word)
        group.append(title)
