"""The HTML page that carries Dash."""

import re
from collections.abc import Callable, Mapping, Sequence

PLOTLY = "plotly-basic.min.js"
# As the style sheet spells it, which knows no fingerprints: so it is fetched once.
ICON = "/assets/favicon.svg"
# Old browsers' polyfill, the deprecated table and the full plotly bundle: weight that no page of ours uses.
UNUSED = re.compile(r'<script src="[^"]*/(?:deps/polyfill|dash_table/|package_data/plotly)[^"]*"></script>\n?')

PAGE = """<!doctype html>
<html lang="en">
<head>
{metas}
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="icon" href="{icon}" type="image/svg+xml">
{preload}
<link rel="stylesheet" href="{bootstrap}">
{styles}
<script src="{theme}"></script>
<script src="{plotly_url}" data-url="{plotly}"></script>
</head>
<body>
<div id="sg-alerts" role="alert"></div>
{app_entry}
{config}
{scripts}
{own}
{renderer}
</body>
</html>
"""


def page_html(
    parts: Mapping[str, str],
    asset_url: Callable[[str], str],
    scripts: Sequence[str],
    styles: Sequence[str],
    *,
    charts: bool,
) -> str:
    """Fill the page.

    Args:
        parts: what Dash generated: metas, title, app_entry, config, scripts, renderer.
        asset_url: address of an asset by its name.
        scripts: names of our own scripts, in the order they run.
        styles: names of our own style sheets, the strongest last.
        charts: whether the page draws charts at once, so that the browser may fetch the library ahead.
    """
    return PAGE.format(
        metas=parts["metas"],
        title=parts["title"],
        icon=ICON,
        plotly=asset_url(PLOTLY),
        preload=f'<link rel="preload" as="script" href="{asset_url(PLOTLY)}">' if charts else "",
        bootstrap=asset_url("bootstrap.min.css"),
        styles="\n".join(f'<link rel="stylesheet" href="{asset_url(name)}">' for name in styles),
        theme=asset_url("theme.js"),
        plotly_url=asset_url("plotly-url.js"),
        app_entry=parts["app_entry"],
        config=parts["config"],
        scripts=UNUSED.sub("", parts["scripts"]),
        own="\n".join(f'<script src="{asset_url(name)}"></script>' for name in scripts),
        renderer=parts["renderer"],
    )
