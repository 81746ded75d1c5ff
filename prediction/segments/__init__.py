"""Which segment will each user be in when the next horizon ends?"""
