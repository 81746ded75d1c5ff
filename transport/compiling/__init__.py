"""Operations as Python functions: what graphql-core's executor works out at every run, worked out once."""
