"""Which servers does the engine bring along, so that one command starts everything?"""
