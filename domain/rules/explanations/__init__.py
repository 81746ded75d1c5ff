"""Why does a user get, or not get, what a rule adapts, and what would have to be otherwise?"""
