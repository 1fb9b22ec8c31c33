//! One-time schedules, one a bucket.

use super::PortError;
use super::due::Bucket;
use crate::domain::time::Timestamp;

/// Creates schedules.
#[allow(async_fn_in_trait)]
pub trait Scheduler {
    /// Makes sure that `check` is called with this bucket at `at` or soon after. Ensuring what
    /// is ensured already is a success and changes nothing. An `at` that has passed is the
    /// caller's business: whether and when such a schedule fires is not promised.
    async fn ensure(&self, bucket: Bucket, at: Timestamp) -> Result<(), PortError>;
}
