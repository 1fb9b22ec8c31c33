//! Files as people write them: the fields of campaigns and of the workspace, with their
//! descriptions and defaults. The JSON Schemas are made of these types.

mod campaign;
mod read;
mod types;
mod values;
mod workspace;

pub use campaign::{RawCampaign, RawEnter, RawExit, RawGoal, RawSend, RawStep, RawWait, RawWaitUntil};
pub use read::{At, Fields, OneOrMany, Read, Report};
pub use values::{EventName, Expression, Share, WaitFor};
pub use workspace::{RawCap, RawList, RawQuietHours, RawWorkspace};
