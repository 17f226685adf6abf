// Only for the target of the precompiled headers, which must have a source.
