"""What of each user counts in the sums over all users?"""
