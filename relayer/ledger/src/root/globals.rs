//! The root of everything that is not a sub: named sections, each hashed on its own.
//!
//! ```text
//! section       keccak(00 ‖ name ‖ content)         name: 32 bytes, ASCII, padded with zeros; content: 32 bytes
//! globalsRoot = keccak(01 ‖ count as u32 ‖ section ‖ section ‖ …)
//! ```
//! The content of a section is keccak of its canonical bytes. Sections have a fixed order and a fixed count, so that a proof of
//! one is the list of all of them: some twenty hashes, short enough for everything that reads it.

use alloc::vec::Vec;

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;
use wire::types::{Hash, keccak256};

const SECTION_TAG: u8 = 0;
const ROOT_TAG: u8 = 1;

/// Most sections; a proof from a stranger is read up to here.
pub const SECTIONS_MAX: usize = 64;

/// Why a list of sections does not show what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum SectionRejection {
    /// More than there can be.
    #[error("{got} sections are above the limit of {SECTIONS_MAX}")]
    TooMany {
        /// How many.
        got: usize,
    },
    /// No section has this name and this content.
    #[error("no section is {section}")]
    Missing {
        /// Hash of the section that was asked.
        section: Hash,
    },
    /// The sections belong to another state.
    #[error("the sections lead to the globals root {got}, not to {expected}")]
    WrongRoot {
        /// What they lead to.
        got: Hash,
        /// What was asked.
        expected: Hash,
    },
}

/// Name of a section: at most 32 ASCII letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionName([u8; 32]);

impl SectionName {
    /// The name, padded with zeros; what goes beyond 32 bytes is cut.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut padded = [0; 32];
        padded
            .iter_mut()
            .zip(name.bytes())
            .for_each(|(place, letter)| *place = letter);
        Self(padded)
    }
}

/// Hash of one section with this content.
#[must_use]
pub fn section_hash(name: SectionName, content: &[u8]) -> Hash {
    keccak256(&[&[SECTION_TAG], &name.0, &keccak256(&[content]).0])
}

/// Root over the sections in their order.
#[must_use]
pub fn globals_root(sections: &[Hash]) -> Hash {
    // A list that does not fit 32 bits can not be held in memory either.
    let count = u32::try_from(sections.len()).unwrap_or(u32::MAX).to_be_bytes();
    let parts = [&[ROOT_TAG][..], &count]
        .into_iter()
        .chain(sections.iter().map(|section| &section.0[..]));
    keccak256(&parts.collect::<Vec<_>>())
}

/// Content of the section `name`, once it is shown to be one of those under `expected`.
///
/// # Errors
/// [`SectionRejection`].
pub fn verify_section<'a>(
    name: SectionName,
    content: &'a [u8],
    sections: &[Hash],
    expected: &Hash,
) -> Result<&'a [u8], SectionRejection> {
    if sections.len() > SECTIONS_MAX {
        return Err(SectionRejection::TooMany { got: sections.len() });
    }
    let section = section_hash(name, content);
    if !sections.contains(&section) {
        return Err(SectionRejection::Missing { section });
    }
    let got = globals_root(sections);
    if got != *expected {
        return Err(SectionRejection::WrongRoot {
            got,
            expected: *expected,
        });
    }
    Ok(content)
}
