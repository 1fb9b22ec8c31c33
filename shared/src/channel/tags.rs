//! What travels with a message, so that feedback about it finds its way home.

use crate::domain::id::ProfileId;
use crate::ports::sender::Outgoing;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The message's id.
pub const MESSAGE: &str = "beckon_message";
/// The campaign's name.
pub const CAMPAIGN: &str = "beckon_campaign";
/// The step's name.
pub const STEP: &str = "beckon_step";
/// The profile's id in unpadded base64url (RFC 4648 §5), since it may hold any character.
pub const PROFILE: &str = "beckon_profile";

/// Instead of all of these: a test that somebody sends to themselves. What is heard of it is nobody's.
pub const TEST: &str = "beckon_test";

/// Longest value of an SES tag, in characters (SES API v2, `MessageTag`).
const VALUE_MAX: usize = 256;

/// A message's tags. Values hold only `A–Z a–z 0–9 _ -`, which every provider takes.
pub fn of(outgoing: &Outgoing) -> Vec<(&'static str, String)> {
    if outgoing.message.is_test() {
        return vec![(TEST, "yes".to_owned())];
    }
    vec![
        (MESSAGE, plain(outgoing.message.as_str())),
        (CAMPAIGN, plain(outgoing.campaign.as_str())),
        (STEP, plain(&outgoing.step)),
        (PROFILE, URL_SAFE_NO_PAD.encode(outgoing.profile.as_str())),
    ]
}

/// The profile that a tag's value speaks of, if it is one.
pub fn profile(value: &str) -> Option<ProfileId> {
    let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
    ProfileId::parse(std::str::from_utf8(&bytes).ok()?).ok()
}

/// Names of campaigns and steps are checked to hold nothing else; this keeps a message from being
/// refused should one ever do.
fn plain(text: &str) -> String {
    text.chars()
        .take(VALUE_MAX)
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::wire::outgoing;
    use crate::domain::campaign::Channel;
    use crate::domain::id::PROFILE_ID_MAX_BYTES;

    #[test]
    fn every_profile_fits_a_tag_and_comes_back() {
        for id in ["u1", "anon:a b/ü", &"é".repeat(PROFILE_ID_MAX_BYTES / 2)] {
            let mut message = outgoing(Channel::Email);
            message.profile = ProfileId::parse(id).unwrap();
            let (name, value) = of(&message).pop().unwrap();
            assert_eq!(name, PROFILE);
            assert!(value.len() <= VALUE_MAX);
            assert!(value.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
            assert_eq!(profile(&value), Some(message.profile));
        }
        assert_eq!(profile("not base64!"), None);
    }

    #[test]
    fn a_test_says_nothing_but_that_it_is_one() {
        let mut message = outgoing(Channel::Email);
        message.message = crate::domain::id::MessageId::test("1");
        assert_eq!(of(&message), [(TEST, "yes".to_owned())]);
    }

    #[test]
    fn names_are_made_fit() {
        assert_eq!(plain("trial ended/é"), "trial_ended__");
    }
}
