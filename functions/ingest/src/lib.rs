//! Takes events over HTTP (the Segment API) and appends them to inboxes.
