"""Azure AD tokens and authorized Media Services calls by REST, with the standard library alone."""
