"""How does GraphQL travel? A part that stands on its own: see transport.endpoint."""
