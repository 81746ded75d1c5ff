"""What would another allocation have given, from what was logged under the one in force?"""
