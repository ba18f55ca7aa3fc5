//! A chain in memory: one `revm`, its state, and a clock that only a test moves.
//!
//! [`Chain::send`] keeps what a successful call did; [`Chain::attempt`] answers the same and keeps nothing, so that many cases can be tried
//! on one state. Limits are mainnet's: what is too large or too dear there is so here. Gas is free, since nothing here is about fees.

use alloy_sol_types::SolCall;
use revm::{
    Context, DatabaseCommit as _, ExecuteEvm as _, MainBuilder as _, MainContext as _,
    context::{
        TxEnv,
        result::{ExecutionResult, HaltReason},
    },
    database::{CacheDB, EmptyDB},
    handler::{MainnetContext, MainnetEvm},
    primitives::{Address, Bytes, Log, TxKind, U256},
    state::AccountInfo,
};

use super::abi::{Judge, Vault};

/// What a transaction may use on mainnet (EIP-7825).
const GAS: u64 = 1 << 24;

/// Why a call did nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Failure {
    /// An error that the vault, or its judge, declares.
    Declared {
        /// Its name.
        name: &'static str,
        /// Its selector and values.
        data: Bytes,
    },
    /// Reverted with anything else: bytes that are no argument, a panic, another contract's error.
    Revert(Bytes),
    /// Out of gas, or an invalid instruction.
    Halt(HaltReason),
}

impl Failure {
    fn of_revert(data: Bytes) -> Self {
        let selector = data.first_chunk().copied().unwrap_or_default();
        let judged = Judge::JudgeErrors::name_by_selector(selector);
        match Vault::VaultErrors::name_by_selector(selector).or(judged) {
            Some(name) => Self::Declared { name, data },
            None => Self::Revert(data),
        }
    }

    /// The declared error's name, or what kind of failure it is.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Declared { name, .. } => name,
            Self::Revert(_) => "Revert",
            Self::Halt(_) => "Halt",
        }
    }
}

/// What a call did.
#[derive(Debug)]
pub(crate) struct Done<T> {
    /// Its answer.
    pub(crate) answer: T,
    /// What it logged.
    pub(crate) logs: Vec<Log>,
}

/// One chain.
pub(crate) struct Chain {
    evm: MainnetEvm<MainnetContext<CacheDB<EmptyDB>>>,
}

impl Chain {
    /// A chain without contracts, at `time` in Unix seconds.
    pub(crate) fn new(chain_id: u64, time: u64) -> Self {
        let evm = Context::mainnet()
            .with_db(CacheDB::new(EmptyDB::new()))
            .modify_cfg_chained(|cfg| {
                cfg.chain_id = chain_id;
                cfg.tx_chain_id_check = false;
                cfg.disable_nonce_check = true;
            })
            .modify_block_chained(|block| {
                block.timestamp = U256::from(time);
                block.gas_limit = GAS;
            })
            .build_mainnet();
        Self { evm }
    }

    /// Unix seconds.
    pub(crate) fn time(&self) -> u64 {
        self.evm.ctx.block.timestamp.to()
    }

    /// Moves the clock on.
    pub(crate) fn wait(&mut self, seconds: u64) {
        self.evm.ctx.block.timestamp += U256::from(seconds);
    }

    /// From here on this is another chain with the same past.
    pub(crate) fn fork(&mut self, chain_id: u64) {
        self.evm.ctx.cfg.chain_id = chain_id;
    }

    /// Gives somebody coins.
    pub(crate) fn fund(&mut self, who: Address, wei: U256) {
        let info = AccountInfo {
            balance: wei,
            ..AccountInfo::default()
        };
        self.evm
            .ctx
            .journaled_state
            .database
            .insert_account_info(who, info);
    }

    /// Puts a contract onto the chain.
    pub(crate) fn deploy(
        &mut self,
        from: Address,
        code: &[u8],
        arguments: &[u8],
    ) -> Result<Address, Failure> {
        let code = [code, arguments].concat().into();
        let (result, state) = self.run(from, TxKind::Create, U256::ZERO, code);
        self.evm.ctx.journaled_state.database.commit(state);
        let address = result.created_address();
        done(result).map(|_| address.expect("a deployment that succeeds creates"))
    }

    /// Calls a contract and keeps what it did.
    pub(crate) fn send<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
    ) -> Result<Done<C::Return>, Failure> {
        self.pay(from, to, U256::ZERO, call)
    }

    /// As [`Chain::send`], with coins.
    pub(crate) fn pay<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        wei: U256,
        call: &C,
    ) -> Result<Done<C::Return>, Failure> {
        let (result, state) = self.run(from, TxKind::Call(to), wei, call.abi_encode().into());
        self.evm.ctx.journaled_state.database.commit(state);
        answered::<C>(result)
    }

    /// As [`Chain::send`], and nothing is kept.
    pub(crate) fn attempt<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
    ) -> Result<Done<C::Return>, Failure> {
        let (result, _) = self.run(from, TxKind::Call(to), U256::ZERO, call.abi_encode().into());
        answered::<C>(result)
    }

    /// The answer of a view.
    pub(crate) fn read<C: SolCall>(&mut self, of: Address, call: &C) -> C::Return {
        self.attempt(Address::ZERO, of, call)
            .expect("a view answers")
            .answer
    }

    fn run(
        &mut self,
        from: Address,
        kind: TxKind,
        value: U256,
        data: Bytes,
    ) -> (ExecutionResult, revm::state::EvmState) {
        let transaction = TxEnv {
            caller: from,
            gas_limit: GAS,
            kind,
            value,
            data,
            ..TxEnv::default()
        };
        let outcome = self
            .evm
            .transact(transaction)
            .expect("a well-formed transaction runs");
        (outcome.result, outcome.state)
    }
}

fn done(result: ExecutionResult) -> Result<(Bytes, Vec<Log>), Failure> {
    match result {
        ExecutionResult::Success { output, logs, .. } => Ok((output.into_data(), logs)),
        ExecutionResult::Revert { output, .. } => Err(Failure::of_revert(output)),
        ExecutionResult::Halt { reason, .. } => Err(Failure::Halt(reason)),
    }
}

fn answered<C: SolCall>(result: ExecutionResult) -> Result<Done<C::Return>, Failure> {
    let (output, logs) = done(result)?;
    let answer = C::abi_decode_returns(&output).expect("the answer is what the interface says");
    Ok(Done { answer, logs })
}
