//! Benchmarks: one file per operation below `benches/`, the peer beside ours in the same run.
