//! Conformance against the shared vectors, attacks by name, and checks over the source itself.

mod attacks;
mod beacon;
mod conformance;
mod contracts;
mod tidy;
