"""What is the contract of this release?"""

import typer


def schema() -> None:
    """Print the GraphQL schema of this release in the schema definition language."""
    from schema.build import build_schema  # noqa: PLC0415 - slow to import

    typer.echo(build_schema().as_str())
