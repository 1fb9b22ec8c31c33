//! What `ports::Outages` promises.

use crate::fixtures::at;
use beckon_shared::ports::Outages;

pub async fn the_latest_moment_of_an_outage_is_kept(store: &impl Outages) {
    assert_eq!(store.outage().await, Ok(None));
    let [early, late] = ["2026-03-01T10:00:00.123Z", "2026-03-01T11:00:00Z"].map(at);
    for (noted, kept) in [(early, early), (early, early), (late, late), (early, late)] {
        store.note_outage(noted).await.unwrap();
        assert_eq!(store.outage().await, Ok(Some(kept)));
    }
}
