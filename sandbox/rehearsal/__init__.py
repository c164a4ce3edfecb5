"""What the services and their users would have made by now: tables, people, sessions, documents, employers.

In the sandbox there are no services, so nothing would be there to classify, export, erase or judge. Everything is made
up, from fixed seeds, and says so: mail goes to example.jp, numbers of telephones are those nobody has.
"""
