"""OAuth v2: installing an app, its tokens, and removing it ("Installing with OAuth", "Using token rotation")."""
