"""Opinion polls (phiếu xin ý kiến): a body is asked outside a sitting, until a deadline.

An opinion poll is a poll without a room, with a row `Opinion` beside it. Papers and print are told by the
room above (papers.py), so that nothing here imports upwards or sideways.
"""
