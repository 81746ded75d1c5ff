"""How does a log of what users really did get into a running engine, every line once?"""
