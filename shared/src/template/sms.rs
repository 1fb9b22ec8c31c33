//! How long a text message is, in what operators bill: segments (3GPP TS 23.038, TS 23.040).

/// How a text is put into a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// 7-bit default alphabet: Latin, Greek capitals, some signs.
    Gsm7,
    /// Two bytes a character; one Cyrillic letter or one emoji is enough to need it.
    Ucs2,
}

/// A text's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// How it has to be encoded.
    pub encoding: Encoding,
    /// Septets, or UTF-16 units.
    pub units: usize,
    /// Messages it is carried in, each billed.
    pub segments: usize,
}

/// The default alphabet without its escape character.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Characters of the extension table, which take two septets.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

impl Length {
    /// Measures a text.
    pub fn of(text: &str) -> Self {
        let septets = text.chars().try_fold(0, |sum, c| {
            if BASIC.contains(c) {
                Some(sum + 1)
            } else if EXTENDED.contains(c) {
                Some(sum + 2)
            } else {
                None
            }
        });
        match septets {
            Some(units) => Self::split(Encoding::Gsm7, units, 160, 153),
            None => Self::split(Encoding::Ucs2, text.encode_utf16().count(), 70, 67),
        }
    }

    fn split(encoding: Encoding, units: usize, alone: usize, joined: usize) -> Self {
        let segments = if units <= alone { 1 } else { units.div_ceil(joined) };
        Self {
            encoding,
            units,
            segments,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_counted_as_operators_do() {
        for (text, encoding, units, segments) in [
            ("a".repeat(160), Encoding::Gsm7, 160, 1),
            ("a".repeat(161), Encoding::Gsm7, 161, 2),
            ("€".repeat(80), Encoding::Gsm7, 160, 1),
            ("я".repeat(70), Encoding::Ucs2, 70, 1),
            ("я".repeat(71), Encoding::Ucs2, 71, 2),
            ("🎂".repeat(35), Encoding::Ucs2, 70, 1),
        ] {
            let expected = Length {
                encoding,
                units,
                segments,
            };
            assert_eq!(Length::of(&text), expected, "{text}");
        }
    }
}
