"""Who may do what: authentication, RBAC, access reviews, and evictions."""
