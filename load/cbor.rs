//! As much CBOR as it takes to refuse a request, and to promise another page. Source: RFC 8949.

/// Texts and maps of up to so many bytes and entries have their size in the first byte.
const SMALL: usize = 24;
/// The major type of texts, in the first byte's first bits.
const TEXT: u8 = 3 << 5;
/// The major type of maps.
const MAP: u8 = 5 << 5;

/// A map of texts.
pub fn map<const N: usize>(entries: [(&str, &str); N]) -> Vec<u8> {
    assert!(N < SMALL, "{N} entries");
    let mut map = vec![MAP | u8::try_from(N).expect("it is small")];
    for (key, value) in entries {
        map.extend(text(key));
        map.extend(text(value));
    }
    map
}

/// A small map with a text added that it did not have; `None` if it is not such a map.
pub fn with(map: &[u8], key: &str, value: &str) -> Option<Vec<u8>> {
    let (head, entries) = map.split_first()?;
    let size = head.checked_sub(MAP).filter(|size| usize::from(*size) + 1 < SMALL)?;
    Some([&[MAP | (size + 1)][..], &text(key), &text(value), entries].concat())
}

fn text(text: &str) -> Vec<u8> {
    let head = match u8::try_from(text.len()).expect("a short text") {
        length if usize::from(length) < SMALL => vec![TEXT | length],
        length => vec![TEXT | 0x18, length],
    };
    [&head[..], text.as_bytes()].concat()
}

#[test]
fn maps_of_texts_are_written_as_the_standard_says() {
    assert_eq!(map([]), [0xa0]);
    assert_eq!(map([("a", "IETF")]), *b"\xa1\x61a\x64IETF");
    assert_eq!(text(&"x".repeat(24))[..3], *b"\x78\x18x");
    assert_eq!(with(b"\xa1\x61a\x64IETF", "b", ""), Some(b"\xa2\x61b\x60\x61a\x64IETF".to_vec()));
    assert_eq!(with(b"\x80", "b", ""), None);
}
