"""Out: a session as one PDF with bookmarks, page numbers and a contents page, or as a zip with readable names.

What goes out is what the asker may read and may take along (documents.pack.can_travel): never papers of a
closed sitting, restricted, withdrawn or the office's own. What is left out is told in words. Decision 0019.
"""
