//! What vaults say in a simulation: each as one attestation with its event.

use ledger::{
    command::{Command, Fact},
    ids::AssetId,
    math::Fixed,
    refusal::Refusal,
};
use wire::{
    encoding::DecodeError,
    event::{
        BalanceReport, Burned, ExitCancelled, ExitDeclared, Exited, Governed, ReleaseFailed, Released,
        Rotated, Slashed, StakeDeposited, VaultEvent,
    },
    types::Hash,
};

use crate::{
    action::Action,
    world::{ASSETS, CHAINS, ETH, World, account, attester, units},
};

impl Action {
    pub(crate) fn facts(&self, world: &mut World) -> Vec<Fact> {
        match *self {
            Self::Deposit { asset, sub, amount } => {
                let (id, _, _, feed) = ASSETS[asset];
                let worth = Fixed::from_int(amount).div_floor(world.prices[&feed]);
                world.deposit(id, sub, worth.expect("in range"))
            }
            Self::EventOutOfTurn { chain } => {
                let (chain, _) = CHAINS[chain];
                let event = ReleaseFailed {
                    seq: world.vaults[&chain].seq + 7,
                    id: 0,
                };
                vec![Fact::Event(chain, VaultEvent::from(event))]
            }
            Self::Release { pick, pays } => {
                let payable = world.payable();
                let Some((entry, row)) = payable.get(pick as usize % payable.len().max(1)).cloned() else {
                    return Vec::new();
                };
                let amount = units(&row.asset, row.amount);
                world.attested(row.destination, |vault| {
                    if !pays {
                        return vec![VaultEvent::from(ReleaseFailed {
                            seq: next(&mut vault.seq),
                            id: entry.0,
                        })];
                    }
                    let is_home = row.destination == row.asset.chain;
                    let asset = if is_home {
                        row.asset.asset
                    } else {
                        bridged(&row.asset)
                    };
                    let counter = vault.holdings.entry(asset).or_default();
                    *counter = if is_home {
                        *counter - amount
                    } else {
                        *counter + amount
                    };
                    let (holdings, seq) = (*counter, next(&mut vault.seq));
                    let (recipient, submitter) = (row.recipient, account(0).owner);
                    vec![VaultEvent::from(Released {
                        seq,
                        id: entry.0,
                        asset,
                        recipient,
                        amount,
                        submitter,
                        holdings,
                    })]
                })
            }
            Self::Burn {
                asset,
                chain,
                sub,
                part_bp,
            } => {
                let ((home, ..), (chain, _)) = (ASSETS[asset], CHAINS[chain]);
                let supply = world.vaults[&chain]
                    .holdings
                    .get(&bridged(&home))
                    .copied()
                    .unwrap_or_default();
                let amount = (supply * units_of(part_bp) / units_of(10_000)).min(supply);
                if amount.is_zero() || chain == home.chain {
                    return Vec::new();
                }
                world.attested(chain, |vault| {
                    let counter = vault.holdings.entry(bridged(&home)).or_default();
                    *counter -= amount;
                    let (holdings, seq) = (*counter, next(&mut vault.seq));
                    vec![VaultEvent::from(Burned {
                        seq,
                        home,
                        account: account(sub),
                        amount,
                        holdings,
                    })]
                })
            }
            Self::Force { ref inner } => {
                // A quorum has other ways in, and what it states is told from a block's commands.
                let command = match **inner {
                    Self::Reorganise { .. } => None,
                    ref inner => inner.command(world),
                };
                let command =
                    command.filter(|command| !matches!(command, Command::Quorum(_) | Command::Attester(_)));
                let unreadable = Refusal::from(DecodeError::Truncated { missing: 1 });
                world.forced(CHAINS[0].0, command.map(Box::new).ok_or(unreadable))
            }
            _ => self.notice(world),
        }
    }

    /// What a vault says beside moving users' money, and exits.
    fn notice(&self, world: &mut World) -> Vec<Fact> {
        match *self {
            Self::Rotate { chain } => {
                let set_id = world.state.sets.current.id;
                let height = world.state.height;
                world.attested(CHAINS[chain].0, |vault| {
                    vec![VaultEvent::from(Rotated {
                        seq: next(&mut vault.seq),
                        set_id,
                        set_hash: Hash([3; 32]),
                        height,
                    })]
                })
            }
            Self::Stake {
                attester: number,
                whole,
            } => {
                let amount = units(&ETH, Fixed::from_int(whole));
                world.attested(ETH.chain, |vault| {
                    vec![VaultEvent::from(StakeDeposited {
                        seq: next(&mut vault.seq),
                        attester: attester(number),
                        amount,
                        stake: amount,
                    })]
                })
            }
            Self::Slash { attester: number } => {
                let stake = world.state.attesters.get(&attester(number)).map(|row| row.stake);
                let amount = units(&ETH, stake.unwrap_or_default());
                world.attested(ETH.chain, |vault| {
                    vec![VaultEvent::from(Slashed {
                        seq: next(&mut vault.seq),
                        attester: attester(number),
                        amount,
                        bucket: amount,
                    })]
                })
            }
            Self::BalanceReport { asset, short } => {
                let id = ASSETS[asset].0;
                world.attested(id.chain, |vault| {
                    let holdings = vault.holdings.get(&id.asset).copied().unwrap_or_default();
                    let short = wire::U256::from(u8::from(short));
                    vec![VaultEvent::from(BalanceReport {
                        seq: next(&mut vault.seq),
                        asset: id.asset,
                        balance: holdings.saturating_sub(short),
                        holdings,
                    })]
                })
            }
            Self::Governed => {
                let Some((id, change)) = world
                    .state
                    .vault_changes
                    .iter()
                    .next()
                    .map(|row| (row.0.0, *row.1))
                else {
                    return Vec::new();
                };
                world.attested(change.chain, |vault| {
                    vec![VaultEvent::from(Governed {
                        seq: next(&mut vault.seq),
                        id,
                    })]
                })
            }
            _ => self.exit(world),
        }
    }

    /// A chain's exit: declared, cancelled as long as nobody was paid, paid by the rows of the last root.
    fn exit(&self, world: &mut World) -> Vec<Fact> {
        let exited = |world: &World| {
            let mut chains = world.state.chains.iter();
            chains.find(|(_, row)| row.exited).map(|(chain, _)| *chain)
        };
        match *self {
            Self::DeclareExit { chain } => world.attested(CHAINS[chain].0, |vault| {
                vec![VaultEvent::from(ExitDeclared {
                    seq: next(&mut vault.seq),
                    height: 1,
                    final_at: 0,
                })]
            }),
            Self::CancelExit => {
                let chain = exited(world).filter(|chain| !world.paid_exits.contains(chain));
                let Some(chain) = chain else {
                    return Vec::new();
                };
                world.attested(chain, |vault| {
                    vec![VaultEvent::from(ExitCancelled {
                        seq: next(&mut vault.seq),
                        height: 2,
                    })]
                })
            }
            Self::PayExit { pick } => {
                let Some(chain) = exited(world) else {
                    return Vec::new();
                };
                let rows: Vec<_> = world
                    .state
                    .exits
                    .rows
                    .iter()
                    .flat_map(|(account, row)| row.iter().map(|(asset, amount)| (*account, *asset, *amount)))
                    .filter(|(account, asset, _)| {
                        asset.chain == chain && !world.exits.contains(&(*account, *asset))
                    })
                    .collect();
                let Some((account, id, amount)) = rows.get(pick as usize % rows.len().max(1)).copied() else {
                    return Vec::new();
                };
                let amount = units(&id, amount);
                world.paid_exits.insert(chain);
                world.exits.insert((account, id));
                world.attested(chain, |vault| {
                    let counter = vault.holdings.entry(id.asset).or_default();
                    let amount = amount.min(*counter);
                    *counter -= amount;
                    vec![VaultEvent::from(Exited {
                        seq: next(&mut vault.seq),
                        asset: id.asset,
                        account,
                        amount,
                        holdings: *counter,
                    })]
                })
            }
            _ => Vec::new(),
        }
    }
}

/// The name under which a chain's vault counts the bridged token of a foreign asset.
fn bridged(asset: &AssetId) -> Hash {
    asset.bridged()
}

fn units_of(count: i64) -> wire::U256 {
    wire::U256::from(count.unsigned_abs())
}

fn next(seq: &mut u64) -> u64 {
    let now = *seq;
    *seq += 1;
    now
}
