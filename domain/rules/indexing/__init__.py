"""Which rules could apply to a user at all, found without asking every rule?"""
