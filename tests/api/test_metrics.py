"""What a process can be watched by: how many answers came from bytes, and how many operations were not compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Api

QUERY = "query($place: String!) { viewer { config(context: { place: $place }) { revision } } }"


async def figures(api: Api) -> dict[str, float]:
    response = await api.client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in response.text.splitlines() if not line.startswith("#")]
    return {name: float(figure) for name, figure in (line.rsplit(" ", 1) for line in lines)}


async def test_it_is_told_how_many_answers_came_from_bytes(api: Api) -> None:
    ada, place, before = api.as_user(), unique("place"), await figures(api)
    for _ in range(5):
        await ada.ask(QUERY, place=place)
    after = await figures(api)
    made, given = 'attune_answers_total{from="execution"}', 'attune_answers_total{from="bytes"}'
    assert (after[made] - before[made], after[given] - before[given]) == (2, 3)
    assert after["attune_answers_kept"] >= 1
    assert after["attune_answers_kept_bytes"] > 0


async def test_nothing_in_it_is_about_anybody(api: Api) -> None:
    ada = api.as_user()
    await ada.ask(QUERY, place=unique("place"))
    response = await api.client.get("/metrics")
    assert ada.user_id not in response.text
    assert 'attune_operations_left_to_graphql_core_total{reason="fragment_arguments"} ' in response.text


async def test_every_figure_says_what_it_means(api: Api) -> None:
    lines = (await api.client.get("/metrics")).text.splitlines()
    told = {line.split()[2] for line in lines if line.startswith("# HELP")}
    assert {line.split()[2] for line in lines if line.startswith("# TYPE")} == told
    assert {line.split("{")[0].split()[0] for line in lines if not line.startswith("#")} == told
