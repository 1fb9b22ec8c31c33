//! Keys and attribute names of the one table.
//!
//! | access | key |
//! |---|---|
//! | append to / read an inbox, in order of event time | `PK = P#<profile>`, `SK = E#<time>#<id>` |
//! | load a profile in one query | `PK = P#<profile>`, `SK` from `STATE` to `TRAITS` |
//! | save a profile, conditional on its version | the same items |
//! | a message of an outbox | `PK = P#<profile>`, `SK = M#<message>` |
//! | what is in force | `PK = C#`, `SK = MANIFEST` |
//! | a version of a definition | `PK = C#`, `SK = CAMPAIGN#<name>#<version>`, `TEMPLATE#…`, `WORKSPACE#<version>` |
//! | whether an address is suppressed | `PK = A#<channel>#<hash of address>`, `SK = SUPPRESSED` |
//! | how far the sweep has come | `PK = W#`, `SK = SWEEP` |
//! | what is due on a day, by time (index [`crate::wiring::DUE_INDEX`], keys only, sparse) | `due_pk = <day>#<shard>`, `due_sk = <time>#<profile>` |
