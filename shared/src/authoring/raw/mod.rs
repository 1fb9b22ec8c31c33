//! Files as people write them: the fields of campaigns, services and the workspace, with their
//! descriptions and defaults. The JSON Schemas are made of these types.

mod campaign;
mod enter;
mod read;
mod send;
mod service;
mod steps;
mod types;
mod values;
mod words;
mod workspace;

pub use campaign::{RawCampaign, RawExit, RawGoal};
pub use enter::{RawEnter, RawPart, RawWithout};
pub use read::{At, Fields, OneOrMany, Read, Report};
pub use send::{RawCall, RawEmit, RawEntry, RawHandover, RawOffer, RawSend, RawSendOffer, RawSet};
pub use service::{
    Code, Pointer, RawAnswer, RawHeard, RawInbound, RawService, RawSignature, RawTemplate, Scalar, Scheme,
};
pub use steps::{
    RawAwaited, RawBranch, RawBranchArm, RawHours, RawIf, RawRepeat, RawSplit, RawSplitArm, RawStep, RawThen, RawWait,
    RawWaitFor, RawWaitUntil, Until,
};
pub use values::{EventName, Expression, Length, Share, ValueOf, WaitFor};
pub use workspace::{RawAdd, RawCap, RawDerived, RawList, RawMoments, RawQuietHours, RawRetention, RawWorkspace};
