//! What the tests share: the bundle in one process, on a virtual clock.
