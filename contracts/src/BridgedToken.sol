// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

import {IBridgedToken} from "./interfaces/IBridgedToken.sol";

/// @title An ERC-20 token that its vault alone mints and burns; documented in `IBridgedToken`.
contract BridgedToken is ERC20, IBridgedToken {
    /// @inheritdoc IBridgedToken
    address public immutable vault;
    /// @inheritdoc IBridgedToken
    uint32 public immutable homeChain;
    /// @inheritdoc IBridgedToken
    bytes32 public immutable homeAsset;

    uint8 private immutable DECIMALS;

    /// @param chain Registry number of the home chain.
    /// @param asset The home chain's identifier of the asset.
    /// @param name_ Name for wallets.
    /// @param symbol_ Symbol for wallets.
    /// @param decimals_ Decimals of the home asset, since amounts are in its unit.
    constructor(uint32 chain, bytes32 asset, string memory name_, string memory symbol_, uint8 decimals_)
        ERC20(name_, symbol_)
    {
        vault = msg.sender;
        homeChain = chain;
        homeAsset = asset;
        DECIMALS = decimals_;
    }

    modifier onlyVault() {
        if (msg.sender != vault) revert NotTheVault(msg.sender);
        _;
    }

    /// @inheritdoc IBridgedToken
    function mint(address to, uint256 amount) external onlyVault {
        _mint(to, amount);
    }

    /// @inheritdoc IBridgedToken
    function burn(address from, uint256 amount) external onlyVault {
        _burn(from, amount);
    }

    /// @inheritdoc IERC20Metadata
    function decimals() public view override(ERC20, IERC20Metadata) returns (uint8) {
        return DECIMALS;
    }
}
