"""Looking at binds and sources before anything is read from them: what is there, and what to mend."""
