"""How papers arrive: the office asks an agency or a board for a paper, it is handed in, accepted or asked back.

Until the office accepts a file nobody else reads it: it lies in the request's tray (a document of the
office), and only an accepted version is copied to the paper of the agenda. Decision 0019.
"""
