"""Which share of users should each variation get next, from what the variations have brought so far?"""
