//! Numbers as bytes: LEB128 (DWARF 5, §7.6), signed ones zigzag. Every byte of a profile is written with every event.

/// Writes a number that is not negative.
pub(super) fn unsigned_to(bytes: &mut Vec<u8>, mut number: u128) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap_or_default());
}

/// Writes a number.
pub(super) fn signed_to(bytes: &mut Vec<u8>, number: i128) {
    unsigned_to(bytes, ((number << 1) ^ (number >> 127)).cast_unsigned());
}

/// Writes how many.
pub(super) fn count_to(bytes: &mut Vec<u8>, count: usize) {
    unsigned_to(bytes, count as u128);
}

/// Takes a byte; nothing where there is none.
pub(super) fn byte_of(rest: &mut &[u8]) -> Option<u8> {
    let (&byte, behind) = rest.split_first()?;
    *rest = behind;
    Some(byte)
}

/// Takes a number that is not negative; nothing where none is written.
pub(super) fn unsigned_of(rest: &mut &[u8]) -> Option<u128> {
    let mut number = 0;
    for place in 0..19_u32 {
        let byte = byte_of(rest)?;
        number |= u128::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Takes a number; nothing where none is written.
pub(super) fn signed_of(rest: &mut &[u8]) -> Option<i128> {
    let number = unsigned_of(rest)?;
    Some((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
}

/// Takes a time or a difference of times, in milliseconds.
pub(super) fn time_of(rest: &mut &[u8]) -> Option<i64> {
    i64::try_from(signed_of(rest)?).ok()
}

/// Takes how many.
pub(super) fn count_of(rest: &mut &[u8]) -> Option<usize> {
    usize::try_from(unsigned_of(rest)?).ok()
}
