"""Programs that run in a process of their own, within limits (documents/limits.py starts them).

They are run as isolated scripts: they import nothing of the house and know no settings.
"""
