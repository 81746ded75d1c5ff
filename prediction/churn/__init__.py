"""Who will not come back within the horizon, and why?"""
