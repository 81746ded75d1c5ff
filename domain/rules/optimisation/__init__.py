"""What could be changed about rules, judging from what was measured of them?"""
