//! Proof-of-work engines: which hash of a header must meet its target.

use alloc::vec;

use super::eaglesong::{eaglesong, pow_hashes};
use super::hash::blake2b;
use super::header::Header;

/// A network's proof of work. A parameter of the network, never taken from what is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pow {
    /// None at all: every header passes. Development chains only.
    Dummy,
    /// Eaglesong: mainnet.
    Eaglesong,
    /// blake2b over Eaglesong: testnet.
    EaglesongBlake2b,
}

impl Pow {
    /// Whether the header's hash meets the header's own target. An invalid target is met by nothing, under every engine.
    pub fn is_proved_by(self, header: &Header) -> bool {
        match self {
            Self::Dummy => self.is_met(header, &[0; 32]),
            Self::Eaglesong | Self::EaglesongBlake2b => {
                self.is_met(header, &eaglesong(&header.pow_message()))
            }
        }
    }

    /// Place of the first header whose hash does not meet its own target; several headers are hashed side by side.
    pub fn first_unproved(self, headers: &[Header]) -> Option<usize> {
        if self == Self::Dummy {
            return headers
                .iter()
                .position(|header| header.compact_target.target().is_err());
        }
        let messages = Header::pow_messages(headers);
        let mut hashes = vec![[0; 32]; messages.len()];
        pow_hashes(&messages, &mut hashes);
        headers
            .iter()
            .zip(&hashes)
            .position(|(header, hash)| !self.is_met(header, hash))
    }

    fn is_met(self, header: &Header, eaglesong: &[u8; 32]) -> bool {
        let Ok(target) = header.compact_target.target() else {
            return false;
        };
        match self {
            Self::Dummy => true,
            Self::Eaglesong => target.is_met_by(eaglesong),
            Self::EaglesongBlake2b => target.is_met_by(&blake2b(&[eaglesong]).0),
        }
    }
}
