"""How good is a model on users and times that it never saw?"""
