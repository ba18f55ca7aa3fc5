//! tmp
pub mod coalition;
pub mod window;
