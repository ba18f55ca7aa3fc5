//! The thin layer in front of the state machine: signatures, quorums, evidence and event proofs of a block.
//!
//! ```text
//!   wire block ─► certificates, proofs, evidence, signatures ─► Block (no signature left) ─► apply_block
//! ```
//! Everything is judged by the attester set of the state that the block applies to. One input that is not authentic makes the whole block
//! inauthentic: an honest proposer leaves it out, and the others vote nil. Only a forced command may be anything at all, because its user wrote
//! it into a vault: what it comes to is kept as its outcome.
//!
//! Guarantees: a [`Block`] from here holds only what its signers said and what a quorum attested, each event under its attestation.
//! Not guaranteed: that any of it applies. Spec: `spec/ledger.md`, Commands; `DESIGN.md`, Identities and formats.

use crate::command::{AttesterOrder, Block, Command, Fact, Match, Offender, QuorumOrder, Report};
use crate::ids::ChainId;
use crate::refusal::Refusal;
use crate::state::State;
use alloc::{boxed::Box, vec::Vec};
use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;
use wire::{
    attestation::Attestation,
    attesters::{AttesterSet, Member, SetError},
    block::{Body, EventError, ProvenEvent},
    certificate::{CertificateError, Certified, QuorumStatement},
    command,
    consensus::Header,
    eip712::Domain,
    encoding::Canonical,
    event::VaultEvent,
    evidence::{EvidenceError, Finality},
    signature::{SignatureError, Signed, SignedBy},
};

/// Why a block is not what it says.
#[derive(Clone, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum Inauthentic {
    /// Not the block after the state's.
    #[error("height {got} does not follow {height}")]
    WrongHeight {
        /// The header's.
        got: u64,
        /// The state's.
        height: u64,
    },
    /// Time stands still or goes back.
    #[error("time {got} is not above {time_ms}")]
    WrongTime {
        /// The header's.
        got: u64,
        /// The state's.
        time_ms: u64,
    },
    /// The state's set is no set.
    #[error(transparent)]
    Set(#[from] SetError),
    /// A quorum did not sign.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A signature is wrong.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Evidence convicts nobody.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// An event is not of its attestation.
    #[error(transparent)]
    Event(#[from] EventError),
    /// No attestation of this block or the state holds the event.
    #[error("event {seq} of chain {chain} has no attestation at height {height}")]
    Unattested {
        /// The event's chain.
        chain: ChainId,
        /// Its height.
        height: u64,
        /// Its number.
        seq: u64,
    },
}

/// What signatures are judged by.
struct Judge<'a> {
    domain: &'a Domain,
    set: AttesterSet,
}

/// Checks everything in a block that carries its own proof.
///
/// # Errors
/// [`Inauthentic`], for the first input that does not hold.
pub fn authenticate(
    state: &State,
    header: &Header,
    body: &Body,
    domain: &Domain,
    finality_of: impl Fn(ChainId) -> Option<Finality>,
) -> Result<Block, Inauthentic> {
    follows(state, header)?;
    let judge = Judge {
        domain,
        set: current_set(state)?,
    };
    let offences = body
        .evidence
        .iter()
        .map(|evidence| evidence.judge(domain, &finality_of));
    let offenders: Result<Vec<Offender>, EvidenceError> = offences
        .map(|offence| {
            offence.map(|offence| Offender {
                attester: offence.offender(),
                falsified: offence.falsified(),
            })
        })
        .collect();
    let reports: Result<Vec<Report>, Inauthentic> =
        body.reports.iter().map(|report| judge.report(report)).collect();
    let commands: Result<Vec<Command>, Inauthentic> = body
        .commands
        .iter()
        .map(|command| judge.command(command))
        .collect();
    Ok(Block {
        height: header.height,
        time_ms: header.time_ms,
        facts: judge.facts(state, body)?,
        offenders: offenders?,
        reports: reports?,
        commands: commands?,
    })
}

fn follows(state: &State, header: &Header) -> Result<(), Inauthentic> {
    if header.height != state.height.saturating_add(1) {
        return Err(Inauthentic::WrongHeight {
            got: header.height,
            height: state.height,
        });
    }
    if header.time_ms <= state.time_ms {
        return Err(Inauthentic::WrongTime {
            got: header.time_ms,
            time_ms: state.time_ms,
        });
    }
    Ok(())
}

fn current_set(state: &State) -> Result<AttesterSet, SetError> {
    let current = &state.sets.current;
    let members = current.members.iter().map(|(attester, weight)| Member {
        attester: *attester,
        weight: *weight,
    });
    AttesterSet::new(current.id, members.collect())
}

impl Judge<'_> {
    /// Facts in the order in which they apply: what is open first, then each attestation with its events.
    fn facts(&self, state: &State, body: &Body) -> Result<Vec<Fact>, Inauthentic> {
        let mut attested: Vec<Attestation> = Vec::new();
        for certified in &body.attestations {
            attested.push(self.certified(certified)?);
        }
        let open = state
            .chains
            .values()
            .filter_map(|row| row.cursor.attestation)
            .map(|attestation| (attestation, false));
        let mut all: Vec<(Attestation, bool)> = open
            .chain(attested.into_iter().map(|fresh| (fresh, true)))
            .collect();
        all.sort_by_key(|(attestation, fresh)| (attestation.chain, attestation.height, *fresh));
        for event in &body.events {
            if !all.iter().any(|(attestation, _)| holds(attestation, event)) {
                let (chain, height, seq) = (event.chain, event.height, event.event.seq());
                return Err(Inauthentic::Unattested { chain, height, seq });
            }
        }
        let mut facts = Vec::new();
        for (attestation, fresh) in all {
            if fresh {
                facts.push(Fact::Attestation(attestation));
            }
            for event in body.events.iter().filter(|event| holds(&attestation, event)) {
                facts.push(self.event(event, &attestation)?);
            }
        }
        Ok(facts)
    }

    fn event(&self, proven: &ProvenEvent, attestation: &Attestation) -> Result<Fact, Inauthentic> {
        let chain = proven.chain;
        Ok(match proven.verify(attestation)? {
            VaultEvent::ForcedCommand(forced) => {
                let command = self.forced(forced.command.as_slice()).map(Box::new);
                Fact::Forced {
                    chain,
                    seq: forced.seq,
                    command,
                }
            }
            event => Fact::Event(chain, event.clone()),
        })
    }

    /// What the bytes of a forced command come to.
    fn forced(&self, bytes: &[u8]) -> Result<Command, Refusal> {
        let command = command::Command::decode(bytes)?;
        self.command(&command).map_err(|reason| Refusal::Unauthorised {
            reason: Box::new(reason),
        })
    }

    fn report(&self, report: &command::Report) -> Result<Report, Inauthentic> {
        Ok(match report {
            command::Report::Price(signed) => Report::Price(self.signed(signed)?),
            command::Report::Health(signed) => Report::Health(self.signed(signed)?),
        })
    }

    fn signed<T: SignedBy + Clone>(&self, signed: &Signed<T>) -> Result<T, SignatureError> {
        Ok(signed.verify(self.domain)?.into_statement())
    }

    fn certified<T: QuorumStatement + Clone>(&self, certified: &Certified<T>) -> Result<T, CertificateError> {
        Ok(certified.verify(self.domain, &self.set)?.into_statement())
    }

    fn command(&self, command: &command::Command) -> Result<Command, Inauthentic> {
        use command::Command as Wire;
        Ok(match command {
            Wire::ClaimSuspense(signed) => Command::Owner(self.signed(signed)?.into()),
            Wire::RequestWithdraw(signed) => Command::Owner(self.signed(signed)?.into()),
            Wire::CancelWithdraw(signed) => Command::Owner(self.signed(signed)?.into()),
            Wire::CancelIntents(signed) => Command::Owner(self.signed(signed)?.into()),
            Wire::TransferSub(signed) => Command::Owner(self.signed(signed)?.into()),
            Wire::SetModel(signed) => Command::Owner(self.signed(signed)?.into()),
            Wire::LiquidationBid(signed) => Command::Owner(self.signed(signed)?.into()),
            Wire::Batch(signed) => Command::Batch(self.signed(signed)?),
            Wire::Fill(fill) => Command::Fill(self.fill(fill)?),
            Wire::Flag(flag) => Command::Flag(*flag),
            Wire::Unstake(signed) => Command::Attester(AttesterOrder::Unstake(self.signed(signed)?)),
            Wire::Enact(signed) => Command::Attester(AttesterOrder::Enact(self.signed(signed)?)),
            Wire::HaltByOne(signed) => Command::Attester(AttesterOrder::Halt(self.signed(signed)?)),
            Wire::RegisterVault(certified) => {
                Command::Quorum(QuorumOrder::RegisterVault(self.certified(certified)?))
            }
            Wire::Propose(certified) => Command::Quorum(QuorumOrder::Propose(self.certified(certified)?)),
            Wire::Halt(certified) => Command::Quorum(QuorumOrder::Halt(self.certified(certified)?)),
            Wire::Resume(certified) => Command::Quorum(QuorumOrder::Resume(self.certified(certified)?)),
            Wire::Checkpoint(certified) => {
                Command::Quorum(QuorumOrder::Checkpoint(self.certified(certified)?))
            }
            Wire::CustodyLoss(certified) => {
                Command::Quorum(QuorumOrder::CustodyLoss(self.certified(certified)?))
            }
            Wire::Reorg(certified) => Command::Quorum(QuorumOrder::Reorg(self.certified(certified)?)),
        })
    }

    fn fill(&self, fill: &command::Fill) -> Result<Match, Inauthentic> {
        Ok(Match {
            post: self.signed(&fill.post)?,
            take: self.signed(&fill.take)?,
            quantity: fill.quantity,
        })
    }
}

/// Whether the attestation is the one that an event names.
fn holds(attestation: &Attestation, event: &ProvenEvent) -> bool {
    (attestation.chain, attestation.height) == (event.chain, event.height)
}

#[cfg(test)]
pub(crate) mod tests;
