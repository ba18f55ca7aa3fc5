//! Two conflicting signed objects and what was trusted when they were judged.

/// Proof that signers contradicted each other, as one self-contained value.
///
/// Each chain module says which `Trusted` and `Signed` it takes and what counts as a conflict; its `verify` on this type
/// judges the evidence again from nothing but the value, the parameters and a time. Holding an `Evidence` proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence<Trusted, Signed> {
    /// What both objects are verified against.
    pub trusted: Trusted,
    /// One of the two.
    pub first: Signed,
    /// The other.
    pub second: Signed,
}
