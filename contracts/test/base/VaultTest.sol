// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Chain, Finality} from "../../src/interfaces/IJudge.sol";
import {Deployment, IVault, Listing, Outcome, Setting} from "../../src/interfaces/IVault.sol";
import {AttesterSet} from "../../src/libraries/AttesterSets.sol";
import {Proof} from "../../src/libraries/MerkleTree.sol";
import {Account, Govern, Header, Progress, Release} from "../../src/libraries/Statements.sol";
import {PlainToken} from "../mocks/Tokens.sol";
import {Attester, Committees} from "./Committees.sol";
import {Digests} from "./Digests.sol";
import {OutboxTree} from "./OutboxTree.sol";
import {vm} from "./Vm.sol";

/// @title One deployed vault and the ledger's side of it
/// @notice The test holds the keys of all attesters and plays the ledger: it decides what stands in the outbox and in the state,
/// certifies headers over it and proves entries below them.
///
///     queue(entry) .. queue(entry) ─► certify() ─► submit ─► prove(i) ─► release
abstract contract VaultTest {
    using Committees for Attester[];

    bytes32 internal constant NETWORK = keccak256("genesis.toml");
    uint32 internal constant CHAIN = 7;
    uint32 internal constant HOME = 9;
    uint32 internal constant FINALISING = 1;
    uint32 internal constant PROBABILISTIC = 2;
    uint64 internal constant FIRST_HEIGHT = 1000;
    uint32 internal constant FIRST_SET = 5;
    uint32 internal constant ROUND = 3;
    uint64 internal constant START = 1_800_000_000;
    uint256 internal constant WHOLE = 1e18;
    uint128 internal constant DEPOSIT_MINIMUM = 1e15;
    uint128 internal constant OUTFLOW_MINIMUM = 1000e18;
    bytes32 internal constant NATIVE = bytes32(uint256(uint160(0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE)));
    bytes32 internal constant HOME_ASSET = keccak256("asset of another chain");
    bytes32 internal constant STAKE = "stake";
    bytes32 internal constant BUCKET = "bucket";

    IVault internal vault;
    PlainToken internal token;
    bytes32 internal tokenAsset;
    bytes32 internal bridgedAsset;
    address internal user = address(0x1111);
    address internal submitter = address(0x2222);
    Attester[] internal attesters;
    uint32 internal setId;
    /// @dev Leaves of the next header's outbox.
    bytes32[] internal outbox;
    uint64 internal height;
    bytes32 internal stateRoot = keccak256("state");
    uint64 internal nextId = 1;

    function setUp() public virtual {
        vm.warp(START);
        token = makeToken();
        tokenAsset = Digests.word(address(token));
        bridgedAsset = keccak256(abi.encode(HOME, HOME_ASSET));
        install(Committees.of_(1, attesterCount(), 1));
        (setId, height) = (FIRST_SET, FIRST_HEIGHT);
        vault = deploy(deployment());
        token.mint(user, 1_000_000 * WHOLE);
        vm.deal(user, 1_000_000 * WHOLE);
        vm.prank(user);
        token.approve(address(vault), type(uint256).max);
    }

    /// @dev A test of another token, or another number of attesters, says so here.
    function makeToken() internal virtual returns (PlainToken) {
        return new PlainToken();
    }

    function attesterCount() internal virtual returns (uint256) {
        return 4;
    }

    /* DEPLOYMENT */

    function deployment() internal view virtual returns (Deployment memory) {
        Chain[] memory chains = new Chain[](4);
        chains[0] = Chain(FINALISING, Finality.Finalising);
        chains[1] = Chain(PROBABILISTIC, Finality.Probabilistic);
        chains[2] = Chain(CHAIN, Finality.Finalising);
        chains[3] = Chain(HOME, Finality.Finalising);
        Listing[] memory assets = new Listing[](3);
        assets[0] = Listing(CHAIN, NATIVE, 18, DEPOSIT_MINIMUM, OUTFLOW_MINIMUM, "", "");
        assets[1] = Listing(CHAIN, tokenAsset, 18, DEPOSIT_MINIMUM, OUTFLOW_MINIMUM, "", "");
        assets[2] = Listing(HOME, HOME_ASSET, 8, 1000, 1000e8, "Bridged home asset", "vHOME");
        AttesterSet memory set = attesters.asSet(setId);
        return Deployment(NETWORK, CHAIN, set, FIRST_HEIGHT, tokenAsset, chains, assets, new Setting[](0));
    }

    function deploy(Deployment memory parts) internal returns (IVault) {
        return IVault(vm.deployCode("Vault.sol:Vault", abi.encode(parts)));
    }

    function install(Attester[] memory members) internal {
        delete attesters;
        for (uint256 i = 0; i < members.length; i++) {
            attesters.push(members[i]);
        }
    }

    /* THE LEDGER'S SIDE */

    function currentSet() internal view returns (AttesterSet memory) {
        return attesters.asSet(setId);
    }

    /// @return The header after the newest one, over the queued outbox.
    function nextHeader() internal view returns (Header memory) {
        return Header({
            height: height + 1,
            parent: keccak256(abi.encode("block", height)),
            timeMs: uint64(block.timestamp) * 1000,
            setId: setId,
            commandCount: 1,
            commandsRoot: keccak256("commands"),
            stateRoot: stateRoot,
            outboxCount: uint32(outbox.length),
            outboxRoot: OutboxTree.root(outbox),
            nextSet: Digests.setHash(currentSet())
        });
    }

    function digestOf(Header memory header) internal pure returns (bytes32) {
        return Digests.digest(NETWORK, Digests.hash(Digests.precommitOf(header, ROUND)));
    }

    function certify(Header memory header) internal view returns (bytes memory) {
        return attesters.certify(digestOf(header));
    }

    /// @dev Has the vault take a header over the queued outbox.
    function submitNext() internal returns (Header memory header) {
        header = nextHeader();
        submit(header);
    }

    function submit(Header memory header) internal {
        vault.submitHeader(header, ROUND, currentSet(), certify(header));
        height = header.height;
    }

    /// @return One attester's signature for a pause under the current set.
    function signPause(uint256 index) internal view returns (bytes memory) {
        bytes32 structHash = Digests.pause(CHAIN, address(vault), setId);
        return Committees.sign(attesters[index].key, Digests.digest(NETWORK, structHash));
    }

    /// @return next The current members, one of them replaced by a newcomer.
    function successors(uint256 newcomer) internal view returns (Attester[] memory next) {
        Attester[] memory members = attesters;
        return members.without(0).with(Committees.attester(newcomer, 0, members[0].weight));
    }

    /// @return header The header after the newest one that names `next` as the set to come.
    function headerNaming(Attester[] memory next) internal view returns (Header memory header) {
        header = nextHeader();
        header.nextSet = Digests.setHash(next.asSet(setId + 1));
    }

    /// @dev Rotates to `next` and plays on with it.
    function rotateTo(Attester[] memory next) internal returns (Header memory header) {
        header = headerNaming(next);
        vault.rotate(header, ROUND, currentSet(), certify(header), next.asSet(setId + 1));
        height = header.height;
        setId++;
        install(next);
    }

    function queue(Release memory entry) internal returns (uint256 index) {
        outbox.push(Digests.leaf(entry));
        return outbox.length - 1;
    }

    function queue(Govern memory entry) internal returns (uint256 index) {
        outbox.push(Digests.leaf(entry));
        return outbox.length - 1;
    }

    function queue(Progress memory entry) internal returns (uint256 index) {
        outbox.push(Digests.leaf(entry));
        return outbox.length - 1;
    }

    function prove(uint256 index) internal view returns (Proof memory) {
        return Proof(uint32(index), OutboxTree.lemmas(outbox, index));
    }

    function releaseTo(address recipient, bytes32 asset, uint256 amount) internal returns (Release memory) {
        return Release({
            id: nextId++,
            chain: CHAIN,
            vault: Digests.word(address(vault)),
            asset: asset,
            recipient: Digests.word(recipient),
            amount: amount,
            validUntil: uint64(block.timestamp) + 1 days
        });
    }

    function governTo(bytes32 key, uint256 value) internal returns (Govern memory) {
        return Govern(nextId++, CHAIN, Digests.word(address(vault)), key, value);
    }

    /// @dev Queues the entry alone, has it certified, and answers the batch of one.
    function certified(Release memory entry) internal returns (Release[] memory entries, Proof[] memory proofs) {
        delete outbox;
        entries = new Release[](1);
        entries[0] = entry;
        queue(entry);
        submitNext();
        proofs = proveAll();
    }

    function certified(Release[] memory batch) internal returns (Release[] memory entries, Proof[] memory proofs) {
        delete outbox;
        for (uint256 i = 0; i < batch.length; i++) {
            queue(batch[i]);
        }
        submitNext();
        return (batch, proveAll());
    }

    function proveAll() internal view returns (Proof[] memory proofs) {
        proofs = new Proof[](outbox.length);
        for (uint256 i = 0; i < proofs.length; i++) {
            proofs[i] = prove(i);
        }
    }

    /// @dev Certifies and releases one entry.
    function pay(Release memory entry) internal returns (Outcome) {
        (Release[] memory entries, Proof[] memory proofs) = certified(entry);
        vm.prank(submitter);
        return vault.release(entries, proofs)[0];
    }

    /// @dev Certifies and enacts one governed value.
    function enact(bytes32 key, uint256 value) internal {
        (Govern memory entry, Proof memory proof) = certified(governTo(key, value));
        vault.govern(entry, proof);
    }

    function certified(Govern memory entry) internal returns (Govern memory, Proof memory) {
        delete outbox;
        queue(entry);
        submitNext();
        return (entry, prove(0));
    }

    function certified(Progress memory entry) internal returns (Progress memory, Proof memory) {
        delete outbox;
        queue(entry);
        submitNext();
        return (entry, prove(0));
    }

    /* THE USER'S SIDE */

    function account(address owner) internal pure returns (Account memory) {
        return Account(owner, 0);
    }

    function deposit(bytes32 asset, uint256 amount) internal {
        vm.prank(user);
        vault.deposit{value: asset == NATIVE ? amount : 0}(asset, amount, account(user));
    }

    function holdings(bytes32 asset) internal view returns (uint256) {
        return vault.assetOf(asset).holdings;
    }
}
