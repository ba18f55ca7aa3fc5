//! Exits: what `ledger::root` proves of an account is what the vault pays after a final exit.
//!
//! ```text
//! paid = ⌊ claim · min(holdings, left) / left ⌋ in whole units       left = all claims less those that were paid
//! ```

use alloy_sol_types::SolEvent as _;
use ledger::root::{Amounts, InclusionProof, Leaf, Level, ProofRejection, SubsTree, Sums, state_root};
use revm::primitives::{Bytes, U256};
use wire::{
    consensus::Header,
    encoding::Canonical as _,
    types::{Account, Address, AssetId, Hash, keccak256},
};

use super::{
    abi::{self, BridgedToken, Vault, word},
    dice::{Dice, Verdicts, from_seeds},
    scene::{AWAY_ASSET, HOME, Scene, coin},
};

/// One reason in both vocabularies.
const AGREED: &[(&str, &str)] = &[
    ("Again", "ExitedBefore"),
    ("Nothing", "NothingToExit"),
    ("Decode", "SumsMismatch"),
    ("LeafSums", "SumsMismatch"),
    ("TopSums", "SumsMismatch"),
    ("LevelCount", "LevelCount"),
    ("LevelCount", "SumsMismatch"),
    ("WrongRoot", "SumsMismatch"),
    ("WrongRoot", "StateMismatch"),
];

/// Seconds of silence until an exit may be declared, and from then on until it is final.
const SILENCE: u64 = 7 * 86_400;
const CANCELLABLE: u64 = 2 * 86_400;

/// A state with random subs.
struct Books {
    tree: SubsTree,
    globals: Hash,
    accounts: Vec<Account>,
    root: Hash,
}

fn amounts(dice: &mut Dice, assets: &[AssetId]) -> Amounts {
    let magnitude = *dice.pick(&[1_u128, 1 << 30, 1 << 60, 1 << 80]);
    let mut rows: Vec<(AssetId, u128)> = Vec::new();
    for asset in assets {
        if !dice.once_in(4) {
            rows.push((*asset, magnitude + u128::from(dice.below(1 << 60))));
        }
    }
    rows.sort();
    Amounts::new(rows).expect("a canonical list")
}

impl Books {
    fn new(dice: &mut Dice, assets: &[AssetId]) -> Self {
        let mut tree = SubsTree::default();
        let owners: Vec<Address> = (0..4).map(|_| Address(dice.bytes())).collect();
        let mut accounts = Vec::new();
        for sub in 0..*dice.pick(&[1, 1, 2, 3, 9, 20]) {
            let account = Account {
                owner: *dice.pick(&owners),
                sub,
            };
            let sums = Sums {
                claims: amounts(dice, assets),
                loans: amounts(dice, assets),
                exitable: amounts(dice, assets),
            };
            tree.set(Leaf {
                account,
                sums,
                rest: Hash(dice.bytes()),
            });
            accounts.push(account);
        }
        let globals = Hash(dice.bytes());
        let root = state_root(&tree.root().expect("sums in range"), &globals);
        Self {
            tree,
            globals,
            accounts,
            root,
        }
    }

    fn total(&mut self, asset: &AssetId) -> u128 {
        self.tree.total().expect("sums in range").exitable.of(asset)
    }
}

/// What a vault takes, put together from both of the ledger's proofs.
pub(crate) fn exit_proof(tree: &mut SubsTree, account: &Account, globals: Hash) -> Vault::ExitProof {
    let inclusion = tree
        .prove(account, globals)
        .expect("sums in range")
        .expect("there is such a sub");
    let audit = tree
        .prove_sums(account, globals)
        .expect("sums in range")
        .expect("there is such a sub");
    let (top_sibling, below) = match audit.levels.split_last() {
        Some((top, below)) => (top.sibling_sums.encode(), below),
        None => (Vec::new(), &[][..]),
    };
    let top = below.iter().fold(audit.leaf.sums.clone(), |sums, level| {
        sums.plus(&level.sibling_sums).expect("sums in range")
    });
    Vault::ExitProof {
        account: abi::account(*account),
        sums: inclusion.leaf.sums.encode().into(),
        rest: word(inclusion.leaf.rest),
        branches: U256::from_be_bytes(inclusion.branches),
        levels: inclusion.levels.iter().map(level).collect(),
        topSums: top.encode().into(),
        topSiblingSums: top_sibling.into(),
        globals: word(globals),
    }
}

fn level(level: &Level) -> Vault::Level {
    Vault::Level {
        sums: word(level.sums),
        sibling: word(level.sibling),
        siblingSums: word(level.sibling_sums),
    }
}

type Damage = fn(&mut Vault::ExitProof, &mut Dice);

const DAMAGES: &[Damage] = &[
    |proof, dice| flip(&mut proof.sums, dice),
    |proof, dice| flip(&mut proof.topSums, dice),
    |proof, dice| flip(&mut proof.topSiblingSums, dice),
    |proof, _| proof.sums = [&proof.sums[..], &[0]].concat().into(),
    |proof, _| std::mem::swap(&mut proof.topSums, &mut proof.topSiblingSums),
    |proof, _| proof.sums = proof.topSums.clone(),
    |proof, dice| dice.flip(&mut proof.rest.0),
    |proof, dice| dice.flip(&mut proof.globals.0),
    |proof, dice| dice.flip(proof.account.owner.as_mut_slice()),
    |proof, dice| proof.account.sub ^= 1 << dice.below(32),
    |proof, dice| proof.branches ^= U256::from(1) << dice.index(256),
    |proof, _| proof.branches = U256::ZERO,
    |proof, dice| {
        let place = dice.index(256);
        proof.branches = proof.branches.rotate_left(place);
    },
    |proof, _| proof.levels.truncate(proof.levels.len().saturating_sub(1)),
    |proof, _| {
        proof.levels = proof
            .levels
            .split_first()
            .map_or(Vec::new(), |(_, above)| above.to_vec())
    },
    |proof, _| proof.levels.reverse(),
    |proof, _| proof.levels.extend(proof.levels.first().cloned()),
    |proof, dice| alter_level(&mut proof.levels, dice),
    |proof, dice| alter_level(&mut proof.levels, dice),
];

fn flip(bytes: &mut Bytes, dice: &mut Dice) {
    let mut copy = bytes.to_vec();
    if !copy.is_empty() {
        dice.flip(&mut copy);
    }
    *bytes = copy.into();
}

fn alter_level(levels: &mut [Vault::Level], dice: &mut Dice) {
    if levels.is_empty() {
        return;
    }
    let place = dice.index(levels.len());
    let level = &mut levels[place];
    let word = match dice.below(3) {
        0 => &mut level.sums,
        1 => &mut level.sibling,
        _ => &mut level.siblingSums,
    };
    dice.flip(&mut word.0);
}

/// What was paid: to whom and how much, in units; and the vault's counter after.
type Paid = (Account, U256, U256);

/// A vault after a final exit, as a reader of its events and of the ledger's proofs knows it.
struct Aftermath {
    root: Hash,
    asset: AssetId,
    decimals: u8,
    holdings: U256,
    /// Claims that were paid or cut, at 1e18.
    paid: U256,
    left_before: Vec<Account>,
}

impl Aftermath {
    /// What `ledger` makes of the proof.
    fn by_ledger(&self, proof: &Vault::ExitProof) -> Result<Paid, &'static str> {
        let account = Account {
            owner: Address(proof.account.owner.0.0),
            sub: proof.account.sub,
        };
        if self.left_before.contains(&account) {
            return Err("Again");
        }
        let inclusion = inclusion(proof, account)?;
        let leaf = inclusion.verify(&self.root).map_err(reason)?;
        let total = total(proof, &inclusion)?;
        let (claim, total) = (leaf.sums.exitable.of(&self.asset), total.exitable.of(&self.asset));
        let amount = self.share_down(U256::from(claim), U256::from(total) - self.paid);
        match amount.is_zero() {
            true => Err("Nothing"),
            false => Ok((account, amount, self.holdings - amount)),
        }
    }

    fn share_down(&self, claim: U256, left: U256) -> U256 {
        let unit = U256::from(10).pow(U256::from(18 - self.decimals));
        let payable = (self.holdings * unit).min(left);
        claim * payable / left.max(U256::from(1)) / unit
    }
}

/// The proof as the ledger's verifier takes it.
fn inclusion(proof: &Vault::ExitProof, account: Account) -> Result<InclusionProof, &'static str> {
    let sums = Sums::decode(&proof.sums).map_err(|_| "Decode")?;
    let level = |level: &Vault::Level| Level {
        sums: Hash(level.sums.0),
        sibling: Hash(level.sibling.0),
        sibling_sums: Hash(level.siblingSums.0),
    };
    Ok(InclusionProof {
        leaf: Leaf {
            account,
            sums,
            rest: Hash(proof.rest.0),
        },
        branches: proof.branches.to_be_bytes(),
        levels: proof.levels.iter().map(level).collect(),
        globals: Hash(proof.globals.0),
    })
}

/// The sums over all subs, once they are shown to be those that the top level names.
fn total(proof: &Vault::ExitProof, inclusion: &InclusionProof) -> Result<Sums, &'static str> {
    let (own, sibling) = match inclusion.levels.last() {
        Some(top) => (top.sums, top.sibling_sums),
        None => (inclusion.leaf.sums.hash(), keccak256(&[])),
    };
    if keccak256(&[&proof.topSums]) != own || keccak256(&[&proof.topSiblingSums]) != sibling {
        return Err("TopSums");
    }
    let own = Sums::decode(&proof.topSums).expect("the tree holds encoded sums");
    if inclusion.levels.is_empty() {
        return Ok(own);
    }
    let sibling = Sums::decode(&proof.topSiblingSums).expect("the tree holds encoded sums");
    Ok(own.plus(&sibling).expect("sums in range"))
}

fn reason(rejection: ProofRejection) -> &'static str {
    rejection.into()
}

fn by_the_vault(scene: &mut Scene, asset: Hash, proof: &Vault::ExitProof) -> Result<Paid, &'static str> {
    let call = Vault::exitCall {
        asset: word(asset),
        proof: proof.clone(),
    };
    let done = scene.send(&call).map_err(|failure| failure.name())?;
    let exited = done
        .logs
        .iter()
        .find_map(|log| Vault::Exited::decode_log(log).ok());
    let exited = exited.expect("an exit says so");
    let account = Account {
        owner: Address(exited.owner.0.0),
        sub: exited.sub,
    };
    Ok((account, exited.amount, exited.holdings))
}

/// A vault that took `root` and, after silence, let everybody go.
fn abandoned(scene: &mut Scene, dice: &mut Dice, state_root: Hash) {
    let header = Header {
        state_root,
        ..scene.header(dice)
    };
    scene.submit(header);
    scene.chain.wait(SILENCE);
    scene
        .send(&Vault::declareExitCall {})
        .expect("the ledger is silent");
    scene.chain.wait(CANCELLABLE);
}

fn balance_of(scene: &mut Scene, owner: Address) -> U256 {
    scene.chain.read(
        scene.usd,
        &BridgedToken::balanceOfCall {
            account: abi::address(owner),
        },
    )
}

#[test]
fn a_vault_pays_what_the_ledger_proves_in_full_or_in_equal_parts() {
    let mut verdicts = Verdicts::default();
    let (mut short, mut whole) = (0, 0);
    from_seeds(80, |dice| {
        let mut scene = Scene::new(dice);
        let (token, decimals) = *dice.pick(&[(scene.usd_id(), 6), (coin(), 18)]);
        let asset = AssetId {
            chain: HOME,
            asset: token,
        };
        let mut books = Books::new(
            dice,
            &[
                asset,
                AWAY_ASSET,
                AssetId {
                    chain: AWAY_ASSET.chain,
                    asset: token,
                },
            ],
        );
        let unit = 10_u128.pow(18 - decimals);
        let total = books.total(&asset);
        let holdings = 1 + match dice.below(3) {
            0 => total / unit,
            1 => total / unit * 2,
            _ => total / unit / 3,
        };
        match token == coin() {
            true => scene.deposit_coin(books.accounts[0], holdings),
            false => scene.deposit_usd(books.accounts[0], holdings),
        };
        let counter = if holdings * unit < total {
            &mut short
        } else {
            &mut whole
        };
        *counter += 1;
        abandoned(&mut scene, dice, books.root);
        let mut aftermath = Aftermath {
            root: books.root,
            asset,
            decimals: decimals as u8,
            holdings: U256::from(holdings),
            paid: U256::ZERO,
            left_before: Vec::new(),
        };
        for _ in 0..2 * books.accounts.len() + 20 {
            let account = *dice.pick(&books.accounts);
            let mut proof = exit_proof(&mut books.tree, &account, books.globals);
            if !dice.once_in(3) {
                dice.pick(DAMAGES)(&mut proof, dice);
            }
            let before = balance_of(&mut scene, account.owner);
            let ours = aftermath.by_ledger(&proof);
            let theirs = by_the_vault(&mut scene, token, &proof);
            if let Ok((account, amount, holdings)) = ours {
                let leaf = books
                    .tree
                    .leaf(&ledger::root::key(&account))
                    .expect("who was paid is in the books");
                aftermath.paid += U256::from(leaf.sums.exitable.of(&asset));
                aftermath.holdings = holdings;
                aftermath.left_before.push(account);
                let received = if token == coin() { U256::ZERO } else { amount };
                assert_eq!(balance_of(&mut scene, account.owner), before + received);
            }
            verdicts.note(AGREED, "exit", ours, theirs);
        }
    });
    verdicts.reached(AGREED);
    assert!(
        short > 0 && whole > 0,
        "{short} vaults were short, {whole} were not"
    );
}

#[test]
fn nothing_leaves_before_the_first_header() {
    from_seeds(5, |dice| {
        let mut scene = Scene::new(dice);
        let asset = AssetId {
            chain: HOME,
            asset: scene.usd_id(),
        };
        let mut books = Books::new(dice, &[asset]);
        scene.deposit_usd(books.accounts[0], 1_000);
        scene.chain.wait(SILENCE);
        scene
            .send(&Vault::declareExitCall {})
            .expect("the ledger never spoke");
        scene.chain.wait(CANCELLABLE);
        let proof = exit_proof(&mut books.tree, &books.accounts[0], books.globals);
        assert_eq!(
            by_the_vault(&mut scene, asset.asset, &proof),
            Err("ZeroStateRoot")
        );
    });
}
