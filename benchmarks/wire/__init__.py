"""What does the wire cost, beside floors and peers measured in the same run?"""
