//! Properties of margin.
