//! Alters valid bytes: one bit flipped, cut short, one byte too long. Each must be refused or mean the same.
//!
//! By default some evenly spaced places of each vector; `VIADUCT_EVERY_MUTATION=1 cargo test -p tests conformance` takes
//! every byte.

/// Places that the default run alters in one vector.
const PLACES: usize = 12;

/// Runs `refused` on altered copies of `bytes`.
pub(crate) fn all_refused(bytes: &[u8], refused: impl Fn(&[u8]) -> bool) {
    let places = if std::env::var_os("VIADUCT_EVERY_MUTATION").is_some() {
        bytes.len()
    } else {
        PLACES
    };
    let step = (bytes.len() / places.max(1)).max(1);
    for at in (0..bytes.len()).step_by(step) {
        let mut flipped = bytes.to_vec();
        flipped[at] ^= 1 << (at % 8);
        assert!(
            refused(&flipped),
            "accepted with bit {} of byte {at} flipped",
            at % 8
        );
    }
    let end = bytes.trim_ascii_end().len();
    assert!(refused(&bytes[..end - 1]), "accepted without its last byte");
    assert!(refused(&bytes[..end / 2]), "accepted cut in half");
    assert!(refused(&[bytes, b"0"].concat()), "accepted with a byte behind it");
}
