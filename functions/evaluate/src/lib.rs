//! Folds each profile's inbox into its state, in order, and writes what was decided.
