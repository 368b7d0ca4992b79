"""A client for Azure AD tokens, the Media Services v2 REST API and Blob Storage, with the standard library only."""
