"""The nouns: model, evidence, stamp, digest, errors. Imports nothing else of pluginkit."""
