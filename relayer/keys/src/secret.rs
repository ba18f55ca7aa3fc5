//! A secret key in a page of its own: locked against swapping where the system allows it, and zeroed when it is dropped.

use core::fmt;

use zeroize::Zeroize as _;

/// One page, so that unlocking it unlocks nobody else's secret.
#[repr(align(4096))]
struct Page([u8; 4096]);

/// 32 secret bytes. Shown as nothing.
pub struct Secret {
    page: Box<Page>,
    lock: Option<region::LockGuard>,
}

impl Secret {
    /// Takes the bytes over and zeroes where they came from.
    pub fn take(bytes: &mut [u8; 32]) -> Self {
        let mut page = Box::new(Page([0; 4096]));
        // A refusal by the system's limit leaves the page unlocked, which `is_locked` tells.
        let lock = region::lock(page.0.as_ptr(), page.0.len()).ok();
        page.0[..32].copy_from_slice(bytes);
        bytes.zeroize();
        Self { page, lock }
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8; 32] {
        self.page.0.first_chunk().expect("a page is longer than a key")
    }

    /// Whether the page cannot be swapped out.
    pub fn is_locked(&self) -> bool {
        self.lock.is_some()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.page.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_over_and_not_shown() {
        let mut bytes = [0xab; 32];
        let secret = Secret::take(&mut bytes);
        assert_eq!(bytes, [0; 32]);
        assert_eq!(secret.expose(), &[0xab; 32]);
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }
}
