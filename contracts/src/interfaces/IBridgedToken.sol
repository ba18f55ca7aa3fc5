// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @title A bearer claim on an asset that another chain's vault holds.
/// @notice Minted by a release of its vault, burned by a deposit to it, and by nothing else.
/// @dev One token stands for one (chain, asset), under one vault, for ever: there is no owner and no upgrade.
///      `totalSupply` is what the vault minted less what it burned, in the home asset's own unit.
interface IBridgedToken is IERC20Metadata {
    /// @notice Somebody other than the vault tried to mint or to burn.
    error NotTheVault(address caller);

    /// @notice Makes `amount` for `to`. Only the vault calls it, inside a release.
    function mint(address to, uint256 amount) external;

    /// @notice Destroys `amount` of `from`, without an allowance. Only the vault calls it, inside a deposit that `from` itself makes.
    function burn(address from, uint256 amount) external;

    /// @notice The vault that mints and burns.
    function vault() external view returns (address);

    /// @notice Registry number of the chain whose vault holds the asset.
    function homeChain() external view returns (uint32);

    /// @notice That chain's own identifier of the asset, widened to 32 bytes.
    function homeAsset() external view returns (bytes32);
}
