"""Which features that a user does not have should be recommended, and why?"""
