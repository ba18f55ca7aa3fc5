//! Attacks by name (`spec/light-client.md`, last section), one file per area.

mod ckb;
mod ethereum;
mod ethereum_execution;
mod ethereum_rejections;
mod ethereum_sequences;
mod ethereum_variants;
