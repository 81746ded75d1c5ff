"""Which types does the API answer with? They translate values of the domain."""
