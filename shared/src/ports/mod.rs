//! What the functions need from outside, as traits: the real ones are in `store`, `scheduler`
//! and `channel`; the tests bring their own and hold both to one contract.

pub mod call;
pub mod clock;
pub mod confirmations;
pub mod counters;
pub mod definitions;
pub mod due;
pub mod error;
pub mod inbox;
pub mod line;
pub mod origins;
pub mod outages;
pub mod outbox;
pub mod page;
pub mod profiles;
pub mod scheduler;
pub mod sender;
pub mod set_aside;
pub mod suppressions;

pub use clock::Clock;
pub use confirmations::Confirmations;
pub use counters::Counters;
pub use definitions::Definitions;
pub use due::{DueIndex, SweepCursor};
pub use error::PortError;
pub use inbox::Inbox;
pub use line::Line;
pub use origins::Origins;
pub use outages::Outages;
pub use outbox::Outbox;
pub use page::Page;
pub use profiles::Profiles;
pub use scheduler::Scheduler;
pub use sender::Sender;
pub use set_aside::SetAside;
pub use suppressions::Suppressions;
