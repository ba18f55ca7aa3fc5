// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Finality, IJudge} from "../src/interfaces/IJudge.sol";
import {Asset, Deployment, IVault, Setting} from "../src/interfaces/IVault.sol";
import {AttesterSets} from "../src/libraries/AttesterSets.sol";
import {Settings} from "../src/libraries/Settings.sol";
import {Committees} from "./base/Committees.sol";
import {Digests} from "./base/Digests.sol";
import {VaultTest} from "./base/VaultTest.sol";
import {vm} from "./base/Vm.sol";

/// @title The constructor: a vault that could not be safe is not deployed
contract DeploymentTest is VaultTest {
    /// @dev A call of its own, so that a revert of the creation can be expected.
    function deploying(Deployment memory parts) external returns (IVault) {
        return deploy(parts);
    }

    function rejects(Deployment memory parts, bytes memory why) private {
        try this.deploying(parts) {
            vm.assertTrue(false, "deployed");
        } catch (bytes memory got) {
            vm.assertTrue(ends(got, why), "why");
        }
    }

    function invalid(bytes32 field) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IVault.InvalidDeployment.selector, field);
    }

    /// @dev The cheat code wraps the reason of a failed creation, so that it is searched in the answer.
    function ends(bytes memory answer, bytes memory why) private pure returns (bool) {
        for (uint256 i = 0; i + why.length <= answer.length; i++) {
            uint256 same = 0;
            while (same < why.length && answer[i + same] == why[same]) same++;
            if (same == why.length) return true;
        }
        return false;
    }

    function test_states_what_it_was_deployed_with() public view {
        vm.assertEq(vault.networkId(), NETWORK, "network");
        vm.assertEq(vault.chain(), CHAIN, "chain");
        vm.assertEq(vault.separator(), Digests.separator(NETWORK), "separator");
        vm.assertEq(vault.stakeAsset(), tokenAsset, "stake asset");
        vm.assertEq(vault.currentSet().hash, Digests.setHash(currentSet()), "set");
        vm.assertEq(vault.currentSet().id, FIRST_SET, "set id");
        vm.assertEq(vault.currentSet().quorum, 3, "quorum");
        vm.assertEq(vault.newestHeader().height, FIRST_HEIGHT, "height");
        vm.assertEq(vault.newestHeader().outboxRoot, 0, "outbox root");
        vm.assertEq(vault.nextSeq(), 0, "next number");
        vm.assertEq(vault.assetCount(), 3, "assets");
        vm.assertEq(vault.assetAt(2), bridgedAsset, "third asset");
    }

    function test_lists_collateral_and_bridged_assets() public view {
        Asset memory native = vault.assetOf(NATIVE);
        vm.assertTrue(native.isListed && !native.isBridged && native.token == address(0), "native");
        Asset memory plain = vault.assetOf(tokenAsset);
        vm.assertTrue(plain.isListed && !plain.isBridged && plain.token == address(token), "token");
        Asset memory bridged = vault.assetOf(bridgedAsset);
        vm.assertTrue(bridged.isListed && bridged.isBridged && bridged.token.code.length > 0, "bridged");
        vm.assertFalse(vault.assetOf(0).isListed, "zero");
    }

    function test_its_code_fits_the_limits_of_the_chain() public view {
        vm.assertLe(address(vault).code.length, 24_576, "EIP-170");
    }

    function test_rejects_the_zero_network() public {
        Deployment memory parts = deployment();
        parts.networkId = 0;
        rejects(parts, invalid("networkId"));
    }

    function test_rejects_sets_that_are_none() public {
        Deployment memory parts = deployment();
        parts.set = Committees.asSet(Committees.of_(1, 3, 1), FIRST_SET);
        rejects(parts, abi.encodeWithSelector(AttesterSets.MemberCount.selector, 3));
        parts.set.members = new uint256[](0);
        rejects(parts, abi.encodeWithSelector(AttesterSets.MemberCount.selector, 0));
        parts = deployment();
        parts.set.members[3] += 5;
        rejects(parts, abi.encodeWithSelector(AttesterSets.HeavyMember.selector, attesters[3].who, 6, 9));
    }

    function test_rejects_a_collateral_asset_without_code() public {
        Deployment memory parts = deployment();
        parts.assets[1].asset = Digests.word(address(0xdead));
        rejects(parts, invalid("asset"));
        parts.assets[1].asset = 0;
        rejects(parts, invalid("asset"));
        parts.assets[1].asset = tokenAsset | bytes32(uint256(1) << 255);
        rejects(parts, invalid("asset"));
    }

    function test_rejects_the_zero_home_asset() public {
        Deployment memory parts = deployment();
        parts.assets[2].asset = 0;
        rejects(parts, invalid("asset"));
    }

    function test_rejects_an_asset_twice() public {
        Deployment memory parts = deployment();
        parts.assets[1] = parts.assets[0];
        rejects(parts, invalid("assets"));
    }

    function test_rejects_more_than_18_decimals() public {
        Deployment memory parts = deployment();
        parts.assets[0].decimals = 19;
        rejects(parts, invalid("decimals"));
    }

    function test_rejects_minimums_of_zero() public {
        Deployment memory parts = deployment();
        parts.assets[0].depositMinimum = 0;
        bytes32 key = "deposit_minimum.00";
        rejects(parts, abi.encodeWithSelector(Settings.OutOfBounds.selector, key, 0, 1, 1 << 112));
        parts = deployment();
        parts.assets[0].outflowMinimum = 0;
        key = "outflow_minimum.00";
        rejects(parts, abi.encodeWithSelector(Settings.OutOfBounds.selector, key, 0, 1, 1 << 112));
    }

    function test_rejects_a_stake_asset_that_is_not_listed_or_bridged() public {
        Deployment memory parts = deployment();
        parts.stakeAsset = keccak256("unknown");
        rejects(parts, abi.encodeWithSelector(IVault.UnknownAsset.selector, parts.stakeAsset));
        parts.stakeAsset = bridgedAsset;
        rejects(parts, invalid("stakeAsset"));
    }

    function test_rejects_chains_twice_or_without_finality() public {
        Deployment memory parts = deployment();
        parts.chains[1].id = FINALISING;
        rejects(parts, abi.encodeWithSelector(IJudge.InvalidChain.selector, FINALISING));
        parts = deployment();
        parts.chains[1].finality = Finality.Unknown;
        rejects(parts, abi.encodeWithSelector(IJudge.InvalidChain.selector, PROBABILISTIC));
    }

    function test_settings_at_deployment_keep_their_bounds() public {
        Deployment memory parts = deployment();
        parts.settings = new Setting[](1);
        parts.settings[0] = Setting("exit_after", 4 days);
        (uint128 value,) = deploy(parts).setting("exit_after");
        vm.assertEq(value, 4 days, "value");
        parts.settings[0] = Setting("exit_after", 2 days);
        bytes32 key = "exit_after";
        rejects(parts, abi.encodeWithSelector(Settings.OutOfBounds.selector, key, 2 days, 3 days, 30 days));
        parts.settings[0] = Setting("quorum", 1);
        key = "quorum";
        rejects(parts, abi.encodeWithSelector(Settings.UnknownSetting.selector, key));
    }
}
