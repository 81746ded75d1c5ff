"""Which objects do clients send? They say the shape; values reach the operations as documents."""
