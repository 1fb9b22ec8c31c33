//! Guards: what holds a message back. They are asked in a fixed order, a file each:
//! unreachable → not consented → suppressed ([`reach`]) → paused → condition no longer true →
//! expired → holdout (short enough to stand in [`super::fold`]) → frequency cap ([`cap`]) →
//! quiet hours ([`quiet`], which defers where the others skip).

pub mod cap;
pub mod quiet;
pub mod reach;
