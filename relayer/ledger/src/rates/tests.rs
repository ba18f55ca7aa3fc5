//! Laws over time.
