//! Guards: what holds a message back. They are asked in a fixed order, a file each:
//! unreachable → not consented → suppressed ([`reach`]) → paused → condition no longer true →
//! expired (these two short enough to stand in [`super::fold`]) → holdout ([`holdout`]) →
//! frequency cap ([`cap`]) → quiet hours ([`quiet`], which defers where the others skip).

pub mod cap;
pub mod holdout;
pub mod quiet;
pub mod reach;
