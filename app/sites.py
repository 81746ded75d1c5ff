"""Which web applications does the engine serve?"""

from pathlib import Path
from typing import Final

from app.pages import Pages

WEB: Final = Path(__file__).parent.parent / "web"

# The one style that GraphiQL writes into the page: its dialogs' scroll lock (react-remove-scroll-bar). Its
# text depends on that library alone as long as the page never scrolls; the browser test opens every dialog.
SCROLL_LOCK_STYLE: Final = "sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc="

# The one style that Observable Plot writes into each chart: its text is that of the pinned version.
CHART_STYLE: Final = "sha256-jSYQUrW7J0b3jPqhZP9C2Xh1PyJKHKXd4s0fpGGKrww="

# Likewise the one of the legend of colours beside it.
LEGEND_STYLE: Final = "sha256-rCZUQsEQJf1DmnfnMZmlj08XC7qbIZySA6bEtitbQ00="

GRAPHIQL: Final = Pages(name="graphiql", title="GraphiQL", dist=WEB / "graphiql" / "dist", styles=(SCROLL_LOCK_STYLE,))
CONSOLE: Final = Pages(
    name="console", title="Console", dist=WEB / "console" / "dist", styles=(CHART_STYLE, LEGEND_STYLE)
)
DEMO: Final = Pages(name="demo", title="Demo", dist=WEB / "demo" / "dist")
SITES: Final = (CONSOLE, DEMO, GRAPHIQL)
