// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterSet} from "../libraries/AttesterSets.sol";
import {
    ConflictingAttestations,
    ConflictingProposals,
    DoublePrecommit,
    ForkingPrecommits
} from "../libraries/Evidence.sol";
import {Proof} from "../libraries/MerkleTree.sol";
import {Account, Govern, Header, Progress, Release} from "../libraries/Statements.sol";
import {ExitProof} from "../libraries/SumTree.sol";
import {Chain, IJudge} from "./IJudge.sol";

/// @notice What became of one entry of a batch of releases.
enum Outcome {
    /// @dev Nothing: no entry has it.
    None,
    /// @dev Paid, or minted.
    Released,
    /// @dev Tried; its payment failed and nothing was paid.
    Failed,
    /// @dev Paid by an earlier transaction, or by an earlier entry of the batch.
    AlreadyReleased,
    /// @dev Its time is over.
    Expired,
    /// @dev More than may leave now; it may later.
    Limited
}

/// @notice An asset that the vault takes and pays.
struct Listing {
    /// @dev Registry number of its home chain: the vault's own for collateral, another for a bridged token.
    uint32 chain;
    /// @dev The home chain's identifier: here a token's address left-padded, or the native coin's constant.
    bytes32 asset;
    /// @dev Decimals of its unit, as in the genesis file; at most 18.
    uint8 decimals;
    /// @dev Least deposit, in its unit; at least 1.
    uint128 depositMinimum;
    /// @dev What may leave in a window in any case, in its unit; at least 1.
    uint128 outflowMinimum;
    /// @dev Of the bridged token; empty for collateral.
    string name;
    /// @dev Of the bridged token; empty for collateral.
    string symbol;
}

/// @notice A governed value at deployment, where it is not the default.
struct Setting {
    bytes32 key;
    uint128 value;
}

/// @notice Everything that a vault is deployed with.
struct Deployment {
    /// @dev keccak256 of the exact bytes of `genesis.toml`.
    bytes32 networkId;
    /// @dev Registry number of the vault's chain.
    uint32 chain;
    /// @dev The attester set of the ledger at `height`.
    AttesterSet set;
    /// @dev Only headers above it are accepted.
    uint64 height;
    /// @dev The listed asset that attesters stake here; zero where stake lives in another vault.
    bytes32 stakeAsset;
    /// @dev All chains of the network.
    Chain[] chains;
    /// @dev All assets of the network that this vault holds or stands for; at most 100.
    Listing[] assets;
    /// @dev Governed values that differ from their defaults.
    Setting[] settings;
}

/// @notice The attester set whose headers the vault accepts.
struct CurrentSet {
    /// @dev Struct hash of the set.
    bytes32 hash;
    /// @dev Counts the sets from genesis.
    uint32 id;
    /// @dev Weight that a certificate needs: floor(2 · total / 3) + 1.
    uint64 quorum;
    /// @dev Height of the header that named it; of the deployment for the first.
    uint64 height;
    /// @dev Unix seconds when the vault took it.
    uint64 since;
}

/// @notice What the vault keeps of the newest accepted header.
struct NewestHeader {
    /// @dev Leaves below `outboxRoot`.
    uint32 outboxCount;
    /// @dev Its height.
    uint64 height;
    /// @dev Its block time in Unix seconds, at most the time when it was accepted.
    uint64 time;
    /// @dev The set that signed it.
    uint32 setId;
    /// @dev It names another set: no further header of the current set is accepted.
    bool isLastOfSet;
    /// @dev Zero until the first header.
    bytes32 outboxRoot;
    /// @dev Zero until the first header.
    bytes32 stateRoot;
}

/// @notice What the vault knows of a listed asset.
struct Asset {
    /// @dev The vault's own counter: collateral held, or supply of the bridged token; stake is not in it.
    uint128 holdings;
    /// @dev The token; zero for the native coin.
    address token;
    /// @dev Decimals of its unit.
    uint8 decimals;
    /// @dev Its number among the listed assets, by which governed values name it.
    uint8 number;
    /// @dev A token that the vault mints and burns.
    bool isBridged;
    /// @dev Told apart from the zero value of what was never listed.
    bool isListed;
}

/// @notice An attester's stake.
struct Stake {
    uint128 amount;
    /// @dev Evidence was proved here: neither deposit nor release any more.
    bool isSlashed;
}

/// @notice A declared exit; final from `finalAt` on.
struct DeclaredExit {
    /// @dev Unix seconds; zero while none is declared.
    uint64 finalAt;
    /// @dev The forced command that nobody applied, by which it was declared.
    uint64 forcedSeq;
    /// @dev Declared by a forced command, not by the silence of the ledger.
    bool isForced;
}

/// @title The vault: holds a chain's collateral and releases it only under a certificate of the attester set.
/// @notice
///   deposit, depositStake, forceCommand, report      anybody; numbered events are what the ledger applies
///   submitHeader, rotate                             anybody, with the signatures of a quorum
///   release, govern                                  anybody, with a proof below the newest header's outbox root
///   slash                                            anybody, with two conflicting statements of one attester
///   pause                                            anybody, with the signature of one attester
///   declareExit .. cancelExit, exit                  anybody, when the ledger is silent or censors
///
/// @dev Terms. *Asset*: 32 bytes; of collateral the token's address left-padded, of the native coin
///   0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE (ERC-7528) left-padded, of a bridged token
///   keccak256(abi.encode(uint32 homeChain, bytes32 homeAsset)). `stake` and `bucket`, ASCII right-padded, name what is paid from an
///   attester's stake and from what was slashed. *Seq*: the number of an event; all kinds count together from 0 and without a gap.
///   *Holdings*: the vault's own counter of an asset after the event, never a balance.
///
///   Guarantees. Nothing is paid without a quorum of the current set over a header whose outbox or state holds it, each id and each
///   (sub, asset) once. A quorum that is stolen takes at most what the limiter allows. No zero or default value verifies. Whoever
///   submits decides nothing but the moment. No function has an owner; no code can be replaced.
///   Not guaranteed. That a listed token behaves: one that lies about balances, or charges the sender beyond the amount, breaks its
///   own asset and no other; `report` shows it. That a failed release is the recipient's fault: whoever controls the recipient or the
///   token can make a payment fail, and it stays payable until it expires.
///
///   Assumptions on listed tokens: no callbacks that reach into another token's books; an amount that `transfer` reports as paid has
///   left. Fees on transfer, no return value, a false return, pausing, blocklists and callbacks to the vault are handled.
///
///   Events are the ones of `relayer/wire/src/event.rs`, field by field; the vault emits no others.
///   Specification: spec/relayer.md, Contracts and Security layers; DESIGN.md, Identities and formats.
///   Deviations: the previous set's headers are not accepted after a rotation, because `rotate` takes its own header, above which the
///   previous set has no height. Release entries that another transaction may overtake are skipped and told apart in the answer
///   instead of reverting the batch. A governed value loosens at most once in 48 hours and tightens at most once an hour, here too.
interface IVault {
    /* EVENTS */

    /// @notice Collateral came in.
    /// @param seq Number of the event.
    /// @param asset The asset.
    /// @param owner Owner of the account to credit.
    /// @param sub Which of the owner's.
    /// @param amount What the vault's balance grew by.
    /// @param holdings The counter, after.
    event Deposited(
        uint64 indexed seq, bytes32 indexed asset, address indexed owner, uint32 sub, uint256 amount, uint256 holdings
    );

    /// @notice A bridged token was burned: a deposit of the asset it stands for.
    /// @param seq Number of the event.
    /// @param homeChain Registry number of the home chain.
    /// @param homeAsset The home chain's identifier of the asset.
    /// @param owner Owner of the account to credit.
    /// @param sub Which of the owner's.
    /// @param amount How much was burned.
    /// @param holdings The token's supply, after.
    event Burned(
        uint64 indexed seq,
        uint32 homeChain,
        bytes32 indexed homeAsset,
        address indexed owner,
        uint32 sub,
        uint256 amount,
        uint256 holdings
    );

    /// @notice An outbox release was paid, or its bridged token minted; of `bucket`, paid from what was slashed.
    /// @param seq Number of the event.
    /// @param id Id of the release.
    /// @param asset As in the release.
    /// @param recipient As in the release.
    /// @param amount As in the release.
    /// @param submitter Who submitted it and earns the fee.
    /// @param holdings The counter, or the bucket, after.
    event Released(
        uint64 indexed seq,
        uint64 indexed id,
        bytes32 indexed asset,
        bytes32 recipient,
        uint256 amount,
        address submitter,
        uint256 holdings
    );

    /// @notice An outbox release was tried and its payment failed; nothing was paid and its bit is clear.
    /// @dev Never emitted for `stake` and `bucket`, which wait.
    event ReleaseFailed(uint64 indexed seq, uint64 indexed id);

    /// @notice The vault took the next attester set.
    /// @param seq Number of the event.
    /// @param setId Id of the set that holds from now on.
    /// @param setHash Its hash.
    /// @param height Height of the header that named it.
    event Rotated(uint64 indexed seq, uint32 indexed setId, bytes32 setHash, uint64 height);

    /// @notice A user gave a command because nobody else would take it.
    /// @param seq Number of the event.
    /// @param submitter Who gave it; no authority follows from it.
    /// @param command Its bytes, perhaps no command at all.
    event ForcedCommand(uint64 indexed seq, address indexed submitter, bytes command);

    /// @notice An offender's whole stake went to the bucket.
    /// @param seq Number of the event.
    /// @param attester Whose stake.
    /// @param amount How much.
    /// @param bucket The bucket, after.
    event Slashed(uint64 indexed seq, address indexed attester, uint256 amount, uint256 bucket);

    /// @notice An attester's stake grew.
    /// @param seq Number of the event.
    /// @param attester Whose stake.
    /// @param amount By how much.
    /// @param stake The stake, after.
    event StakeDeposited(uint64 indexed seq, address indexed attester, uint256 amount, uint256 stake);

    /// @notice An attester's stake was paid back.
    /// @param seq Number of the event.
    /// @param attester Whose stake.
    /// @param amount How much.
    /// @param stake The stake, after.
    event StakeReleased(uint64 indexed seq, address indexed attester, uint256 amount, uint256 stake);

    /// @notice A governed value was set by the outbox entry `id`.
    event Governed(uint64 indexed seq, uint64 indexed id);

    /// @notice One attester paused the releases.
    /// @param seq Number of the event.
    /// @param attester Who.
    /// @param until Unix seconds at which this pause ends.
    event Paused(uint64 indexed seq, address indexed attester, uint64 until);

    /// @notice Somebody declared that the vault is cut off.
    /// @param seq Number of the event.
    /// @param height Height of the newest header.
    /// @param finalAt Unix seconds from which it is final.
    event ExitDeclared(uint64 indexed seq, uint64 height, uint64 finalAt);

    /// @notice A newer header, or a higher processed number, cancelled a declared exit.
    /// @param seq Number of the event.
    /// @param height Height of the newest header.
    event ExitCancelled(uint64 indexed seq, uint64 height);

    /// @notice A sub left through a final exit.
    /// @param seq Number of the event.
    /// @param asset The asset.
    /// @param owner Owner of the account whose claim was paid.
    /// @param sub Which of the owner's.
    /// @param amount How much.
    /// @param holdings The counter, after.
    event Exited(
        uint64 indexed seq, bytes32 indexed asset, address indexed owner, uint32 sub, uint256 amount, uint256 holdings
    );

    /// @notice The vault's true balance of an asset, shown on demand.
    /// @param seq Number of the event.
    /// @param asset The asset.
    /// @param balance What the vault owns in fact, stake and bucket taken off; a bridged token's supply.
    /// @param holdings The counter.
    event BalanceReport(uint64 indexed seq, bytes32 indexed asset, uint256 balance, uint256 holdings);

    /* ERRORS OF EVERY FUNCTION */

    /// @notice The chain's id is not the one of the deployment: this is a fork.
    error ForkedChain(uint256 got, uint256 expected);
    /// @notice The call came out of another one's external call.
    error Reentered();
    /// @notice The asset is not listed.
    error UnknownAsset(bytes32 asset);
    /// @notice An address that must not be zero is.
    error ZeroAddress();
    /// @notice A value of the deployment makes no sense.
    error InvalidDeployment(bytes32 field);

    /* ERRORS OF DEPOSITS */

    /// @notice The coin sent with the call is not what the call says.
    error WrongValue(uint256 got, uint256 expected);
    /// @notice What came in is below the least deposit.
    error BelowMinimum(uint256 received, uint256 minimum);
    /// @notice An exit is declared: nothing new is taken.
    error ExitPending(uint64 finalAt);
    /// @notice Stake lives in another vault.
    error StakeElsewhere();
    /// @notice Evidence stands against the attester.
    error AlreadySlashed(address attester);
    /// @notice The command is empty or longer than the ledger reads.
    error CommandLength(uint256 length, uint256 limit);

    /* ERRORS OF HEADERS AND SETS */

    /// @notice The exit is final: neither headers nor rotations any more.
    error ExitFinal(uint64 finalAt);
    /// @notice The header is not above the newest one.
    error StaleHeader(uint64 got, uint64 newest);
    /// @notice The newest header was the last of its set.
    error SetIsOver(uint32 setId);
    /// @notice A root or a hash of the header is zero.
    error ZeroRoot();
    /// @notice The set that is given is not the current one.
    error WrongSet(bytes32 got, bytes32 expected);
    /// @notice The header is of another set.
    error WrongSetId(uint32 got, uint32 expected);
    /// @notice The header names another set than the one that is given.
    error NotTheNamedSet(bytes32 got, bytes32 named);
    /// @notice The rotation comes too soon after the last one.
    error RotationTooEarly(uint256 time, uint256 notBefore);

    /* ERRORS OF OUTBOX ENTRIES */

    /// @notice Entries and proofs are not as many, or none.
    error BatchLength(uint256 entries, uint256 proofs);
    /// @notice Releases are paused.
    error ReleasesPaused(uint64 until);
    /// @notice The entry is of another chain.
    error WrongChain(uint32 got, uint32 expected);
    /// @notice The entry is of another vault.
    error WrongVault(bytes32 got, bytes32 expected);
    /// @notice The entry with this id was executed before.
    error AlreadyDone(uint64 id);
    /// @notice Too little gas is left to give an entry its share: the batch must come again with more.
    error GasTooLow(uint256 left, uint256 needed);
    /// @notice Only the vault itself settles an entry.
    error NotTheVaultItself(address caller);
    /// @notice The recipient is no address, is zero or is the vault.
    error WrongRecipient(bytes32 recipient);
    /// @notice Less is there than the entry takes.
    error InsufficientFunds(uint256 amount, uint256 available);
    /// @notice Slashed stake is paid only under a header of a set that is later than the last slash.
    error BucketLocked(uint32 setId);
    /// @notice The payment failed, or took more from the vault than it should.
    error PaymentFailed(address recipient, uint256 amount);

    /* ERRORS OF SLASHING AND PAUSES */

    /// @notice The offender has no stake here.
    error NothingStaked(address attester);
    /// @notice The signer is not of the current set.
    error NotAnAttester(address signer);
    /// @notice The attester has paused under this set before.
    error PausedBefore(address attester, uint32 setId);

    /* ERRORS OF THE EXIT */

    /// @notice An exit is declared already.
    error ExitDeclaredBefore(uint64 finalAt);
    /// @notice No exit is declared, or not by a forced command.
    error NothingToCancel();
    /// @notice The newest header is not old enough.
    error HeaderTooYoung(uint256 time, uint256 declarableFrom);
    /// @notice No forced command has this number.
    error NoForcedCommand(uint64 seq);
    /// @notice The forced command is not old enough.
    error ForcedCommandTooYoung(uint256 time, uint256 declarableFrom);
    /// @notice The forced command is applied.
    error ForcedCommandApplied(uint64 seq, uint64 processedSeq);
    /// @notice The forced command is not applied.
    error ForcedCommandNotApplied(uint64 seq, uint64 processedSeq);
    /// @notice The exit is not final.
    error ExitNotFinal(uint64 finalAt);
    /// @notice The sub has left with this asset before.
    error ExitedBefore(address owner, uint32 sub, bytes32 asset);
    /// @notice The sub has nothing of the asset to leave with.
    error NothingToExit(address owner, uint32 sub, bytes32 asset);

    /* DEPOSITS */

    /// @notice Takes collateral, or burns a bridged token, and asks the ledger to credit `account`.
    /// @dev A token must be approved, except a bridged one; `msg.value` is `amount` of the native coin and zero else. What counts is
    ///   what the vault's balance grew by, at least the asset's minimum.
    /// @param asset A listed asset.
    /// @param amount How much to take from the sender.
    /// @param account Whom to credit; the owner is not zero.
    function deposit(bytes32 asset, uint256 amount, Account calldata account) external payable;

    /// @notice Takes stake for an attester. Anybody may give it; only a certified release pays it back, to the attester.
    /// @dev Payment as for `deposit`.
    /// @param attester Whose stake grows; never slashed before.
    /// @param amount How much to take from the sender, of the stake asset.
    function depositStake(address attester, uint256 amount) external payable;

    /// @notice Gives the ledger a command past its replicas; one that nobody applies permits `declareExitByForcedCommand`.
    /// @param command 1 to 8192 bytes.
    function forceCommand(bytes calldata command) external;

    /// @notice Shows the vault's true balance of an asset to the ledger.
    /// @param asset A listed asset.
    function report(bytes32 asset) external;

    /* HEADERS AND SETS */

    /// @notice Takes a newer header of the current set. Fresh enough, it cancels an exit declared by silence.
    /// @param header Above the newest one.
    /// @param round The round in which it was decided.
    /// @param set The current set.
    /// @param signatures r ‖ s ‖ v of precommits, 65 bytes each, strictly ascending by signer, none after the quorum is met.
    function submitHeader(Header calldata header, uint32 round, AttesterSet calldata set, bytes calldata signatures)
        external;

    /// @notice Takes the next attester set from a header that names it, and the header where it is newer.
    /// @param header Names `next`; not below the newest one.
    /// @param round The round in which it was decided.
    /// @param set The current set.
    /// @param signatures As for `submitHeader`, of the current set.
    /// @param next Its id is one above; 4 to 64 members, none above a third; at most a third of the weight comes and goes.
    function rotate(
        Header calldata header,
        uint32 round,
        AttesterSet calldata set,
        bytes calldata signatures,
        AttesterSet calldata next
    ) external;

    /* OUTBOX ENTRIES */

    /// @notice Pays entries of the newest outbox, each for itself: one that fails stops no other.
    /// @dev Reverts as a whole on an entry that the newest outbox does not hold, or of another chain or vault, while paused, and
    ///   when the gas that is left cannot give an entry its share (`payment_gas`, by the 63/64 rule).
    /// @param entries At least one.
    /// @param proofs One per entry.
    /// @return outcomes One per entry.
    function release(Release[] calldata entries, Proof[] calldata proofs) external returns (Outcome[] memory outcomes);

    /// @notice Settles one proved entry; only the vault itself calls it, so that whatever fails is undone as a whole.
    /// @param entry Proved, not done before.
    /// @param submitter Who submitted the batch.
    function settle(Release calldata entry, address submitter) external;

    /// @notice Sets a governed value, within the vault's own bounds, steps and delays.
    /// @param entry An entry of the newest outbox.
    /// @param proof Of the entry.
    function govern(Govern calldata entry, Proof calldata proof) external;

    /* SLASHING AND PAUSES */

    /// @notice Moves the whole stake of whoever signed two attestations of one block that differ, or, on a finalising chain, of two
    ///   blocks at one height, to the bucket.
    /// @dev Every `slash`: only in the vault that holds stake, and only where the offender has some.
    function slash(ConflictingAttestations calldata evidence) external;

    /// @notice As above, of whoever signed two proposals of one round that differ.
    function slash(ConflictingProposals calldata evidence) external;

    /// @notice As above, of whoever precommitted two blocks in one round.
    function slash(DoublePrecommit calldata evidence) external;

    /// @notice As above, of whoever precommitted two states at one height.
    function slash(ForkingPrecommits calldata evidence) external;

    /// @notice Stops the releases for 24 hours by the signature of one attester, once per set and attester.
    /// @param set The current set.
    /// @param signature Over `VaultPause(chain, vault, setId)` in the network's domain.
    function pause(AttesterSet calldata set, bytes calldata signature) external;

    /* EXIT */

    /// @notice Declares an exit because the newest header is older than `exit_after` (7 days). Final 48 hours later, unless a header
    ///   that is not so old comes first.
    function declareExit() external;

    /// @notice Declares an exit because a forced command older than `forced_grace` (3 days) is not applied in the newest header's state.
    ///   Final 48 hours later, unless `cancelExit` shows that it was applied.
    /// @param seq Number of the forced command's event.
    /// @param progress The entry of this chain in the newest outbox.
    /// @param proof Of the entry.
    function declareExitByForcedCommand(uint64 seq, Progress calldata progress, Proof calldata proof) external;

    /// @notice Cancels an exit that was declared by a forced command which the newest header's state has applied.
    /// @param progress The entry of this chain in the newest outbox.
    /// @param proof Of the entry.
    function cancelExit(Progress calldata progress, Proof calldata proof) external;

    /// @notice After a final exit, pays an account's owner what the newest header's state shows as exitable, once per (sub, asset).
    /// @dev Where holdings are short of what all subs together have left to take, everybody gets the same share. Amounts are rounded
    ///   down to the asset's unit.
    /// @param asset A listed collateral asset.
    /// @param proof Of the account's leaf, and of the sums over all.
    function exit(bytes32 asset, ExitProof calldata proof) external;

    /* VIEWS */

    /// @notice keccak256 of the genesis file.
    function networkId() external view returns (bytes32);

    /// @notice Registry number of the vault's chain.
    function chain() external view returns (uint32);

    /// @notice The EIP-712 domain separator of the network.
    function separator() external view returns (bytes32);

    /// @notice The asset that attesters stake here; zero where stake lives in another vault.
    function stakeAsset() external view returns (bytes32);

    /// @notice The set whose headers are accepted.
    function currentSet() external view returns (CurrentSet memory);

    /// @notice What is kept of the newest header.
    function newestHeader() external view returns (NewestHeader memory);

    /// @notice Number of the next event.
    function nextSeq() external view returns (uint64);

    /// @notice What is known of a listed asset.
    function assetOf(bytes32 asset) external view returns (Asset memory);

    /// @notice How many assets are listed.
    function assetCount() external view returns (uint256);

    /// @notice The listed asset with this number.
    function assetAt(uint256 number) external view returns (bytes32 asset);

    /// @notice How much of an asset may leave now.
    function outflowAvailable(bytes32 asset) external view returns (uint256);

    /// @notice Whether the outbox entry with this id was executed.
    function isDone(uint64 id) external view returns (bool);

    /// @notice An attester's stake.
    function stakeOf(address attester) external view returns (Stake memory);

    /// @notice Sum of all stakes.
    function totalStake() external view returns (uint256);

    /// @notice What was slashed and is not paid out.
    function bucket() external view returns (uint256);

    /// @notice Unix seconds at which the pause of releases ends.
    function pausedUntil() external view returns (uint64);

    /// @notice When a forced command was given; zero where the number is none's.
    function forcedAt(uint64 seq) external view returns (uint64);

    /// @notice The declared exit.
    function declaredExit() external view returns (DeclaredExit memory);

    /// @notice Whether a sub has left with an asset.
    function hasExited(Account calldata account, bytes32 asset) external view returns (bool);

    /// @notice A governed value and when it was set.
    /// @dev Names and bounds: `Settings.sol`.
    function setting(bytes32 key) external view returns (uint128 value, uint64 changedAt);

    /// @notice Who judges evidence: deployed by the vault, see `IJudge`.
    function judge() external view returns (IJudge);
}
