"""What did a user do after meeting a rule, and what does that add to the sums over all users?"""
