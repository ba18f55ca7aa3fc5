//! The vault's logs as `wire`'s events: every kind, field by field.

use alloy_sol_types::SolEventInterface as _;
use revm::primitives::{Address, B256, Log};
use wire::{
    event::{
        BalanceReport, Burned, Deposited, ExitCancelled, ExitDeclared, Exited, ForcedBytes, ForcedCommand,
        Governed, Paused, ReleaseFailed, Released, Rotated, Slashed, StakeDeposited, StakeReleased,
        VaultEvent,
    },
    types::{self, Account, AssetId, ChainId, Hash},
};

use super::abi::Vault::{self, VaultEvents};

fn hash(word: B256) -> Hash {
    Hash(word.0)
}

fn address(address: Address) -> types::Address {
    types::Address(address.0.0)
}

fn account(owner: Address, sub: u32) -> Account {
    Account {
        owner: address(owner),
        sub,
    }
}

/// The vault's events among `logs`, in order.
pub(crate) fn of_vault(vault: Address, logs: &[Log]) -> Vec<VaultEvent> {
    logs.iter()
        .filter(|log| log.address == vault)
        .map(event)
        .collect()
}

fn event(log: &Log) -> VaultEvent {
    match VaultEvents::decode_log(log)
        .expect("the vault emits what it declares")
        .data
    {
        VaultEvents::Deposited(event) => deposited(&event),
        VaultEvents::Burned(event) => burned(&event),
        VaultEvents::Released(event) => released(&event),
        VaultEvents::ReleaseFailed(event) => VaultEvent::ReleaseFailed(ReleaseFailed {
            seq: event.seq,
            id: event.id,
        }),
        VaultEvents::Rotated(event) => rotated(&event),
        VaultEvents::ForcedCommand(event) => forced(&event),
        VaultEvents::Slashed(event) => slashed(&event),
        VaultEvents::StakeDeposited(event) => stake_deposited(&event),
        VaultEvents::StakeReleased(event) => stake_released(&event),
        VaultEvents::Governed(event) => VaultEvent::Governed(Governed {
            seq: event.seq,
            id: event.id,
        }),
        VaultEvents::Paused(event) => VaultEvent::Paused(Paused {
            seq: event.seq,
            attester: address(event.attester),
            until: event.until,
        }),
        VaultEvents::ExitDeclared(event) => VaultEvent::ExitDeclared(ExitDeclared {
            seq: event.seq,
            height: event.height,
            final_at: event.finalAt,
        }),
        VaultEvents::ExitCancelled(event) => VaultEvent::ExitCancelled(ExitCancelled {
            seq: event.seq,
            height: event.height,
        }),
        VaultEvents::Exited(event) => exited(&event),
        VaultEvents::BalanceReport(event) => VaultEvent::Report(BalanceReport {
            seq: event.seq,
            asset: hash(event.asset),
            balance: event.balance,
            holdings: event.holdings,
        }),
    }
}

fn deposited(event: &Vault::Deposited) -> VaultEvent {
    VaultEvent::Deposited(Deposited {
        seq: event.seq,
        asset: hash(event.asset),
        account: account(event.owner, event.sub),
        amount: event.amount,
        holdings: event.holdings,
    })
}

fn burned(event: &Vault::Burned) -> VaultEvent {
    VaultEvent::Burned(Burned {
        seq: event.seq,
        home: AssetId {
            chain: ChainId(event.homeChain),
            asset: hash(event.homeAsset),
        },
        account: account(event.owner, event.sub),
        amount: event.amount,
        holdings: event.holdings,
    })
}

fn released(event: &Vault::Released) -> VaultEvent {
    VaultEvent::Released(Released {
        seq: event.seq,
        id: event.id,
        asset: hash(event.asset),
        recipient: hash(event.recipient),
        amount: event.amount,
        submitter: address(event.submitter),
        holdings: event.holdings,
    })
}

fn rotated(event: &Vault::Rotated) -> VaultEvent {
    VaultEvent::Rotated(Rotated {
        seq: event.seq,
        set_id: event.setId,
        set_hash: hash(event.setHash),
        height: event.height,
    })
}

fn forced(event: &Vault::ForcedCommand) -> VaultEvent {
    VaultEvent::ForcedCommand(ForcedCommand {
        seq: event.seq,
        submitter: address(event.submitter),
        command: ForcedBytes::new(event.command.to_vec()).expect("the vault refuses what is too long"),
    })
}

fn slashed(event: &Vault::Slashed) -> VaultEvent {
    VaultEvent::Slashed(Slashed {
        seq: event.seq,
        attester: address(event.attester),
        amount: event.amount,
        bucket: event.bucket,
    })
}

fn stake_deposited(event: &Vault::StakeDeposited) -> VaultEvent {
    VaultEvent::StakeDeposited(StakeDeposited {
        seq: event.seq,
        attester: address(event.attester),
        amount: event.amount,
        stake: event.stake,
    })
}

fn stake_released(event: &Vault::StakeReleased) -> VaultEvent {
    VaultEvent::StakeReleased(StakeReleased {
        seq: event.seq,
        attester: address(event.attester),
        amount: event.amount,
        stake: event.stake,
    })
}

fn exited(event: &Vault::Exited) -> VaultEvent {
    VaultEvent::Exited(Exited {
        seq: event.seq,
        asset: hash(event.asset),
        account: account(event.owner, event.sub),
        amount: event.amount,
        holdings: event.holdings,
    })
}
