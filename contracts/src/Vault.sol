// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {BridgedToken} from "./BridgedToken.sol";
import {Judge} from "./Judge.sol";
import {IBridgedToken} from "./interfaces/IBridgedToken.sol";
import {IJudge} from "./interfaces/IJudge.sol";
import {
    Asset,
    CurrentSet,
    DeclaredExit,
    Deployment,
    IVault,
    Listing,
    NewestHeader,
    Outcome,
    Stake
} from "./interfaces/IVault.sol";
import {AttesterSet, AttesterSets} from "./libraries/AttesterSets.sol";
import {BlockCertificate} from "./libraries/BlockCertificate.sol";
import {
    ConflictingAttestations,
    ConflictingProposals,
    DoublePrecommit,
    ForkingPrecommits
} from "./libraries/Evidence.sol";
import {Limiter, Window} from "./libraries/Limiter.sol";
import {MerkleTree, Proof} from "./libraries/MerkleTree.sol";
import {Settings, Value} from "./libraries/Settings.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Account, Govern, Header, Progress, Release, Statements} from "./libraries/Statements.sol";
import {ExitProof, SumTree} from "./libraries/SumTree.sol";

/// @title The vault of one chain; documented in `IVault`.
contract Vault is IVault {
    using Address for address;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;
    using BitMaps for BitMaps.BitMap;
    using Limiter for Window;

    /* CONSTANTS */

    /// @dev ERC-7528, left-padded.
    bytes32 private constant NATIVE = bytes32(uint256(uint160(0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE)));
    bytes32 private constant STAKE = "stake";
    bytes32 private constant BUCKET = "bucket";
    uint256 private constant COMMAND_LIMIT = 8192;
    uint256 private constant PAUSE = 24 hours;
    uint256 private constant EXIT_CANCELLABLE = 48 hours;
    /// @dev What is needed beside an entry's share: to call `settle`, and to note its failure.
    uint256 private constant GAS_BESIDE_SHARE = 30_000;

    /* IMMUTABLES */

    /// @inheritdoc IVault
    bytes32 public immutable networkId;
    /// @inheritdoc IVault
    uint32 public immutable chain;
    /// @inheritdoc IVault
    bytes32 public immutable separator;
    /// @inheritdoc IVault
    bytes32 public immutable stakeAsset;
    /// @inheritdoc IVault
    IJudge public immutable judge;
    uint256 private immutable CHAIN_ID;
    bytes32 private immutable SELF;

    /* STORAGE */

    bool private transient isEntered;

    /// @inheritdoc IVault
    uint64 public nextSeq;
    /// @inheritdoc IVault
    uint64 public pausedUntil;
    /// @dev The newest set under which somebody was slashed.
    uint32 private slashedUnder;

    CurrentSet private set_;
    NewestHeader private newest;
    DeclaredExit private declared;

    /// @inheritdoc IVault
    bytes32[] public assetAt;
    mapping(bytes32 asset => Asset) private assets;
    mapping(bytes32 asset => Window) private hours_;
    mapping(bytes32 asset => Window) private days_;
    mapping(bytes32 key => Value) private settings;
    BitMaps.BitMap private done;

    uint128 private staked;
    uint128 private slashed;
    mapping(address attester => Stake) private stakes;
    mapping(uint32 setId => mapping(address attester => bool)) private hasPaused;

    /// @inheritdoc IVault
    mapping(uint64 seq => uint64) public forcedAt;
    mapping(bytes32 claim => bool) private exited;
    /// @dev Claims that were paid or cut, at 1e18.
    mapping(bytes32 asset => uint256) private exitedClaims;

    /* CONSTRUCTOR */

    /// @param deployment Checked as far as a contract can: the rest is the genesis file's, and every attester compares it before it
    ///   signs `RegisterVault`.
    constructor(Deployment memory deployment) {
        if (deployment.networkId == bytes32(0)) revert InvalidDeployment("networkId");
        networkId = deployment.networkId;
        chain = deployment.chain;
        separator = Statements.separatorOf(deployment.networkId);
        judge = new Judge(separator, deployment.chains);
        stakeAsset = deployment.stakeAsset;
        CHAIN_ID = block.chainid;
        SELF = _padded(address(this));

        _installSet(deployment.set.id, AttesterSets.check(deployment.set.members), deployment.height);
        set_.hash = AttesterSets.hash(deployment.set);
        (newest.height, newest.time) = (deployment.height, _now());
        _setInitial(Settings.ROTATION_DELAY, Settings.boundOf(Settings.ROTATION_DELAY).initial);
        _setInitial(Settings.EXIT_AFTER, Settings.boundOf(Settings.EXIT_AFTER).initial);
        _setInitial(Settings.FORCED_GRACE, Settings.boundOf(Settings.FORCED_GRACE).initial);
        _setInitial(Settings.PAYMENT_GAS, Settings.boundOf(Settings.PAYMENT_GAS).initial);
        _setInitial(Settings.OUTFLOW_HOUR, Settings.boundOf(Settings.OUTFLOW_HOUR).initial);
        _setInitial(Settings.OUTFLOW_DAY, Settings.boundOf(Settings.OUTFLOW_DAY).initial);
        for (uint256 i; i < deployment.settings.length; ++i) {
            _setInitial(deployment.settings[i].key, deployment.settings[i].value);
        }
        if (deployment.assets.length > Settings.MAX_ASSETS) revert InvalidDeployment("assets");
        for (uint256 i; i < deployment.assets.length; ++i) {
            _list(deployment.assets[i], uint8(i), deployment.chain);
        }
        if (deployment.stakeAsset != bytes32(0)) {
            Asset memory asset = _listed(deployment.stakeAsset);
            if (asset.isBridged) revert InvalidDeployment("stakeAsset");
        }
    }

    function _setInitial(bytes32 key, uint128 value) private {
        Settings.checkBounds(key, value);
        settings[key] = Value({value: value, changedAt: _now()});
    }

    function _list(Listing memory listing, uint8 number, uint32 home) private {
        bool isBridged = listing.chain != home;
        bytes32 asset = isBridged ? keccak256(abi.encode(listing.chain, listing.asset)) : listing.asset;
        if (assets[asset].isListed) revert InvalidDeployment("assets");
        if (listing.decimals > 18) revert InvalidDeployment("decimals");
        assetAt.push(asset);
        assets[asset] = Asset({
            holdings: 0,
            token: isBridged ? _deployToken(listing) : _collateralToken(asset),
            decimals: listing.decimals,
            number: number,
            isBridged: isBridged,
            isListed: true
        });
        _setInitial(Settings.depositMinimum(number), listing.depositMinimum);
        _setInitial(Settings.outflowMinimum(number), listing.outflowMinimum);
    }

    function _deployToken(Listing memory listing) private returns (address) {
        if (listing.asset == bytes32(0)) revert InvalidDeployment("asset");
        return address(new BridgedToken(listing.chain, listing.asset, listing.name, listing.symbol, listing.decimals));
    }

    /// @dev The token behind an identifier; zero for the native coin.
    function _collateralToken(bytes32 asset) private view returns (address token) {
        if (asset == NATIVE) return address(0);
        token = address(uint160(uint256(asset)));
        if (_padded(token) != asset) revert InvalidDeployment("asset");
        if (token.code.length == 0) revert InvalidDeployment("asset");
    }

    /* MODIFIERS */

    /// @dev Every function that moves anything: on the chain of the deployment, and not out of another one's external call.
    modifier guarded() {
        _enter();
        _;
        isEntered = false;
    }

    function _enter() private {
        if (block.chainid != CHAIN_ID) revert ForkedChain(block.chainid, CHAIN_ID);
        if (isEntered) revert Reentered();
        isEntered = true;
    }

    /* DEPOSITS */

    /// @inheritdoc IVault
    function deposit(bytes32 asset, uint256 amount, Account calldata account) external payable guarded {
        _requireNoExit();
        if (account.owner == address(0)) revert ZeroAddress();
        Asset memory before = _listed(asset);

        // What counts is known only once it is here.
        uint128 received = _take(before, amount);

        _inflow(asset, before.holdings, received);
        if (before.isBridged) {
            uint128 supply = before.holdings - received;
            assets[asset].holdings = supply;
            _emitBurned(IBridgedToken(before.token), account, received, supply);
        } else {
            uint128 holdings = before.holdings + received;
            assets[asset].holdings = holdings;
            emit Deposited(_nextSeq(), asset, account.owner, account.sub, received, holdings);
        }
    }

    /// @inheritdoc IVault
    function depositStake(address attester, uint256 amount) external payable guarded {
        _requireNoExit();
        if (stakeAsset == bytes32(0)) revert StakeElsewhere();
        if (attester == address(0)) revert ZeroAddress();
        Stake memory stake = stakes[attester];
        if (stake.isSlashed) revert AlreadySlashed(attester);

        uint128 received = _take(_listed(stakeAsset), amount);

        stake.amount += received;
        staked += received;
        stakes[attester] = stake;
        emit StakeDeposited(_nextSeq(), attester, received, stake.amount);
    }

    /// @inheritdoc IVault
    function forceCommand(bytes calldata command) external guarded {
        if (command.length == 0) revert CommandLength(command.length, COMMAND_LIMIT);
        if (command.length > COMMAND_LIMIT) revert CommandLength(command.length, COMMAND_LIMIT);

        uint64 seq = _nextSeq();
        forcedAt[seq] = _now();
        emit ForcedCommand(seq, msg.sender, command);
    }

    /// @inheritdoc IVault
    function report(bytes32 asset) external guarded {
        Asset memory listed = _listed(asset);
        uint256 balance = listed.isBridged ? IERC20(listed.token).totalSupply() : _balance(listed.token);
        if (asset == stakeAsset) balance = Math.saturatingSub(balance, uint256(staked) + slashed);
        emit BalanceReport(_nextSeq(), asset, balance, listed.holdings);
    }

    /* HEADERS AND SETS */

    /// @inheritdoc IVault
    function submitHeader(Header calldata header, uint32 round, AttesterSet calldata set, bytes calldata signatures)
        external
        guarded
    {
        _requireNotFinal();
        if (header.height <= newest.height) revert StaleHeader(header.height, newest.height);
        if (newest.isLastOfSet) revert SetIsOver(newest.setId);

        _verifyHeader(header, round, set, signatures);

        _accept(header);
    }

    /// @inheritdoc IVault
    function rotate(
        Header calldata header,
        uint32 round,
        AttesterSet calldata set,
        bytes calldata signatures,
        AttesterSet calldata next
    ) external guarded {
        _requireNotFinal();
        bool isTaken = newest.isLastOfSet && header.height == newest.height;
        if (isTaken && header.stateRoot != newest.stateRoot) revert StaleHeader(header.height, newest.height);
        if (!isTaken && header.height <= newest.height) revert StaleHeader(header.height, newest.height);
        if (!isTaken && newest.isLastOfSet) revert SetIsOver(newest.setId);
        uint256 notBefore = set_.since + _setting(Settings.ROTATION_DELAY);
        if (block.timestamp < notBefore) revert RotationTooEarly(block.timestamp, notBefore);

        _verifyHeader(header, round, set, signatures);
        bytes32 nextHash = _hash(next);
        if (nextHash != header.nextSet) revert NotTheNamedSet(nextHash, header.nextSet);
        uint256 total = AttesterSets.checkSuccession(set, next);

        if (!isTaken) _accept(header);
        newest.isLastOfSet = false;
        _installSet(next.id, total, header.height);
        set_.hash = nextHash;
        emit Rotated(_nextSeq(), next.id, nextHash, header.height);
    }

    function _verifyHeader(Header calldata header, uint32 round, AttesterSet calldata set, bytes calldata signatures)
        private
        view
    {
        CurrentSet memory current = set_;
        if (header.setId != current.id) revert WrongSetId(header.setId, current.id);
        _requireCurrent(set, current.hash);
        if (header.stateRoot == bytes32(0)) revert ZeroRoot();
        if (header.nextSet == bytes32(0)) revert ZeroRoot();
        MerkleTree.checkRoot(header.outboxRoot, header.outboxCount);
        BlockCertificate.verify(separator, header, round, set.members, current.quorum, signatures);
    }

    function _requireCurrent(AttesterSet calldata set, bytes32 expected) private pure {
        bytes32 got = _hash(set);
        if (got != expected) revert WrongSet(got, expected);
    }

    /// @dev Stores a verified header; one that is fresh enough ends the silence by which an exit was declared.
    function _accept(Header calldata header) private {
        uint64 time = uint64(Math.min(header.timeMs / 1000, block.timestamp));
        newest = NewestHeader({
            outboxCount: header.outboxCount,
            height: header.height,
            time: time,
            setId: header.setId,
            isLastOfSet: header.nextSet != set_.hash,
            outboxRoot: header.outboxRoot,
            stateRoot: header.stateRoot
        });
        if (declared.finalAt == 0 || declared.isForced) return;
        if (block.timestamp < time + _setting(Settings.EXIT_AFTER)) _cancelExit();
    }

    function _installSet(uint32 id, uint256 total, uint64 height) private {
        (set_.id, set_.quorum) = (id, uint64(AttesterSets.quorumOf(total)));
        (set_.height, set_.since) = (height, _now());
    }

    /* OUTBOX ENTRIES */

    /// @inheritdoc IVault
    function release(Release[] calldata entries, Proof[] calldata proofs)
        external
        guarded
        returns (Outcome[] memory outcomes)
    {
        if (entries.length == 0) revert BatchLength(entries.length, proofs.length);
        if (entries.length != proofs.length) revert BatchLength(entries.length, proofs.length);
        if (block.timestamp < pausedUntil) revert ReleasesPaused(pausedUntil);

        uint256 share = _setting(Settings.PAYMENT_GAS);
        outcomes = new Outcome[](entries.length);
        for (uint256 i; i < entries.length; ++i) {
            outcomes[i] = _release(entries[i], proofs[i], share);
        }
    }

    function _release(Release calldata entry, Proof calldata proof, uint256 share) private returns (Outcome) {
        _requireOwn(entry.chain, entry.vault);
        if (done.get(entry.id)) return Outcome.AlreadyReleased;
        if (block.timestamp > entry.validUntil) return Outcome.Expired;

        _requireInOutbox(Statements.leaf(entry), proof);

        if (!_spend(entry.asset, entry.amount)) return Outcome.Limited;
        // A callee gets at most 63/64 of what is left.
        uint256 needed = share * 64 / 63 + GAS_BESIDE_SHARE;
        if (gasleft() < needed) revert GasTooLow(gasleft(), needed);
        try this.settle{gas: share}(entry, msg.sender) {
            return Outcome.Released;
        } catch {
            _unspend(entry.asset, entry.amount);
            if (!_isStake(entry.asset)) emit ReleaseFailed(_nextSeq(), entry.id);
            return Outcome.Failed;
        }
    }

    /// @inheritdoc IVault
    function settle(Release calldata entry, address submitter) external {
        if (msg.sender != address(this)) revert NotTheVaultItself(msg.sender);
        address recipient = _recipient(entry.recipient);

        done.set(entry.id);
        if (entry.asset == STAKE) _settleStake(recipient, entry.amount);
        else if (entry.asset == BUCKET) _settleBucket(entry, recipient, submitter);
        else _settleAsset(entry, recipient, submitter);
    }

    function _settleAsset(Release calldata entry, address recipient, address submitter) private {
        Asset memory before = _listed(entry.asset);
        uint128 amount = entry.amount.toUint128();
        if (!before.isBridged && amount > before.holdings) revert InsufficientFunds(amount, before.holdings);

        uint128 holdings = before.isBridged ? before.holdings + amount : before.holdings - amount;
        assets[entry.asset].holdings = holdings;
        emit Released(_nextSeq(), entry.id, entry.asset, entry.recipient, amount, submitter, holdings);
        if (before.isBridged) IBridgedToken(before.token).mint(recipient, amount);
        else _pay(before.token, recipient, amount);
    }

    function _settleStake(address attester, uint256 amount) private {
        Stake memory stake = stakes[attester];
        if (amount > stake.amount) revert InsufficientFunds(amount, stake.amount);

        stake.amount -= uint128(amount);
        staked -= uint128(amount);
        stakes[attester] = stake;
        emit StakeReleased(_nextSeq(), attester, amount, stake.amount);
        _pay(assets[stakeAsset].token, attester, amount);
    }

    function _settleBucket(Release calldata entry, address recipient, address submitter) private {
        if (newest.setId <= slashedUnder) revert BucketLocked(slashedUnder);
        if (entry.amount > slashed) revert InsufficientFunds(entry.amount, slashed);

        slashed -= uint128(entry.amount);
        emit Released(_nextSeq(), entry.id, BUCKET, entry.recipient, entry.amount, submitter, slashed);
        _pay(assets[stakeAsset].token, recipient, entry.amount);
    }

    /// @inheritdoc IVault
    function govern(Govern calldata entry, Proof calldata proof) external guarded {
        _requireOwn(entry.chain, entry.vault);
        if (done.get(entry.id)) revert AlreadyDone(entry.id);

        _requireInOutbox(Statements.leaf(entry), proof);
        Settings.checkChange(entry.key, settings[entry.key], entry.value, block.timestamp);

        done.set(entry.id);
        settings[entry.key] = Value({value: uint128(entry.value), changedAt: _now()});
        emit Governed(_nextSeq(), entry.id);
    }

    function _requireOwn(uint32 entryChain, bytes32 vault) private view {
        if (entryChain != chain) revert WrongChain(entryChain, chain);
        if (vault != SELF) revert WrongVault(vault, SELF);
    }

    function _requireInOutbox(bytes32 leaf, Proof calldata proof) private view {
        MerkleTree.verify(newest.outboxRoot, newest.outboxCount, leaf, proof);
    }

    function _recipient(bytes32 padded) private view returns (address recipient) {
        recipient = address(uint160(uint256(padded)));
        if (_padded(recipient) != padded) revert WrongRecipient(padded);
        if (recipient == address(0)) revert WrongRecipient(padded);
        if (recipient == address(this)) revert WrongRecipient(padded);
    }

    /* SLASHING AND PAUSES */

    /// @inheritdoc IVault
    function slash(ConflictingAttestations calldata) external guarded {
        _slash(_judged());
    }

    /// @inheritdoc IVault
    function slash(ConflictingProposals calldata) external guarded {
        _slash(_judged());
    }

    /// @inheritdoc IVault
    function slash(DoublePrecommit calldata) external guarded {
        _slash(_judged());
    }

    /// @inheritdoc IVault
    function slash(ForkingPrecommits calldata) external guarded {
        _slash(_judged());
    }

    /// @dev Hands the call on to the judge as it came.
    function _judged() private view returns (address offender) {
        return abi.decode(address(judge).functionStaticCall(msg.data), (address));
    }

    function _slash(address offender) private {
        if (stakeAsset == bytes32(0)) revert StakeElsewhere();
        uint128 amount = stakes[offender].amount;
        if (amount == 0) revert NothingStaked(offender);

        stakes[offender] = Stake({amount: 0, isSlashed: true});
        staked -= amount;
        slashed += amount;
        slashedUnder = set_.id;
        emit Slashed(_nextSeq(), offender, amount, slashed);
    }

    /// @inheritdoc IVault
    function pause(AttesterSet calldata set, bytes calldata signature) external guarded {
        _requireCurrent(set, set_.hash);
        bytes32 digest = Statements.digest(separator, Statements.hashPause(chain, SELF, set.id));
        address attester = Signatures.recover(digest, signature);
        if (AttesterSets.weightAmong(set.members, attester) == 0) revert NotAnAttester(attester);
        if (hasPaused[set.id][attester]) revert PausedBefore(attester, set.id);

        hasPaused[set.id][attester] = true;
        pausedUntil = uint64(block.timestamp + PAUSE);
        emit Paused(_nextSeq(), attester, pausedUntil);
    }

    /* EXIT */

    /// @inheritdoc IVault
    function declareExit() external guarded {
        if (declared.finalAt != 0) revert ExitDeclaredBefore(declared.finalAt);
        uint256 declarableFrom = newest.time + _setting(Settings.EXIT_AFTER);
        if (block.timestamp < declarableFrom) revert HeaderTooYoung(block.timestamp, declarableFrom);

        _declareExit(0, false);
    }

    /// @inheritdoc IVault
    function declareExitByForcedCommand(uint64 seq, Progress calldata progress, Proof calldata proof) external guarded {
        if (declared.finalAt != 0) revert ExitDeclaredBefore(declared.finalAt);
        if (forcedAt[seq] == 0) revert NoForcedCommand(seq);
        uint256 declarableFrom = forcedAt[seq] + _setting(Settings.FORCED_GRACE);
        if (block.timestamp < declarableFrom) revert ForcedCommandTooYoung(block.timestamp, declarableFrom);

        _requireProgress(progress, proof);
        if (seq < progress.processedSeq) revert ForcedCommandApplied(seq, progress.processedSeq);

        _declareExit(seq, true);
    }

    /// @inheritdoc IVault
    function cancelExit(Progress calldata progress, Proof calldata proof) external guarded {
        _requireNotFinal();
        if (!declared.isForced) revert NothingToCancel();

        _requireProgress(progress, proof);
        uint64 seq = declared.forcedSeq;
        if (seq >= progress.processedSeq) revert ForcedCommandNotApplied(seq, progress.processedSeq);

        _cancelExit();
    }

    /// @inheritdoc IVault
    function exit(bytes32 asset, ExitProof calldata proof) external guarded {
        if (!_isFinal()) revert ExitNotFinal(declared.finalAt);
        Asset memory listed = _listed(asset);
        bytes32 claimId = _claimId(proof.account, asset);
        if (exited[claimId]) revert ExitedBefore(proof.account.owner, proof.account.sub, asset);

        (uint256 claim, uint256 total) = SumTree.verify(newest.stateRoot, proof, chain, asset);
        uint128 amount = _exitDown(listed, claim, total - exitedClaims[asset]);
        if (amount == 0) revert NothingToExit(proof.account.owner, proof.account.sub, asset);

        exited[claimId] = true;
        exitedClaims[asset] += claim;
        uint128 holdings = listed.holdings - amount;
        assets[asset].holdings = holdings;
        emit Exited(_nextSeq(), asset, proof.account.owner, proof.account.sub, amount, holdings);
        _pay(listed.token, proof.account.owner, amount);
    }

    /// @dev What a claim is paid, in units: whole, or its share of the holdings where all that is left to pay is more.
    /// @param claim At 1e18.
    /// @param left Claims that were not paid, this one among them, at 1e18.
    function _exitDown(Asset memory listed, uint256 claim, uint256 left) private pure returns (uint128) {
        uint256 unit = 10 ** (18 - listed.decimals);
        uint256 holdings = listed.holdings * unit;
        return (claim * Math.min(holdings, left) / Math.max(left, 1) / unit).toUint128();
    }

    function _requireProgress(Progress calldata progress, Proof calldata proof) private view {
        if (progress.chain != chain) revert WrongChain(progress.chain, chain);
        _requireInOutbox(Statements.leaf(progress), proof);
    }

    function _declareExit(uint64 forcedSeq, bool isForced) private {
        uint64 finalAt = uint64(block.timestamp + EXIT_CANCELLABLE);
        declared = DeclaredExit({finalAt: finalAt, forcedSeq: forcedSeq, isForced: isForced});
        emit ExitDeclared(_nextSeq(), newest.height, finalAt);
    }

    function _cancelExit() private {
        delete declared;
        emit ExitCancelled(_nextSeq(), newest.height);
    }

    function _isFinal() private view returns (bool) {
        return declared.finalAt != 0 && block.timestamp >= declared.finalAt;
    }

    function _requireNotFinal() private view {
        if (_isFinal()) revert ExitFinal(declared.finalAt);
    }

    function _requireNoExit() private view {
        if (declared.finalAt != 0) revert ExitPending(declared.finalAt);
    }

    function _claimId(Account calldata account, bytes32 asset) private pure returns (bytes32) {
        return keccak256(abi.encode(account.owner, account.sub, asset));
    }

    /* MONEY */

    /// @dev Takes `amount` from the sender; answers what came in, at least the asset's minimum.
    function _take(Asset memory asset, uint256 amount) private returns (uint128 received) {
        uint256 value = _isNative(asset) ? amount : 0;
        if (msg.value != value) revert WrongValue(msg.value, value);
        if (asset.isBridged) IBridgedToken(asset.token).burn(msg.sender, amount);
        received = (_isNative(asset) || asset.isBridged ? amount : _pull(IERC20(asset.token), amount)).toUint128();
        uint256 minimum = _setting(Settings.depositMinimum(asset.number));
        if (received < minimum) revert BelowMinimum(received, minimum);
    }

    function _pull(IERC20 token, uint256 amount) private returns (uint256) {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        return token.balanceOf(address(this)) - before;
    }

    /// @dev Pays exactly `amount`, or reverts with an error of its own, whatever the recipient or the token answers.
    function _pay(address token, address recipient, uint256 amount) private {
        uint256 before = _balance(token);
        if (!_transfer(token, recipient, amount)) revert PaymentFailed(recipient, amount);
        if (before != _balance(token) + amount) revert PaymentFailed(recipient, amount);
    }

    function _transfer(address token, address recipient, uint256 amount) private returns (bool isPaid) {
        if (token != address(0)) return IERC20(token).trySafeTransfer(recipient, amount);
        (isPaid,) = recipient.call{value: amount}("");
    }

    function _balance(address token) private view returns (uint256) {
        return token == address(0) ? address(this).balance : IERC20(token).balanceOf(address(this));
    }

    function _emitBurned(IBridgedToken token, Account calldata account, uint256 amount, uint256 supply) private {
        emit Burned(_nextSeq(), token.homeChain(), token.homeAsset(), account.owner, account.sub, amount, supply);
    }

    /* LIMITER */

    function _inflow(bytes32 asset, uint128 holdings, uint128 amount) private {
        _turn(asset, holdings);
        hours_[asset].inflow += amount;
        days_[asset].inflow += amount;
    }

    /// @dev Counts what is about to leave, if it may. What is no collateral has no limit: stake, and what is not listed and fails.
    function _spend(bytes32 asset, uint256 amount) private returns (bool) {
        if (!assets[asset].isListed) return true;
        _turn(asset, assets[asset].holdings);
        if (amount > outflowAvailable(asset)) return false;
        hours_[asset].spent += uint128(amount);
        days_[asset].spent += uint128(amount);
        return true;
    }

    /// @dev Takes back what did not leave.
    function _unspend(bytes32 asset, uint256 amount) private {
        if (!assets[asset].isListed) return;
        hours_[asset].spent -= uint128(amount);
        days_[asset].spent -= uint128(amount);
    }

    function _turn(bytes32 asset, uint128 holdings) private {
        hours_[asset].turn(block.timestamp, 1 hours, holdings);
        days_[asset].turn(block.timestamp, 1 days, holdings);
    }

    /// @inheritdoc IVault
    function outflowAvailable(bytes32 asset) public view returns (uint256) {
        Asset memory listed = _listed(asset);
        uint256 minimum = _setting(Settings.outflowMinimum(listed.number));
        Window memory hour = Limiter.turned(hours_[asset], block.timestamp, 1 hours, listed.holdings);
        Window memory day = Limiter.turned(days_[asset], block.timestamp, 1 days, listed.holdings);
        uint256 hourCap = hour.capDown(listed.holdings, _setting(Settings.OUTFLOW_HOUR), minimum);
        uint256 dayCap = day.capDown(listed.holdings, _setting(Settings.OUTFLOW_DAY), minimum);
        return Math.min(hour.available(hourCap), day.available(dayCap));
    }

    /* SMALL THINGS */

    /// @dev Copies the members once, as they stand in calldata.
    function _hash(AttesterSet calldata set) private pure returns (bytes32) {
        return AttesterSets.hash(set.id, keccak256(abi.encodePacked(set.members)));
    }

    function _nextSeq() private returns (uint64) {
        return nextSeq++;
    }

    function _now() private view returns (uint64) {
        return uint64(block.timestamp);
    }

    function _setting(bytes32 key) private view returns (uint256) {
        return settings[key].value;
    }

    function _listed(bytes32 asset) private view returns (Asset memory listed) {
        listed = assets[asset];
        if (!listed.isListed) revert UnknownAsset(asset);
    }

    function _isNative(Asset memory asset) private pure returns (bool) {
        return asset.token == address(0);
    }

    function _isStake(bytes32 asset) private pure returns (bool) {
        return asset == STAKE || asset == BUCKET;
    }

    function _padded(address account) private pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }

    /* VIEWS */

    /// @inheritdoc IVault
    function currentSet() external view returns (CurrentSet memory) {
        return set_;
    }

    /// @inheritdoc IVault
    function newestHeader() external view returns (NewestHeader memory) {
        return newest;
    }

    /// @inheritdoc IVault
    function assetOf(bytes32 asset) external view returns (Asset memory) {
        return assets[asset];
    }

    /// @inheritdoc IVault
    function assetCount() external view returns (uint256) {
        return assetAt.length;
    }

    /// @inheritdoc IVault
    function isDone(uint64 id) external view returns (bool) {
        return done.get(id);
    }

    /// @inheritdoc IVault
    function stakeOf(address attester) external view returns (Stake memory) {
        return stakes[attester];
    }

    /// @inheritdoc IVault
    function totalStake() external view returns (uint256) {
        return staked;
    }

    /// @inheritdoc IVault
    function bucket() external view returns (uint256) {
        return slashed;
    }

    /// @inheritdoc IVault
    function declaredExit() external view returns (DeclaredExit memory) {
        return declared;
    }

    /// @inheritdoc IVault
    function hasExited(Account calldata account, bytes32 asset) external view returns (bool) {
        return exited[_claimId(account, asset)];
    }

    /// @inheritdoc IVault
    function setting(bytes32 key) external view returns (uint128 value, uint64 changedAt) {
        return (settings[key].value, settings[key].changedAt);
    }
}
