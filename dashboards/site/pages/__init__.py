"""One module per kind of page: each turns a release's figures into what its template shows."""
