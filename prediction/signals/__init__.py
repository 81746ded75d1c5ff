"""What do models read of one user, the same in training and in serving?"""
